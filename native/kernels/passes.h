#pragma once

#include <cstddef>
#include <cstdint>

#include "kernels/kernel.h"

// What kernels that send many rows down one tree have in common. Compiled once, for every CPU.
namespace thicket {

// Steps of a pass over walks below the top: long at first, while nearly all go on, then short.
inline constexpr std::uint32_t kPassSteps = 4;
[[nodiscard]] std::uint32_t FirstPassSteps(const WalkForest& forest) noexcept;

// One row on a forest that the near caches hold: there is little latency to cover, so passes are
// few. On a larger one a pass is one step, and ends by asking for every walk's next line.
inline constexpr std::uint32_t kNearPassSteps = 3;
[[nodiscard]] bool IsNear(const WalkForest& forest) noexcept;

// Lines that nobody waits for yet, to be asked for in portions.
struct Ahead {
  const char* from = nullptr;
  std::size_t lines = 0;
  std::size_t lines_at_once = 0;
};
// What walks of the tree may touch, its root apart. A pass over all rows has `portions`.
[[nodiscard]] Ahead LinesOf(const WalkForest& forest, std::uint32_t tree,
                            std::size_t portions) noexcept;
// Asks for the next portion.
void AskFor(Ahead& ahead) noexcept;

// rows.bins into rows.room.blocks: [block][column][lane].
void LayOutBlocks(const WalkForest& forest, const WalkRows& rows);

}  // namespace thicket

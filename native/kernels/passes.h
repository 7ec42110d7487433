#pragma once

#include <cstddef>
#include <cstdint>

#include "kernels/kernel.h"

// The common part of kernels that send many rows down one tree. Compiled once, for every CPU.
namespace thicket {

// Walks that are under way, and the levels that they have behind them.
struct Walks {
  std::uint32_t count;
  std::uint32_t levels;
};

// Steps of a pass over walks below `levels`: many at first, while nearly all go on, then few.
inline constexpr std::uint32_t kPassSteps = 4;
[[nodiscard]] std::uint32_t FirstPassSteps(const WalkForest& forest, std::uint32_t levels) noexcept;

// One row on a forest that the near caches hold: there is little latency to cover, so passes are
// few. On a larger one a pass is one step, and ends by asking for every walk's next line.
inline constexpr std::uint32_t kNearPassSteps = 3;
[[nodiscard]] bool IsNear(const WalkForest& forest) noexcept;

// Lines that no walk waits for yet, prefetched in portions.
struct Ahead {
  const char* from = nullptr;
  std::size_t lines = 0;
  std::size_t lines_at_once = 0;
};
// Lines that walks of the tree may touch, without its root. A pass over all rows has `portions`.
[[nodiscard]] Ahead LinesOf(const WalkForest& forest, std::uint32_t tree,
                            std::size_t portions) noexcept;
// Asks for the next portion.
void AskFor(Ahead& ahead) noexcept;

// The list of walks on one tree down to their leaves: leaves[job].
void WalkListAvx512(const WalkForest& forest, std::uint32_t tree, const WalkRows& rows,
                    Walks walks);

[[nodiscard]] GroupMasks MasksOf(const WalkPredicates& predicates, const WalkRoom& room,
                                 std::size_t group) noexcept;

// rows.bins into rows.room.blocks: [block][column][lane].
void LayOutBlocks(const WalkForest& forest, const WalkRows& rows);

}  // namespace thicket

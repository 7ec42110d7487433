#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "forest/layouts/predicates.h"
#include "kernels/kernel.h"

namespace thicket {

// Memory that a thread needs to score rows. It grows once, to the bounds of limits.h.
class Scratch {
 public:
  // For blocks of so many rows. Those that go tree by tree need more; a thread that scores rows one
  // by one never pays for it.
  void GrowFor(const WalkForest& forest, std::size_t rows, bool go_tree_by_tree);

  [[nodiscard]] std::uint16_t* Bins() noexcept { return bins_.data(); }
  [[nodiscard]] std::uint16_t* Blocks() noexcept { return blocks_.data(); }
  [[nodiscard]] WalkRows Rows(std::size_t rows, const std::int32_t* codes) noexcept;

 private:
  std::vector<std::uint16_t> bins_;
  std::vector<std::uint16_t> blocks_;
  std::vector<std::uint32_t> leaves_;
  std::vector<std::uint32_t> at_;
  std::vector<std::uint32_t> job_;
  std::vector<Mask> masks_;
  std::vector<std::uint16_t> mask_of_;
  std::vector<std::uint16_t> rank_starts_;
};

}  // namespace thicket

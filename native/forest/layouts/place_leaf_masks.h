#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "forest/columns/columns.h"
#include "forest/layouts/leaf_mask.h"
#include "forest/memory/slab.h"
#include "forest/view/view.h"

namespace thicket {

struct LeafMasks {
  std::size_t mask_bits = 0;  // 0 where the trees are too large, or ask too much.
  std::size_t blocks = 0;
  Slab slab;
  std::size_t byte_columns = 0;
  ByteColumns bytes_from{};
  std::vector<CodeAnswers> codes;
  std::vector<std::uint64_t> answers;
  std::vector<std::uint32_t> numbers;
  bool has_runs = false;

  [[nodiscard]] bool AreThere() const noexcept { return mask_bits > 0; }
  [[nodiscard]] LeafMaskWalk Walk() const noexcept;
  [[nodiscard]] std::size_t Bytes() const noexcept;
};

[[nodiscard]] LeafMasks PlaceLeafMasks(const EnsembleView& view, const ColumnPlan& plan,
                                       std::span<const std::uint32_t> leaf_numbers);

}  // namespace thicket

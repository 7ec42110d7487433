#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "forest/columns/columns.h"
#include "forest/layouts/shape.h"
#include "forest/layouts/tile.h"
#include "forest/memory/slab.h"
#include "forest/view/view.h"

namespace thicket {

// Kernels read exits and numbers of leaves four bytes at a time.
inline constexpr std::size_t kTileExitsSlack = 3;
inline constexpr std::size_t kTileNumbersSlack = 1;

// The tiles of the trees' roots come first, tree by tree.
struct Tiles {
  Slab slab;
  std::size_t count = 0;
  std::vector<std::uint8_t> exits;  // kTileAnswers for each shape
  bool has_short_numbers = false;   // Two bytes for the number of a leaf.

  [[nodiscard]] const Tile* Of() const noexcept { return static_cast<const Tile*>(slab.Data()); }
  [[nodiscard]] std::size_t Bytes() const noexcept { return slab.Bytes() + exits.capacity(); }
};

// `leaf_numbers_end` is above all numbers.
[[nodiscard]] Tiles PlaceTiles(const EnsembleView& view, const Shape& shape,
                               std::span<const CutRef> cuts,
                               std::span<const std::uint32_t> leaf_numbers,
                               std::size_t leaf_numbers_end);

}  // namespace thicket

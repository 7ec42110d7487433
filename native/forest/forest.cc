#include "forest/forest.h"

#include <cstddef>
#include <cstdint>

#include "forest/layouts/layout_set.h"

namespace thicket {

bool Forest::Has(Layout layout) const noexcept {
  switch (layout) {
    case Layout::kNodes:
      return true;
    case Layout::kTiles:
      return tiles.Of() != nullptr;
    case Layout::kLeafMasks:
      return leaf_masks.AreThere();
    case Layout::kPredicates:
      return predicates.levels != 0;
  }
  return false;
}

void Forest::KeepOnly(LayoutSet kept) {
  if (!kept.Has(Layout::kTiles)) tiles = {};
  if (!kept.Has(Layout::kLeafMasks)) leaf_masks = {};
  if (!kept.Has(Layout::kPredicates)) predicates = {};
}

std::size_t Forest::Bytes() const noexcept {
  return sizeof(Forest) + columns.Bytes() + trees.slab.Bytes() + tops.Bytes() + predicates.Bytes() +
         tiles.Bytes() + leaf_masks.Bytes() + leaves.values.capacity() * sizeof(double) +
         base.capacity() * sizeof(double) + tree_outputs.capacity() * sizeof(std::uint32_t);
}

}  // namespace thicket

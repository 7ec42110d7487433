#pragma once

#include <cstddef>
#include <cstdint>

#include "forest/memory/pages.h"
#include "forest/view/view.h"

namespace thicket {

// Facts of whole trees that follow from their links.
struct Shape {
  // Inner nodes in each inner node's subtree, itself too.
  BuildVector<std::uint32_t> subtree_inner;
  std::size_t depth_max = 0;  // Inner nodes on the longest walk.
  double visits_per_row = 0;  // Inner nodes that a row visits in all trees, on average.
};

// Requires a view that CheckForest has accepted.
[[nodiscard]] Shape ShapeOf(const EnsembleView& trees);

}  // namespace thicket

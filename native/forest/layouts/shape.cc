#include "forest/layouts/shape.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>

#include "forest/memory/pages.h"
#include "forest/view/view.h"

namespace thicket {
namespace {

// Facts of a subtree, known once its children are: the longest walk, and the visits to all of its
// inner nodes.
struct Subtree {
  std::uint32_t height = 0;
  double visits = 0;
};

}  // namespace

Shape ShapeOf(const EnsembleView& trees) {
  Shape shape{.subtree_inner = BuildVector<std::uint32_t>(trees.InnerNodes())};
  BuildVector<Subtree> subtrees(trees.InnerNodes());
  // Where the source does not say how many rows came by, every leaf counts alike.
  const auto visits_of = [&](std::size_t at) {
    return trees.visits.empty() ? static_cast<double>(shape.subtree_inner[at]) + 1
                                : trees.visits[at];
  };
  for (std::size_t at = trees.InnerNodes(); at-- > 0;) {
    std::uint32_t inner = 1;
    Subtree& here = subtrees[at];
    for (const std::int32_t child : {trees.left[at], trees.right[at]}) {
      if (IsLeaf(child)) continue;
      const Subtree& there = subtrees[InnerOf(child)];
      inner += shape.subtree_inner[InnerOf(child)];
      here.height = std::max(here.height, there.height);
      here.visits += there.visits;
    }
    shape.subtree_inner[at] = inner;
    here.height += 1;
    here.visits += visits_of(at);
  }
  for (const std::int32_t root : trees.roots) {
    if (IsLeaf(root)) continue;
    const Subtree& tree = subtrees[InnerOf(root)];
    const double rows = visits_of(InnerOf(root));
    shape.depth_max = std::max<std::size_t>(shape.depth_max, tree.height);
    if (rows > 0) shape.visits_per_row += tree.visits / rows;
  }
  return shape;
}

}  // namespace thicket

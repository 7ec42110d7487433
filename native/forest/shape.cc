#include "forest/shape.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "forest/view.h"

namespace thicket {
namespace {

std::uint32_t OfChild(const std::vector<std::uint32_t>& of_inner, std::int32_t child) noexcept {
  return IsLeaf(child) ? 0 : of_inner[InnerOf(child)];
}

std::size_t DepthMax(const EnsembleView& trees) {
  std::vector<std::uint32_t> height(trees.InnerNodes());
  for (std::size_t at = trees.InnerNodes(); at-- > 0;) {
    height[at] = 1 + std::max(OfChild(height, trees.left[at]), OfChild(height, trees.right[at]));
  }
  std::uint32_t depth = 0;
  for (const std::int32_t root : trees.roots) depth = std::max(depth, OfChild(height, root));
  return depth;
}

// A node is visited by that share of a tree's rows that was seen there in training; where the
// source does not say, every leaf counts alike.
double VisitsPerRow(const EnsembleView& trees, const std::vector<std::uint32_t>& subtree_inner) {
  const auto weight = [&](std::size_t at) {
    return trees.visits.empty() ? static_cast<double>(subtree_inner[at]) + 1 : trees.visits[at];
  };
  // The share of the row that arrives, handed down from parents to children.
  std::vector<double> share(trees.InnerNodes(), 0);
  double visits = 0;
  for (const std::int32_t root : trees.roots) {
    if (!IsLeaf(root)) share[InnerOf(root)] = 1;
  }
  for (std::size_t at = 0; at < trees.InnerNodes(); ++at) {
    visits += share[at];
    const double here = weight(at);
    for (const std::int32_t child : {trees.left[at], trees.right[at]}) {
      if (IsLeaf(child)) continue;
      const double there = weight(InnerOf(child));
      const double part = here > 0 ? std::min(there / here, 1.0) : 0.0;
      share[InnerOf(child)] = share[at] * part;
    }
  }
  return visits;
}

}  // namespace

Shape ShapeOf(const EnsembleView& trees) {
  Shape shape{.subtree_inner = std::vector<std::uint32_t>(trees.InnerNodes())};
  for (std::size_t at = trees.InnerNodes(); at-- > 0;) {
    shape.subtree_inner[at] = 1 + OfChild(shape.subtree_inner, trees.left[at]) +
                              OfChild(shape.subtree_inner, trees.right[at]);
  }
  shape.depth_max = DepthMax(trees);
  shape.visits_per_row = VisitsPerRow(trees, shape.subtree_inner);
  return shape;
}

}  // namespace thicket

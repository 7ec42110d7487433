#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "forest/pages.h"
#include "forest/view.h"

namespace thicket {

// A node's question without its feature.
struct NodeCut {
  double threshold;
  std::uint32_t node;
};

// The inner nodes, by the cut list that they belong to, each list sorted by threshold.
class NodeLists {
 public:
  // `splits_missing[f]`: NaN can reach the nodes of feature f, so their sides need lists of their
  // own.
  NodeLists(const EnsembleView& trees, const std::vector<bool>& splits_missing);

  // The nodes of a feature; with `missing_left` only where the feature splits by that side.
  [[nodiscard]] std::span<const NodeCut> Of(std::size_t feature, bool missing_left) const noexcept;

 private:
  BuildVector<NodeCut> cuts_;
  std::vector<std::size_t> start_;  // Two lists for each feature.
};

}  // namespace thicket

#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "forest/memory/pages.h"
#include "forest/view/view.h"

namespace thicket {

// A node's question without its feature.
struct NodeCut {
  double threshold;
  std::uint32_t node;
};

// The inner nodes by feature, those of a feature sorted by threshold.
class NodeLists {
 public:
  NodeLists(const EnsembleView& trees, std::size_t features);

  [[nodiscard]] std::span<const NodeCut> Of(std::size_t feature) const noexcept;

 private:
  BuildVector<NodeCut> cuts_;
  std::vector<std::size_t> start_;
};

}  // namespace thicket

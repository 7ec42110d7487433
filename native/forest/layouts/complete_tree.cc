#include "forest/layouts/complete_tree.h"

#include <cstddef>
#include <cstdint>

#include "forest/layouts/trees.h"

namespace thicket {

void CompleteTree::Read(const Trees& trees, std::size_t tree) {
  places_[1] = static_cast<std::uint32_t>(tree);
  for (std::size_t entry = 1; entry < Entries(); ++entry) {
    const Node& node = trees.Nodes()[places_[entry]];
    const bool is_leaf = IsLeaf(node);
    places_[2 * entry] = is_leaf ? places_[entry] : node.child;
    places_[2 * entry + 1] = is_leaf ? places_[entry] : node.child + 1;
  }
}

}  // namespace thicket

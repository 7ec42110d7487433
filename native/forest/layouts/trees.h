#pragma once

#include <cstddef>
#include <cstdint>
#include <type_traits>
#include <vector>

#include "forest/memory/slab.h"

namespace thicket {

// An inner node goes to `child` where bins[column] <= cut, and to its sibling `child + 1`
// otherwise. A leaf has kLeafBit set in `child`; the other bits are the number of its values. A
// leaf's column is 0, so that a kernel may compare before it knows.
struct Node {
  std::uint16_t column = 0;
  std::uint16_t cut = 0;
  std::uint32_t child = 0;
};
static_assert(sizeof(Node) == 8, "four pairs of siblings fill a 64-byte cache line");
static_assert(std::is_trivially_copyable_v<Node>, "kernels read a node as one 64-bit word");

inline constexpr std::uint32_t kLeafBit = std::uint32_t{1} << 31U;
[[nodiscard]] constexpr bool IsLeaf(const Node& node) noexcept {
  return (node.child & kLeafBit) != 0;
}

inline constexpr std::size_t kLineNodes = 64 / sizeof(Node);

// Rows or trees that a kernel may keep in flight; as many stops follow the roots. A stop is a node
// that always goes on to itself: the place to wait for walks that have come to their end.
inline constexpr std::size_t kLanesMax = 32;

// nodes: [roots of trees 0, 1, ...][kLanesMax stops][pairs of siblings, tree by tree, by cache
// line].
struct Trees {
  Slab slab;
  std::size_t node_count = 0;
  std::size_t tree_count = 0;

  [[nodiscard]] const Node* Nodes() const noexcept { return static_cast<const Node*>(slab.Data()); }
  [[nodiscard]] Node* Nodes() noexcept { return static_cast<Node*>(slab.Data()); }
};

// Leaf values by number: most leaves of a forest share their value with many others.
struct LeafValues {
  std::size_t width = 0;       // Numbers of one leaf: all outputs, or that of its tree.
  std::vector<double> values;  // numbers x width

  [[nodiscard]] const double* Of(std::uint32_t number) const noexcept {
    return values.data() + std::size_t{number} * width;
  }
};

}  // namespace thicket

#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "forest/layouts/trees.h"
#include "forest/view/limits.h"

// The distinct questions of the first levels of all trees.
//
// A *predicate* is a column and a cut: does a row's bin lie beyond it? The trees of a forest ask
// the same again and again (20,139 nodes of F-small, 3,416 predicates). A kernel answers each
// predicate once for a group of rows, one bit a row: a *mask*. A tree is then complete to `levels`,
// and made of the numbers of predicates:
//
//   entry 1 is the root, entry e has the children 2 e and 2 e + 1      entries [ - | 1 | 2 3 | ...
//   ] entry 2^levels + i below the last level is exit i                  exits   [ i ]
//
// Below a leaf any predicate stands, and every exit is the leaf.
namespace thicket {

// A way through so many levels is a number of one byte.
inline constexpr std::uint32_t kPredicateLevelsMax = 8;

// The answers of a group's rows to one predicate: row r is bit r % 64 of word r / 64.
struct alignas(64) Mask {
  std::uint64_t words[kGroupRows / 64];
};

// The predicates of one column, ascending by cut.
struct PredicateColumn {
  std::uint32_t column = 0;
  std::uint32_t first = 0;
  std::uint32_t count = 0;
  // The masks of a group begin here. Predicates that are compared with have one each; where rows
  // are ranked, mask k is that of the predicates which all but k rows lie beyond.
  std::uint32_t first_mask = 0;
  // Where rows are ranked, ranks[rank_first + bin] is how many of the predicates a bin lies beyond;
  // bins from rank_count on have the last rank. None where predicates are compared with.
  std::uint32_t rank_first = 0;
  std::uint32_t rank_count = 0;
};

struct Predicates {
  std::uint32_t levels = 0;  // 0: the forest has no such layout.
  std::vector<PredicateColumn> columns;
  std::vector<std::uint16_t> cuts;  // Of each predicate.
  std::vector<std::uint16_t> ranks;
  std::size_t most_ranked = 0;         // Predicates of one column whose rows are ranked, at most.
  std::size_t masks = 0;               // Of one group.
  std::vector<std::uint16_t> entries;  // 2^levels for each tree: predicates.
  // 2^levels for each tree: the node where walks go on, or kLeafBit and the number of a leaf.
  std::vector<std::uint32_t> exits;
  // Where no tree goes further, instead: exits are leaves themselves, and these their values.
  LeafValues exit_values;

  [[nodiscard]] bool AreWhole() const noexcept { return !exit_values.values.empty(); }

  [[nodiscard]] std::size_t Bytes() const noexcept;
};

// None where trees are leaves alone, or ask too much.
[[nodiscard]] Predicates MakePredicates(const Trees& trees, const LeafValues& leaves,
                                        std::size_t depth_max);

}  // namespace thicket

#include "forest/predicates.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "forest/limits.h"
#include "forest/trees.h"

namespace thicket {
namespace {

// Fewer levels than this are not worth the masks, where trees go on below.
constexpr std::uint32_t kLevelsMin = 5;

bool IsLeaf(const Node& node) noexcept {
  return (node.child & kLeafBit) != 0;
}

// A predicate as one number that sorts by column, then by cut.
std::uint32_t WordOf(const Node& node) noexcept {
  return std::uint32_t{node.column} << 16U | node.cut;
}
std::uint16_t CutOf(std::uint32_t word) noexcept {
  return static_cast<std::uint16_t>(word);
}

// A tree to 2^levels exits, by entry: a node's place, a leaf's own below itself.
class CompleteTree {
 public:
  explicit CompleteTree(std::uint32_t levels) : places_(std::size_t{2} << levels) {}

  void Read(const Trees& trees, std::size_t tree) {
    places_[1] = static_cast<std::uint32_t>(tree);
    for (std::size_t entry = 1; entry < Entries(); ++entry) {
      const Node& node = trees.Nodes()[places_[entry]];
      const bool is_leaf = IsLeaf(node);
      places_[2 * entry] = is_leaf ? places_[entry] : node.child;
      places_[2 * entry + 1] = is_leaf ? places_[entry] : node.child + 1;
    }
  }

  [[nodiscard]] std::size_t Entries() const noexcept { return places_.size() / 2; }
  [[nodiscard]] std::uint32_t At(std::size_t entry) const noexcept { return places_[entry]; }
  [[nodiscard]] std::uint32_t Exit(std::size_t exit) const noexcept {
    return places_[Entries() + exit];
  }

 private:
  std::vector<std::uint32_t> places_;
};

// Every predicate of the first levels once, in order.
std::vector<std::uint32_t> DistinctWords(const Trees& trees, std::uint32_t levels) {
  std::vector<std::uint32_t> words;
  CompleteTree complete(levels);
  for (std::size_t tree = 0; tree < trees.tree_count; ++tree) {
    complete.Read(trees, tree);
    for (std::size_t entry = 1; entry < complete.Entries(); ++entry) {
      const Node& node = trees.Nodes()[complete.At(entry)];
      if (!IsLeaf(node)) words.push_back(WordOf(node));
    }
  }
  std::ranges::sort(words);
  const auto repeated = std::ranges::unique(words);
  words.erase(repeated.begin(), repeated.end());
  return words;
}

// `words` are the predicates of one column.
void AddColumn(Predicates& predicates, std::span<const std::uint32_t> words) {
  PredicateColumn column{.column = words.front() >> 16U,
                         .first = static_cast<std::uint32_t>(predicates.cuts.size()),
                         .count = static_cast<std::uint32_t>(words.size()),
                         .first_mask = static_cast<std::uint32_t>(predicates.masks),
                         .rank_first = static_cast<std::uint32_t>(predicates.ranks.size())};
  for (const std::uint32_t word : words) predicates.cuts.push_back(CutOf(word));
  if (words.size() > kComparedPredicatesMax) {
    column.rank_count = std::uint32_t{CutOf(words.back())} + 2;
    std::uint16_t rank = 0;
    for (std::uint32_t bin = 0; bin < column.rank_count; ++bin) {
      while (rank < words.size() && CutOf(words[rank]) < bin) ++rank;
      predicates.ranks.push_back(rank);
    }
    predicates.most_ranked = std::max(predicates.most_ranked, words.size());
    predicates.masks += kGroupRows + 1;
  } else {
    predicates.masks += words.size();
  }
  predicates.columns.push_back(column);
}

void AddColumns(Predicates& predicates, std::span<const std::uint32_t> words) {
  for (std::size_t first = 0; first < words.size();) {
    std::size_t end = first;
    while (end < words.size() && words[end] >> 16U == words[first] >> 16U) ++end;
    AddColumn(predicates, words.subspan(first, end - first));
    first = end;
  }
}

void AddEntries(Predicates& predicates, const Trees& trees, std::span<const std::uint32_t> words) {
  CompleteTree complete(predicates.levels);
  predicates.entries.reserve(trees.tree_count * complete.Entries());
  for (std::size_t tree = 0; tree < trees.tree_count; ++tree) {
    complete.Read(trees, tree);
    predicates.entries.push_back(0);
    for (std::size_t entry = 1; entry < complete.Entries(); ++entry) {
      const Node& node = trees.Nodes()[complete.At(entry)];
      const auto found = std::ranges::lower_bound(words, WordOf(node));
      predicates.entries.push_back(
          IsLeaf(node) ? 0 : static_cast<std::uint16_t>(found - words.begin()));
    }
  }
}

void AddExits(Predicates& predicates, const Trees& trees, const LeafValues& leaves,
              bool are_whole) {
  CompleteTree complete(predicates.levels);
  if (are_whole) predicates.exit_values.width = leaves.width;
  for (std::size_t tree = 0; tree < trees.tree_count; ++tree) {
    complete.Read(trees, tree);
    for (std::size_t exit = 0; exit < complete.Entries(); ++exit) {
      const std::uint32_t place = complete.Exit(exit);
      const Node& node = trees.Nodes()[place];
      if (are_whole) {
        const std::span values(leaves.Of(node.child & ~kLeafBit), leaves.width);
        predicates.exit_values.values.insert(predicates.exit_values.values.end(), values.begin(),
                                             values.end());
      } else {
        predicates.exits.push_back(IsLeaf(node) ? node.child : place);
      }
    }
  }
}

}  // namespace

std::size_t Predicates::Bytes() const noexcept {
  return columns.capacity() * sizeof(PredicateColumn) +
         (cuts.capacity() + ranks.capacity() + entries.capacity()) * sizeof(std::uint16_t) +
         exits.capacity() * sizeof(std::uint32_t) + exit_values.values.capacity() * sizeof(double);
}

Predicates MakePredicates(const Trees& trees, const LeafValues& leaves, std::size_t depth_max) {
  if (depth_max == 0) return {};
  const std::size_t least = std::min<std::size_t>(depth_max, kLevelsMin);
  for (std::size_t levels = std::min<std::size_t>(depth_max, kPredicateLevelsMax); levels >= least;
       --levels) {
    const std::size_t entries = trees.tree_count << levels;
    if (entries > kPredicateEntriesMax) continue;
    Predicates predicates;
    predicates.levels = static_cast<std::uint32_t>(levels);
    const std::vector<std::uint32_t> words = DistinctWords(trees, predicates.levels);
    if (words.size() > kPredicatesMax) continue;
    AddColumns(predicates, words);
    if (predicates.masks > kMasksMax) continue;
    AddEntries(predicates, trees, words);
    AddExits(predicates, trees, leaves,
             depth_max <= levels && entries * leaves.width <= kExitValuesMax);
    return predicates;
  }
  return {};
}

}  // namespace thicket

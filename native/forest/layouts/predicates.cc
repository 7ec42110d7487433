#include "forest/layouts/predicates.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "forest/layouts/complete_tree.h"
#include "forest/layouts/trees.h"
#include "forest/view/limits.h"

namespace thicket {
namespace {

// Fewer levels than this are not worth the masks, where trees go on below.
constexpr std::uint32_t kLevelsMin = 5;

// A predicate as one number that sorts by column, then by cut.
std::uint32_t WordOf(const Node& node) noexcept {
  return std::uint32_t{node.column} << 16U | node.cut;
}
std::uint16_t CutOf(std::uint32_t word) noexcept {
  return static_cast<std::uint16_t>(word);
}

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

void AddEntries(Predicates& predicates, const Trees& trees, const CompleteTree& complete,
                std::span<const std::uint32_t> words) {
  predicates.entries.push_back(0);
  for (std::size_t entry = 1; entry < complete.Entries(); ++entry) {
    const Node& node = trees.Nodes()[complete.At(entry)];
    const auto found = std::ranges::lower_bound(words, WordOf(node));
    predicates.entries.push_back(IsLeaf(node) ? 0
                                              : static_cast<std::uint16_t>(found - words.begin()));
  }
}

void AddExits(Predicates& predicates, const Trees& trees, const CompleteTree& complete) {
  for (std::size_t exit = 0; exit < complete.Entries(); ++exit) {
    const std::uint32_t place = complete.Exit(exit);
    const Node& node = trees.Nodes()[place];
    predicates.exits.push_back(IsLeaf(node) ? node.child : place);
  }
}

void AddExitValues(LeafValues& exit_values, const Trees& trees, const CompleteTree& complete,
                   const LeafValues& leaves) {
  for (std::size_t exit = 0; exit < complete.Entries(); ++exit) {
    const Node& node = trees.Nodes()[complete.Exit(exit)];
    const std::span values(leaves.Of(node.child & ~kLeafBit), leaves.width);
    exit_values.values.insert(exit_values.values.end(), values.begin(), values.end());
  }
}

void AddTrees(Predicates& predicates, const Trees& trees, const LeafValues& leaves,
              std::span<const std::uint32_t> words, bool are_whole) {
  CompleteTree complete(predicates.levels);
  if (are_whole) predicates.exit_values.width = leaves.width;
  for (std::size_t tree = 0; tree < trees.tree_count; ++tree) {
    complete.Read(trees, tree);
    AddEntries(predicates, trees, complete, words);
    if (are_whole) {
      AddExitValues(predicates.exit_values, trees, complete, leaves);
    } else {
      AddExits(predicates, trees, complete);
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
    predicates.entries.reserve(entries);
    AddTrees(predicates, trees, leaves, words,
             depth_max <= levels && entries * leaves.width <= kExitValuesMax);
    return predicates;
  }
  return {};
}

}  // namespace thicket

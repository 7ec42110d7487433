#include "forest/tops.h"

#include <cstddef>
#include <cstdint>
#include <vector>

#include "forest/limits.h"
#include "forest/trees.h"

namespace thicket {
namespace {

// A question that everything answers with left.
constexpr std::uint32_t kAlwaysLeft = 0xFFFF0000;

// More levels than the fewest pay only where no walk goes on below them: then no list of walks has
// to be made, nor any node to be gathered.
std::uint32_t LevelsFor(std::size_t trees, std::size_t depth_max) noexcept {
  if (depth_max <= kTopLevelsMin || depth_max > kTopLevelsMax) return kTopLevelsMin;
  const std::size_t bytes = (trees << depth_max) * 2 * sizeof(std::uint32_t);
  return bytes <= kTopsBytesMax ? static_cast<std::uint32_t>(depth_max) : kTopLevelsMin;
}

bool IsLeaf(const Node& node) noexcept {
  return (node.child & kLeafBit) != 0;
}

}  // namespace

Tops MakeTops(const Trees& trees, std::size_t depth_max) {
  const std::uint32_t levels = LevelsFor(trees.tree_count, depth_max);
  Tops tops{.levels = levels, .words = {}, .exits = {}, .is_whole = depth_max <= levels};
  const std::size_t entries = std::size_t{1} << tops.levels;
  tops.words.resize(trees.tree_count * entries);
  tops.exits.resize(trees.tree_count * entries);
  std::vector<std::uint32_t> at(2 * entries);
  for (std::size_t tree = 0; tree < trees.tree_count; ++tree) {
    at[1] = static_cast<std::uint32_t>(tree);
    for (std::size_t entry = 1; entry < entries; ++entry) {
      const Node& node = trees.Nodes()[at[entry]];
      const bool is_leaf = IsLeaf(node);
      tops.words[tree * entries + entry] =
          is_leaf ? kAlwaysLeft : std::uint32_t{node.cut} << 16U | node.column;
      at[2 * entry] = is_leaf ? at[entry] : node.child;
      at[2 * entry + 1] = is_leaf ? at[entry] : node.child + 1;
    }
    for (std::size_t exit = 0; exit < entries; ++exit) {
      const std::uint32_t place = at[entries + exit];
      tops.exits[tree * entries + exit] = tops.is_whole ? trees.Nodes()[place].child : place;
    }
  }
  return tops;
}

}  // namespace thicket

#include "forest/layouts/tops.h"

#include <cstddef>
#include <cstdint>

#include "forest/layouts/complete_tree.h"
#include "forest/layouts/trees.h"
#include "forest/view/limits.h"

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

}  // namespace

Tops MakeTops(const Trees& trees, std::size_t depth_max) {
  const std::uint32_t levels = LevelsFor(trees.tree_count, depth_max);
  Tops tops{.levels = levels, .words = {}, .exits = {}, .is_whole = depth_max <= levels};
  CompleteTree complete(levels);
  tops.words.reserve(trees.tree_count * complete.Entries());
  tops.exits.reserve(trees.tree_count * complete.Entries());
  for (std::size_t tree = 0; tree < trees.tree_count; ++tree) {
    complete.Read(trees, tree);
    tops.words.push_back(0);
    for (std::size_t entry = 1; entry < complete.Entries(); ++entry) {
      const Node& node = trees.Nodes()[complete.At(entry)];
      tops.words.push_back(IsLeaf(node) ? kAlwaysLeft
                                        : std::uint32_t{node.cut} << 16U | node.column);
    }
    for (std::size_t exit = 0; exit < complete.Entries(); ++exit) {
      const std::uint32_t place = complete.Exit(exit);
      tops.exits.push_back(tops.is_whole ? trees.Nodes()[place].child : place);
    }
  }
  return tops;
}

}  // namespace thicket

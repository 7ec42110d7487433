#include "kernels/passes.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>

#include "forest/layouts/trees.h"
#include "kernels/kernel.h"

namespace thicket {
namespace {

constexpr std::uint32_t kFirstPassStepsMax = 12;

// Lines of the next tree that one portion asks for at most: when rows are many they bring the whole
// of it together, and when they are few not much more than is used.
constexpr std::size_t kAheadLinesMax = 128;
constexpr std::size_t kLineBytes = 64;

}  // namespace

std::uint32_t FirstPassSteps(const WalkForest& forest, std::uint32_t levels) noexcept {
  // One step more than there are inner nodes, to look at the leaf.
  const std::uint32_t longest = forest.depth_max > levels ? forest.depth_max - levels + 1 : 1;
  return std::min(longest, kFirstPassStepsMax);
}

bool IsNear(const WalkForest& forest) noexcept {
  return forest.node_count * sizeof(Node) <= kNearBytesMax;
}

Ahead LinesOf(const WalkForest& forest, std::uint32_t tree, std::size_t portions) noexcept {
  if (tree >= forest.trees || IsLeaf(forest.nodes[tree])) return {};
  const bool is_last = tree + 1 == forest.trees || IsLeaf(forest.nodes[tree + 1]);
  const std::uint32_t first = forest.nodes[tree].child;
  const std::uint32_t end = is_last ? forest.node_count : forest.nodes[tree + 1].child;
  const std::size_t lines = (end - first) * sizeof(Node) / kLineBytes;
  return {.from = reinterpret_cast<const char*>(forest.nodes + first),
          .lines = lines,
          .lines_at_once = std::min(lines / portions + 1, kAheadLinesMax)};
}

void AskFor(Ahead& ahead) noexcept {
  const std::size_t lines = std::min(ahead.lines, ahead.lines_at_once);
  for (std::size_t line = 0; line < lines; ++line) {
    __builtin_prefetch(ahead.from + line * kLineBytes, 0, 2);  // Into the second cache.
  }
  ahead.from += lines * kLineBytes;
  ahead.lines -= lines;
}

GroupMasks MasksOf(const WalkPredicates& predicates, const WalkRoom& room,
                   std::size_t group) noexcept {
  return {.masks = room.masks + group * predicates.masks,
          .mask_of = room.mask_of + group * predicates.count,
          .rank_starts = room.rank_starts};
}

void LayOutBlocks(const WalkForest& forest, const WalkRows& rows) {
  for (std::size_t row = 0; row < rows.rows; ++row) {
    const std::uint16_t* const from = rows.bins + row * forest.columns;
    const std::size_t block = row / kBlockLanes * kBlockLanes;
    std::uint16_t* const to = rows.room.blocks + block * forest.columns + row % kBlockLanes;
    for (std::size_t column = 0; column < forest.columns; ++column) {
      to[column * kBlockLanes] = from[column];
    }
  }
}

}  // namespace thicket

#include <algorithm>
#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>

#include "forest/layouts/trees.h"
#include "kernels/kernel.h"

// Walks in plain C++, many at a time and without a branch that depends on the data.
//
// A walk is a chain of loads, each waiting for the one before, so one walk alone leaves the CPU
// idle. Here a lane is one walk; the lanes take turns, one step each, and the CPU overlaps them. A
// lane that reaches a leaf writes the leaf's number to its place in `leaves` (every step writes
// there, the last one counts) and goes to the root of its next job, or to a stop when it has none.
namespace thicket {
namespace {

// Trees of one row in flight: the forest is in a far cache, and the lanes have its latency to
// cover.
constexpr std::uint32_t kTreeLanes = 32;
// Rows on one tree in flight: the tree is in a near cache.
constexpr std::uint32_t kRowLanes = 24;
static_assert(std::max(kTreeLanes, kRowLanes) <= kLanesMax);

struct Lane {
  std::uint32_t at;   // node
  std::uint32_t job;  // tree or row
};

// Arithmetic in place of a choice: a branch on it would be mispredicted once for every tree and
// row.
inline std::uint32_t Choose(std::uint32_t is_first, std::uint32_t first,
                            std::uint32_t second) noexcept {
  return second ^ ((first ^ second) & (0U - is_first));
}

struct Step {
  std::uint32_t next;
  std::uint32_t child;
  std::uint32_t is_leaf;
};

inline Step StepDown(const Node* nodes, std::uint32_t at, const std::uint16_t* bins) noexcept {
  const auto node = std::bit_cast<std::uint64_t>(nodes[at]);
  const auto child = static_cast<std::uint32_t>(node >> 32U);
  const std::uint32_t cut = static_cast<std::uint32_t>(node) >> 16U;
  const std::uint32_t beyond = (cut - bins[node & 0xFFFFU]) >> 31U;
  return {.next = child + beyond, .child = child, .is_leaf = child >> 31U};
}

}  // namespace

// Lane l takes the trees l, l + kTreeLanes, ... A tree's root stands at the tree's number, and
// behind the last root stand the stops.
void WalkTreesPortable(const WalkForest& forest, const WalkRows& rows) {
  const Node* const nodes = forest.nodes;
  const std::uint16_t* const bins = rows.bins;
  std::uint32_t* const leaves = rows.leaves;
  std::array<Lane, kTreeLanes> lanes{};
  for (std::uint32_t lane = 0; lane < kTreeLanes; ++lane) lanes[lane] = {.at = lane, .job = lane};
  std::uint32_t walks = forest.trees;
  while (walks > 0) {
    std::uint32_t leaves_reached = 0;
#pragma GCC unroll 32
    for (Lane& lane : lanes) {
      const Step step = StepDown(nodes, lane.at, bins);
      leaves[lane.job] = step.child;
      lane.job += step.is_leaf * kTreeLanes;
      lane.at = Choose(step.is_leaf, lane.job, step.next);
      __builtin_prefetch(nodes + lane.at);
      leaves_reached += step.is_leaf;
    }
    walks -= leaves_reached;
  }
}

// Lane l takes the rows l, l + kRowLanes, ...
void WalkRowsPortable(const WalkForest& forest, std::uint32_t tree, const WalkRows& rows) {
  const Node* const nodes = forest.nodes;
  const std::uint16_t* const bins = rows.bins;
  std::uint32_t* const leaves = rows.leaves;
  const std::uint32_t count = rows.rows;
  const std::uint32_t stop = forest.trees;
  const std::size_t stride = forest.columns;
  std::array<Lane, kRowLanes> lanes{};
  for (std::uint32_t lane = 0; lane < kRowLanes; ++lane) {
    lanes[lane] = {.at = lane < count ? tree : stop, .job = lane};
  }
  std::uint32_t walks = count;
  while (walks > 0) {
    std::uint32_t leaves_reached = 0;
#pragma GCC unroll 32
    for (Lane& lane : lanes) {
      const Step step = StepDown(nodes, lane.at, bins + lane.job * stride);
      leaves[lane.job] = step.child;
      lane.job += step.is_leaf * kRowLanes;
      const std::uint32_t has_job = (lane.job - count) >> 31U;
      lane.at = Choose(step.is_leaf, Choose(has_job, tree, stop), step.next);
      leaves_reached += step.is_leaf;
    }
    walks -= leaves_reached;
  }
}

}  // namespace thicket

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>

#include "forest/forest.h"
#include "forest/trees.h"
#include "kernels/kernel.h"

// Walks in plain C++, many at a time and without a branch that depends on the data.
//
// A walk is a chain of loads, each waiting for the one before, so one walk alone leaves the CPU
// idle. Here a lane is one walk; the lanes take turns, one step each, and the CPU overlaps them. A
// lane that reaches a leaf writes the leaf's number to its place in `leaves` (every step writes
// there, the last one counts) and goes to the root of its next job, or to a stop when it has none.
namespace thicket {
namespace {

constexpr std::size_t kLanes = 16;
static_assert(kLanes <= kLanesMax);

// Below this many rows a tree's walks do not fill the lanes; then trees, not rows, stand in them.
constexpr std::size_t kRowLanesMin = 2 * kLanes;

struct Step {
  std::uint32_t next;
  std::uint32_t child;
  std::uint32_t is_leaf;
};

inline Step StepDown(const Node* nodes, std::uint32_t at, const std::uint16_t* bins) noexcept {
  const Node node = nodes[at];
  const std::uint32_t beyond = bins[node.column] > node.cut ? 1 : 0;
  return {.next = node.child + beyond, .child = node.child, .is_leaf = node.child >> 31U};
}

// One row down all trees: lane l takes the trees l, l + kLanes, ... A tree's root stands at the
// tree's number, and behind the last root stand the stops.
void WalkTrees(const Node* nodes, std::size_t trees, const std::uint16_t* bins,
               std::uint32_t* leaves) noexcept {
  std::array<std::uint32_t, kLanes> at{};
  std::array<std::uint32_t, kLanes> job{};
  for (std::size_t lane = 0; lane < kLanes; ++lane) {
    job[lane] = static_cast<std::uint32_t>(lane);
    at[lane] = job[lane];
  }
  std::size_t walks = trees;
  while (walks > 0) {
    for (std::size_t lane = 0; lane < kLanes; ++lane) {
      const Step step = StepDown(nodes, at[lane], bins);
      leaves[job[lane]] = step.child;
      job[lane] += step.is_leaf * static_cast<std::uint32_t>(kLanes);
      at[lane] = step.is_leaf != 0 ? job[lane] : step.next;
      walks -= step.is_leaf;
    }
  }
}

// All rows down one tree: lane l takes the rows l, l + kLanes, ...
void WalkRows(const Node* nodes, std::uint32_t root, std::uint32_t stop,
              const KernelRows& rows) noexcept {
  std::array<std::uint32_t, kLanes> at{};
  std::array<std::size_t, kLanes> job{};
  for (std::size_t lane = 0; lane < kLanes; ++lane) {
    job[lane] = lane;
    at[lane] = lane < rows.rows ? root : stop;
  }
  std::size_t walks = rows.rows;
  while (walks > 0) {
    for (std::size_t lane = 0; lane < kLanes; ++lane) {
      const Step step = StepDown(nodes, at[lane], rows.bins + job[lane] * rows.stride);
      rows.leaves[job[lane]] = step.child;
      job[lane] += step.is_leaf * kLanes;
      const std::uint32_t restart = job[lane] < rows.rows ? root : stop;
      at[lane] = step.is_leaf != 0 ? restart : step.next;
      walks -= step.is_leaf;
    }
  }
}

void AddLeaf(const LeafValues& table, std::uint32_t leaf, double* raw) noexcept {
  const double* values = table.of(leaf & ~kLeafBit);
  for (std::size_t output = 0; output < table.outputs; ++output) raw[output] += values[output];
}

void RunRowByRow(const Forest& forest, const KernelRows& rows) noexcept {
  const std::size_t trees = forest.trees.tree_count;
  for (std::size_t row = 0; row < rows.rows; ++row) {
    WalkTrees(forest.trees.nodes(), trees, rows.bins + row * rows.stride, rows.leaves);
    double* raw = rows.raw + row * forest.outputs();
    for (std::size_t tree = 0; tree < trees; ++tree) {
      AddLeaf(forest.leaves, rows.leaves[tree], raw);
    }
  }
}

void RunTreeByTree(const Forest& forest, const KernelRows& rows) noexcept {
  const auto stop = static_cast<std::uint32_t>(forest.trees.tree_count);
  for (std::uint32_t tree = 0; tree < stop; ++tree) {
    WalkRows(forest.trees.nodes(), tree, stop, rows);
    for (std::size_t row = 0; row < rows.rows; ++row) {
      AddLeaf(forest.leaves, rows.leaves[row], rows.raw + row * forest.outputs());
    }
  }
}

}  // namespace

void RunPortable(const Forest& forest, const KernelRows& rows) {
  for (std::size_t row = 0; row < rows.rows; ++row) {
    std::ranges::copy(forest.base, rows.raw + row * forest.outputs());
  }
  if (rows.rows < kRowLanesMin) {
    RunRowByRow(forest, rows);
  } else {
    RunTreeByTree(forest, rows);
  }
}

}  // namespace thicket

#include <cstddef>
#include <cstdint>
#include <limits>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "forest/builder.h"
#include "forest/view/view.h"
#include "kernels/kernel.h"
#include "kernels/reference.h"
#include "scoring/score.h"
#include "test/agreement.h"
#include "test/owned_forest.h"
#include "test/samples.h"
#include "tuner/tuner.h"

namespace thicket {
namespace {

using samples::OwnedForest;
using samples::OwnedRows;

constexpr std::size_t kNever = std::numeric_limits<std::size_t>::max();
// The first whole number whose successor float32 does not have.
constexpr double kLarge = 16'777'216;
constexpr std::size_t kOnes = 20;
constexpr std::size_t kOnesEach = kOnes / 2;  // Of two outputs.
// For a kernel's lanes, and some beyond them.
constexpr std::size_t kRows = 43;

// A tree that answers every row with the number, after a question.
void AddConstant(OwnedForest& forest, double value) {
  const std::int32_t root = forest.AddInner(0, 0.5, false);
  const std::int32_t left = forest.AddLeaf({value});
  forest.Link(root, left, forest.AddLeaf({value}));
  forest.roots.push_back(root);
}

OwnedForest Constants(const std::vector<double>& values) {
  OwnedForest forest;
  forest.number_slots = 1;
  forest.AddNumber(0, {});
  for (const double value : values) AddConstant(forest, value);
  return forest;
}

std::vector<double> LargeFirst() {
  std::vector<double> values(1 + kOnes, 1.0);
  values.front() = kLarge;
  return values;
}

std::vector<double> LargeLast() {
  std::vector<double> values(1 + kOnes, 1.0);
  values.back() = kLarge;
  return values;
}

// The reference and every kernel that runs here, row by row and tree by tree, say so for each row.
void ExpectEverywhere(const OwnedForest& owned, double expected) {
  const OwnedRows rows{.rows = kRows, .numbers = std::vector<double>(kRows, 1.0), .codes = {}};
  std::vector<double> raw(kRows);
  ScoreReference(owned.View(), rows.View(), raw);
  EXPECT_EQ(raw, std::vector<double>(kRows, expected)) << "the reference";
  const auto forest = BuildForest(owned.View());
  for (const Kernel& kernel : Kernels()) {
    if (!kernel.is_supported()) continue;
    for (const std::size_t batch_rows_min : {std::size_t{1}, kNever}) {
      ScoreRows(*forest, OnlyKernel(kernel, batch_rows_min), rows.View(), raw);
      EXPECT_EQ(raw, std::vector<double>(kRows, expected))
          << kernel.name << (batch_rows_min == 1 ? ", tree by tree" : ", row by row");
    }
  }
}

TEST(Sums, InFloat64SmallTreesBehindALargeOneCount) {
  ExpectEverywhere(Constants(LargeFirst()), kLarge + kOnes);
}

TEST(Sums, InFloat32EveryAdditionIsRounded) {
  OwnedForest forest = Constants(LargeFirst());
  samples::SumInFloat32(forest);
  ExpectEverywhere(forest, kLarge);
}

TEST(Sums, InFloat32TheOrderIsThatOfTheTrees) {
  OwnedForest forest = Constants(LargeLast());
  samples::SumInFloat32(forest);
  ExpectEverywhere(forest, kLarge + kOnes);
}

TEST(Sums, InFloat32TheBaseIsTheFirstSummand) {
  OwnedForest forest = Constants(std::vector<double>(kOnes, 1.0));
  samples::SumInFloat32(forest);
  forest.base = {kLarge};
  ExpectEverywhere(forest, kLarge);
}

TEST(Sums, InFloat32TheBaseIsRoundedBeforeTheFirstTree) {
  OwnedForest forest = Constants({0});
  samples::SumInFloat32(forest);
  forest.base = {0.1};
  ExpectEverywhere(forest, static_cast<double>(0.1F));
}

TEST(Sums, InFloat32EveryOutputHasItsOwn) {
  OwnedForest forest;
  forest.outputs = 2;
  forest.base = {0, kLarge};
  samples::SumInFloat32(forest);
  for (std::size_t tree = 0; tree < kOnes; ++tree) {
    forest.roots.push_back(forest.AddLeaf({1, 1}));
  }
  OwnedForest by_tree = forest;
  by_tree.leaf_values.resize(kOnes);
  for (std::size_t tree = 0; tree < kOnes; ++tree) {
    by_tree.tree_outputs.push_back(static_cast<std::uint32_t>(tree % 2));
  }
  std::vector<double> raw(2);
  for (const Kernel& kernel : Kernels()) {
    if (!kernel.is_supported()) continue;
    const RowsView row{.rows = 1, .numbers = {}, .codes = {}};
    ScoreRows(*BuildForest(forest.View()), OnlyKernel(kernel, 1), row, raw);
    EXPECT_EQ(raw, (std::vector<double>{kOnes, kLarge})) << kernel.name;
    ScoreRows(*BuildForest(by_tree.View()), OnlyKernel(kernel, 1), row, raw);
    EXPECT_EQ(raw, (std::vector<double>{kOnesEach, kLarge})) << kernel.name;
  }
}

TEST(Sums, InFloat32KernelsAgreeWithTheReferenceOnRandomForests) {
  std::size_t differing = 0;
  for (std::uint64_t seed = 2'000'000; seed < 2'000'100; ++seed) {
    samples::Random random(seed);
    OwnedForest forest = samples::RandomForest(random);
    samples::SumInFloat32(forest);
    const OwnedRows rows = samples::RandomRows(forest, 70, random);
    ASSERT_EQ(samples::Disagreement(forest, rows), "") << "seed " << seed;
    std::vector<double> single(rows.rows * forest.outputs);
    std::vector<double> twice(single.size());
    ScoreReference(forest.View(), rows.View(), single);
    forest.sums = 0;
    ScoreReference(forest.View(), rows.View(), twice);
    if (single != twice) ++differing;
  }
  EXPECT_GT(differing, 50U);
}

TEST(Sums, InFloat32KernelsAgreeOnTreesOfEveryDepthAroundTheirTops) {
  for (std::size_t depth = 0; depth <= 9; ++depth) {
    samples::Random random(depth);
    OwnedForest forest = samples::CompleteForest(20, depth, random);
    samples::SumInFloat32(forest);
    EXPECT_EQ(samples::Disagreement(forest, samples::RandomRows(forest, 600, random)), "")
        << "depth " << depth;
  }
}

}  // namespace
}  // namespace thicket

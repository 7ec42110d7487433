#include "forest/columns/columns.h"

#include <cstddef>
#include <cstdint>
#include <limits>
#include <numeric>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "forest/builder.h"
#include "forest/view/fault.h"
#include "forest/view/limits.h"
#include "forest/view/steps.h"
#include "forest/view/view.h"
#include "kernels/kernel.h"
#include "scoring/binner.h"
#include "test/agreement.h"
#include "test/owned_forest.h"
#include "test/samples.h"

namespace thicket {
namespace {

using samples::OwnedForest;
using samples::OwnedRows;

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();
constexpr double kInfinity = std::numeric_limits<double>::infinity();

// A tree of stumps on one feature, one for each threshold; tree t answers 1 where x goes left.
OwnedForest Stumps(const std::vector<double>& thresholds, const std::vector<bool>& missing_left,
                   const std::vector<Step>& steps = {}) {
  OwnedForest forest;
  forest.number_slots = 1;
  const auto feature = forest.AddNumber(0, steps);
  for (std::size_t at = 0; at < thresholds.size(); ++at) {
    const auto root = forest.AddInner(feature, thresholds[at], missing_left[at]);
    const auto left = forest.AddLeaf({1});
    const auto right = forest.AddLeaf({0});
    forest.Link(root, left, right);
    forest.roots.push_back(root);
  }
  return forest;
}

std::vector<std::uint16_t> BinsOf(const OwnedForest& owned, const OwnedRows& rows) {
  const Columns columns = PlanColumns(owned.View()).columns;
  std::vector<std::uint16_t> bins(columns.count * rows.rows + kBinsAtOnce);
  const RowsView view = rows.View();
  BinRows(KernelNamed("portable"), columns,
          {.rows = view,
           .number_slots = owned.number_slots,
           .code_slots = owned.code_slots,
           .first = 0,
           .count = rows.rows},
          bins.data());
  bins.resize(columns.count * rows.rows);
  return bins;
}

std::vector<std::uint16_t> BinsOfNumbers(const OwnedForest& owned, std::vector<double> numbers) {
  return BinsOf(owned, {.rows = numbers.size(), .numbers = std::move(numbers), .codes = {}});
}

using Bins = std::vector<std::uint16_t>;

TEST(Columns, ABinCountsTheCutPointsThatAValueLiesBeyond) {
  const auto forest = Stumps({2, 1, 2, 3}, {false, false, false, false});
  EXPECT_EQ(BinsOfNumbers(forest, {0.5, 1, 1.5, 2, 3, 3.5, -kInfinity, kInfinity}),
            (Bins{0, 0, 1, 1, 2, 3, 0, 3}));
}

TEST(Columns, NegativeZeroIsZero) {
  EXPECT_EQ(BinsOfNumbers(Stumps({0.0, -0.0}, {false, false}), {0.0, -0.0, 5e-324}),
            (Bins{0, 0, 1}));
}

TEST(Columns, AMissingValueHasABinOfItsOwnSide) {
  EXPECT_EQ(BinsOfNumbers(Stumps({1, 2}, {true, true}), {kNaN}), (Bins{0}));
  EXPECT_EQ(BinsOfNumbers(Stumps({1, 2}, {false, false}), {kNaN}), (Bins{2}));
}

TEST(Columns, NodesThatDisagreeOnMissingValuesReadTwoColumns) {
  // Right-goers first; only their NaN differs.
  const auto forest = Stumps({1, 2, 3}, {true, false, true});
  EXPECT_EQ(BinsOfNumbers(forest, {kNaN}), (Bins{3, 0}));
  EXPECT_EQ(BinsOfNumbers(forest, {2.5}), (Bins{2, 2}));
}

TEST(Columns, AReplacedMissingValueIsANumberLikeAnyOther) {
  const auto forest = Stumps({1, 2, 3}, {true, false, true}, {{StepOp::kReplaceMissing, 2.5}});
  EXPECT_EQ(BinsOfNumbers(forest, {kNaN, 2.5}), (Bins{2, 2}));
}

TEST(Columns, AReplacementThatNoNumberReachesStillParts) {
  // As floats nothing lies between the thresholds, but the replacement, put in later, does.
  const std::vector<Step> steps{{StepOp::kToFloat32, 0}, {StepOp::kReplaceMissing, 1 + 1e-9}};
  const auto forest = Stumps({1 + 0.5e-9, 1 + 1.5e-9}, {false, false}, steps);
  EXPECT_EQ(BinsOfNumbers(forest, {1, kNaN, 2}), (Bins{0, 1, 2}));
}

TEST(Columns, ThresholdsThatNoNumberTellsApartShareACutPoint) {
  const auto forest = Stumps({1 + 0.5e-9, 1 + 1.5e-9}, {false, false}, {{StepOp::kToFloat32, 0}});
  EXPECT_EQ(PlanColumns(forest.View()).columns.cut_points, 1U);
}

TEST(Columns, WhatEvenMinusInfinityLiesBeyondIsCounted) {
  auto forest = Stumps({-kInfinity, 1}, {false, false});
  forest.comparison = 1;
  EXPECT_EQ(BinsOfNumbers(forest, {-kInfinity, 0, 1}), (Bins{1, 1, 2}));
}

TEST(Columns, AChainThatCannotBePulledBackIsComputed) {
  const auto falling = Stumps({-2, -1}, {false, false}, {{StepOp::kMultiply, -1}});
  EXPECT_EQ(BinsOfNumbers(falling, {0.5, 1, 1.5, 2, 2.5}), (Bins{2, 1, 1, 0, 0}));
  const auto constant = Stumps({0, -1}, {true, true}, {{StepOp::kMultiply, 0}});
  EXPECT_EQ(BinsOfNumbers(constant, {5, -5, kInfinity, kNaN}), (Bins{1, 1, 0, 0}));
}

TEST(Columns, ATableIsReadByCode) {
  OwnedForest forest;
  forest.code_slots = 1;
  const auto one_hot = forest.AddTable(0, {0, 0, 1, 0});
  const auto ordinal = forest.AddTable(0, {kNaN, -1, 0, 1});
  for (const auto feature : {one_hot, ordinal}) {
    const auto root = forest.AddInner(feature, 0.5, feature == one_hot);
    forest.Link(root, forest.AddLeaf({1}), forest.AddLeaf({2}));
    forest.roots.push_back(root);
  }
  const OwnedRows rows{.rows = 4, .numbers = {}, .codes = {-2, -1, 0, 1}};
  EXPECT_EQ(BinsOf(forest, rows), (Bins{0, 1, 0, 0, 1, 0, 0, 1}));
}

TEST(Columns, ACodeThatNoTableHasIsRefused) {
  OwnedForest forest;
  forest.code_slots = 1;
  forest.AddTable(0, {0, 0, 1});
  forest.roots.push_back(forest.AddLeaf({1}));
  for (const std::int32_t code : {1, -3, INT32_MAX, INT32_MIN}) {
    const OwnedRows rows{.rows = 1, .numbers = {}, .codes = {code}};
    EXPECT_THROW(static_cast<void>(BinsOf(forest, rows)), ForestError) << code;
  }
}

TEST(Columns, ALongListIsSeveralColumnsAndStillExact) {
  constexpr std::size_t kCuts = 2 * kColumnCutsMax + 10;
  std::vector<double> thresholds(kCuts);
  std::iota(thresholds.begin(), thresholds.end(), 0.0);
  auto forest = Stumps({0}, {false});
  forest.feature.assign(kCuts, 0);
  forest.threshold = thresholds;
  forest.missing_left.assign(kCuts, 0);
  // One tree per threshold would be too many: a chain that always goes on to the right.
  forest.left.clear();
  forest.right.clear();
  forest.leaf_values.clear();
  for (std::size_t at = 0; at < kCuts; ++at) {
    forest.left.push_back(forest.AddLeaf({static_cast<double>(at)}));
    forest.right.push_back(at + 1 < kCuts ? static_cast<std::int32_t>(at + 1)
                                          : forest.AddLeaf({-1}));
  }
  EXPECT_EQ(PlanColumns(forest.View()).columns.count, 3U);
  OwnedRows rows;
  for (const double near : {0.0, 65'533.0, 65'534.0, 65'535.0, 131'067.0, 131'068.0, 131'077.0}) {
    for (const double x : {near - 0.5, near, near + 0.5}) rows.numbers.push_back(x);
  }
  rows.numbers.insert(rows.numbers.end(), {kNaN, kInfinity, -kInfinity});
  rows.rows = rows.numbers.size();
  EXPECT_EQ(samples::Disagreement(forest, rows), "");
}

TEST(Columns, MoreColumnsThanANodeCanNameAreRefused) {
  OwnedForest forest;
  forest.number_slots = 1;
  for (std::size_t at = 0; at <= kColumnsMax; ++at) {
    const auto root = forest.AddInner(forest.AddNumber(0, {}), 1, false);
    forest.Link(root, forest.AddLeaf({1}), forest.AddLeaf({2}));
    if (forest.roots.empty()) forest.roots.push_back(root);
    // The rest hangs below the right end of the chain, so that one tree holds all.
    if (at > 0) {
      forest.right[at - 1] = root;
      forest.left[at - 1] = ~static_cast<std::int32_t>(at - 1);
    }
  }
  forest.leaf_values.resize(forest.feature.size() + 1);
  forest.left.back() = ~static_cast<std::int32_t>(kColumnsMax);
  forest.right.back() = ~static_cast<std::int32_t>(kColumnsMax + 1);
  try {
    static_cast<void>(BuildForest(forest.View()));
    FAIL() << "was built";
  } catch (const ForestError& error) {
    EXPECT_EQ(error.Which(), Fault::kColumnsTooMany);
  }
}

}  // namespace
}  // namespace thicket

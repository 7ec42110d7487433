#include "scoring/binner.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <limits>
#include <numeric>
#include <random>
#include <vector>

#include <gtest/gtest.h>

#include "forest/columns/columns.h"
#include "forest/columns/number_columns.h"
#include "forest/columns/pull_back.h"
#include "forest/view/fault.h"
#include "forest/view/limits.h"
#include "forest/view/steps.h"
#include "forest/view/view.h"
#include "kernels/kernel.h"
#include "test/owned_forest.h"
#include "test/samples.h"

namespace thicket {
namespace {

using samples::OwnedForest;
using samples::OwnedRows;
using Bins = std::vector<std::uint16_t>;

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();
constexpr double kInfinity = std::numeric_limits<double>::infinity();
constexpr double kMax = std::numeric_limits<double>::max();
constexpr double kDenormal = std::numeric_limits<double>::denorm_min();

RowBlock BlockOf(const OwnedForest& forest, const RowsView& rows) {
  return {.rows = rows,
          .number_slots = forest.number_slots,
          .code_slots = forest.code_slots,
          .first = 0,
          .count = rows.rows};
}

Bins BinsOf(const Kernel& kernel, const Columns& columns, const RowBlock& block) {
  Bins bins(columns.count * block.count + kBinsAtOnce);
  BinRows(kernel, columns, block, bins.data());
  bins.resize(columns.count * block.count);
  return bins;
}

// Row by row, what a kernel finds by columns.
Bins BinsByColumns(const Kernel& kernel, const Columns& columns, const RowBlock& block) {
  Bins blocks(columns.count * (block.count + kBlockLanes));
  BinColumns(kernel, columns, block, blocks.data());
  Bins bins;
  for (std::size_t row = 0; row < block.count; ++row) {
    const std::size_t first = row / kBlockLanes * kBlockLanes * columns.count;
    for (std::size_t column = 0; column < columns.count; ++column) {
      bins.push_back(blocks[first + column * kBlockLanes + row % kBlockLanes]);
    }
  }
  return bins;
}

void ExpectAllFind(const Bins& expected, const Columns& columns, const RowBlock& block) {
  for (const Kernel& kernel : Kernels()) {
    if (!kernel.is_supported()) continue;
    EXPECT_EQ(BinsOf(kernel, columns, block), expected) << kernel.name;
    if (kernel.bin_blocks == nullptr) continue;
    EXPECT_EQ(BinsByColumns(kernel, columns, block), expected) << kernel.name << ", by columns";
  }
}

// A forest of one number with these thresholds; no trees, which columns are not made from.
OwnedForest NodesOn(const std::vector<double>& thresholds, const std::vector<Step>& steps) {
  OwnedForest forest;
  forest.number_slots = 1;
  forest.AddNumber(0, steps);
  forest.feature.assign(thresholds.size(), 0);
  forest.missing_left.assign(thresholds.size(), 0);
  forest.threshold = thresholds;
  return forest;
}

// Every cut point and the numbers beside it, and those that are special to any list.
std::vector<double> NumbersAround(const std::vector<double>& cuts) {
  std::vector<double> numbers{0.0,  -0.0,  kInfinity, -kInfinity, kNaN, -kNaN,
                              kMax, -kMax, kDenormal, -kDenormal, 1.0,  1e300};
  for (const double cut : cuts) {
    numbers.insert(numbers.end(),
                   {cut, std::nextafter(cut, kInfinity), std::nextafter(cut, -kInfinity)});
  }
  return numbers;
}

// All kernels find every number where a plain search among doubles does. Returns the list, for how
// it is searched.
NumberColumns ExpectExact(const std::vector<double>& thresholds,
                          const std::vector<Step>& steps = {}) {
  std::vector<double> cuts(thresholds.size());
  std::ranges::transform(thresholds, cuts.begin(), [&](double threshold) {
    return PullBack(steps, threshold).value_or(kNaN);
  });
  std::ranges::sort(cuts);
  cuts.erase(std::ranges::unique(cuts).begin(), cuts.end());
  const OwnedForest forest = NodesOn(thresholds, steps);
  const Columns columns = PlanColumns(forest.View()).columns;
  const std::vector<double> numbers = NumbersAround(cuts);
  Bins expected;
  for (const double x : numbers) {
    const auto beyond = static_cast<std::size_t>(std::ranges::lower_bound(cuts, x) - cuts.begin());
    for (std::size_t segment = 0; segment < columns.count; ++segment) {
      expected.push_back(SegmentBin(std::isnan(x) ? cuts.size() : beyond, segment));
    }
  }
  const RowsView rows{.rows = numbers.size(), .numbers = numbers, .codes = {}};
  ExpectAllFind(expected, columns, BlockOf(forest, rows));
  return columns.numbers.front();
}

std::vector<double> Drawn(std::size_t count, const std::function<double(samples::Random&)>& draw) {
  samples::Random random(count);
  std::vector<double> drawn(count);
  for (double& number : drawn) number = draw(random);
  return drawn;
}

double Normal(samples::Random& random) {
  return std::normal_distribution<double>(0, 1)(random);
}

TEST(Binner, FindsNumbersInListsOfAnyLength) {
  for (std::size_t count = 1; count < 100; ++count) ExpectExact(Drawn(count, Normal));
  ExpectExact(Drawn(3'000, Normal));
}

TEST(Binner, FindsNumbersInListsOfAnySpread) {
  ExpectExact(Drawn(3'000, [](auto& random) { return std::exp(5 * Normal(random)); }));
  ExpectExact(Drawn(3'000, [](auto& random) { return std::exp(300 * Normal(random)); }));
  ExpectExact(Drawn(3'000, [](auto& random) { return 1.7e9 + Normal(random); }));
  ExpectExact(
      Drawn(500, [](auto& random) { return kDenormal * static_cast<double>(random() % 999); }));
  ExpectExact({-kMax, kMax});
  ExpectExact({-kMax, -1, 0, 1, kMax});
}

TEST(Binner, KeepsCutPointsAsFloatsWhereTheSourceComparesFloats) {
  const std::vector<Step> to_float{{StepOp::kToFloat32, 0}};
  EXPECT_TRUE(ExpectExact(Drawn(3'000, Normal), to_float).is_single);
  EXPECT_TRUE(ExpectExact({-3.4e38, -1e-45, 0, 1e-45, 3.4e38}, to_float).is_single);
  EXPECT_FALSE(ExpectExact(Drawn(3'000, Normal)).is_single);
  EXPECT_FALSE(
      ExpectExact(Drawn(3'000, Normal), {{StepOp::kDivide, 3}, {StepOp::kToFloat32, 0}}).is_single);
}

TEST(Binner, HalvesWhatNoTableParts) {
  // A crowd, between numbers that are far away.
  std::vector<double> thresholds{-1e300, 1e300};
  for (int at = 0; at < 1'000; ++at) thresholds.push_back(1 + at * 1e-13);
  EXPECT_GE(ExpectExact(thresholds).halving, 64U);
  // As many apart need none.
  EXPECT_EQ(ExpectExact(Drawn(1'000, Normal)).halving, 0U);
}

TEST(Binner, FindsNumbersInListsOfSeveralColumns) {
  std::vector<double> thresholds(kColumnCutsMax + 3'000);
  std::iota(thresholds.begin(), thresholds.end(), 0.5);
  EXPECT_EQ(ExpectExact(thresholds).start_shift, 1U);
  std::iota(thresholds.begin(), thresholds.end(), -70'000.0);
  ExpectExact(thresholds, {{StepOp::kToFloat32, 0}});
}

TEST(Binner, KernelsFindTheSameBinsOnRandomForests) {
  for (std::uint64_t seed = 0; seed < 400; ++seed) {
    samples::Random random(seed);
    const OwnedForest forest = samples::RandomForest(random);
    const OwnedRows rows = samples::RandomRows(forest, 1 + random() % 150, random);
    const Columns columns = PlanColumns(forest.View()).columns;
    const RowsView view = rows.View();
    const RowBlock block = BlockOf(forest, view);
    ExpectAllFind(BinsOf(KernelNamed("portable"), columns, block), columns, block);
    ASSERT_FALSE(HasFailure()) << "seed " << seed;
  }
}

// Codes of one slot with a table of so many entries for each of 20 columns.
OwnedForest Tables(std::size_t entries) {
  OwnedForest forest;
  forest.code_slots = 1;
  samples::Random random(entries);
  for (std::uint32_t column = 0; column < 20; ++column) {
    std::vector<double> values(entries);
    for (double& value : values) value = static_cast<double>(random() % 7);
    forest.AddTable(0, values);
    for (int threshold = 0; threshold < 6; ++threshold) forest.AddInner(column, threshold, false);
  }
  return forest;
}

TEST(Binner, ReadsTablesOfAnyLengthByColumns) {
  for (const std::size_t entries : {2U, 3U, 32U, 63U, 64U, 65U, 300U}) {
    const OwnedForest forest = Tables(entries);
    const Columns columns = PlanColumns(forest.View()).columns;
    OwnedRows rows{.rows = 77, .numbers = {}, .codes = {}};
    for (std::size_t row = 0; row < rows.rows; ++row) {
      rows.codes.push_back(static_cast<std::int32_t>(row % entries) - 2);
    }
    const RowsView view = rows.View();
    const RowBlock block = BlockOf(forest, view);
    ExpectAllFind(BinsOf(KernelNamed("portable"), columns, block), columns, block);
  }
}

TEST(Binner, RefusesTheSameCodesByColumns) {
  for (const std::size_t entries : {3U, 65U}) {
    const OwnedForest forest = Tables(entries);
    const Columns columns = PlanColumns(forest.View()).columns;
    const auto beyond = static_cast<std::int32_t>(entries) - 2;
    for (const std::int32_t code : {beyond, -3, INT32_MAX, INT32_MIN}) {
      OwnedRows rows{.rows = 70, .numbers = {}, .codes = std::vector<std::int32_t>(70)};
      rows.codes[69] = code;
      const RowsView view = rows.View();
      for (const Kernel& kernel : Kernels()) {
        if (!kernel.is_supported() || kernel.bin_blocks == nullptr) continue;
        EXPECT_THROW(BinsByColumns(kernel, columns, BlockOf(forest, view)), ForestError) << code;
      }
    }
  }
}

}  // namespace
}  // namespace thicket

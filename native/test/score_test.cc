#include "scoring/score.h"

#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <numeric>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "forest/builder.h"
#include "forest/forest.h"
#include "forest/kernel_choice.h"
#include "forest/layouts/place_tiles.h"
#include "forest/layouts/tile.h"
#include "forest/layouts/tops.h"
#include "forest/layouts/trees.h"
#include "forest/view/fault.h"
#include "forest/view/view.h"
#include "kernels/kernel.h"
#include "test/agreement.h"
#include "test/owned_forest.h"
#include "test/samples.h"
#include "tuner/tuner.h"

namespace thicket {
namespace {

using samples::OwnedForest;
using samples::OwnedRows;

std::vector<double> ScoresOf(const OwnedForest& owned, const std::vector<double>& numbers) {
  const auto forest = BuildForest(owned.View());
  std::vector<double> raw(numbers.size());
  ScoreRows(*forest, OnlyKernel(KernelNamed("portable"), 8),
            {.rows = numbers.size(), .numbers = numbers, .codes = {}}, raw);
  return raw;
}

TEST(Score, AValueEqualToTheThresholdGoesAsTheComparisonSays) {
  EXPECT_EQ(ScoresOf(samples::Stump(0.5, 0), {0.4, 0.5, 0.6}), (std::vector<double>{1, 1, 2}));
  EXPECT_EQ(ScoresOf(samples::Stump(0.5, 1), {0.4, 0.5, 0.6}), (std::vector<double>{1, 2, 2}));
}

TEST(Score, TheSumStartsFromTheBaseAndFollowsTheTrees) {
  // (1 + 1e16) - 1e16 is 0 in this order and 1 in any other.
  OwnedForest forest;
  forest.base = {1};
  for (const double value : {1e16, -1e16}) forest.roots.push_back(forest.AddLeaf({value}));
  std::vector<double> raw(1);
  ScoreRows(*BuildForest(forest.View()), OnlyKernel(KernelNamed("portable"), 8),
            {.rows = 1, .numbers = {}, .codes = {}}, raw);
  EXPECT_EQ(raw[0], 0);
}

TEST(Score, EqualLeavesShareTheirValues) {
  OwnedForest forest;
  forest.outputs = 2;
  forest.base = {0, 0};
  for (const double value : {3.0, 4.0, 3.0, 3.0}) {
    forest.roots.push_back(forest.AddLeaf({value, 1}));
  }
  EXPECT_EQ(BuildForest(forest.View())->leaves.values, (std::vector<double>{3, 1, 4, 1}));
}

TEST(Score, EqualLeavesOfTreesWithOutputsOfTheirOwnShareTheirValues) {
  OwnedForest forest;
  forest.outputs = 3;
  forest.base = {0, 0, 1};
  forest.tree_outputs = {2, 0, 2};
  for (const double value : {3.0, 4.0, 3.0}) forest.roots.push_back(forest.AddLeaf({value}));
  EXPECT_EQ(BuildForest(forest.View())->leaves.values, (std::vector<double>{3, 4}));
  std::vector<double> raw(3);
  ScoreRows(*BuildForest(forest.View()), OnlyKernel(KernelNamed("portable"), 8),
            {.rows = 1, .numbers = {}, .codes = {}}, raw);
  EXPECT_EQ(raw, (std::vector<double>{4, 0, 7}));
}

TEST(Score, KernelsAgreeWithTheReferenceOnRandomForests) {
  for (std::uint64_t seed = 1'000'000; seed < 1'000'400; ++seed) {
    samples::Random random(seed);
    const OwnedForest forest = samples::RandomForest(random);
    ASSERT_EQ(samples::Disagreement(forest, samples::RandomRows(forest, 70, random)), "")
        << "seed " << seed;
  }
}

TEST(Score, KernelsAgreeWithTheReferenceOnManyRows) {
  // Enough rows for several blocks, and for trees to be walked one after the other.
  samples::Random random(5);
  const OwnedForest forest = samples::RandomForest(random);
  EXPECT_EQ(samples::Disagreement(forest, samples::RandomRows(forest, 9'001, random)), "");
}

TEST(Score, KernelsAgreeWithTheReferenceOnAForestLargerThanTheNearCaches) {
  samples::Random random(6);
  OwnedForest forest;
  while (forest.feature.size() <= 100) forest = samples::RandomForest(random);
  // Kernels take a megabyte of nodes for near.
  while (forest.feature.size() * 2 * sizeof(Node) < (std::size_t{2} << 20U)) {
    samples::RepeatTrees(forest);
  }
  EXPECT_EQ(samples::Disagreement(forest, samples::RandomRows(forest, 130, random)), "");
}

TEST(Score, KernelsAgreeWithTheReferenceOnTreesOfEveryDepthAroundTheirTops) {
  for (std::size_t depth = 0; depth <= kTopLevelsMax + 2; ++depth) {
    samples::Random random(depth);
    const OwnedForest forest = samples::CompleteForest(20, depth, random);
    EXPECT_EQ(samples::Disagreement(forest, samples::RandomRows(forest, 100, random)), "")
        << "depth " << depth;
  }
}

TEST(Tops, TreesThatEndInTheirTopsNeedNoWalks) {
  for (const std::size_t depth : {3U, 5U, 6U, 8U, 9U}) {
    samples::Random random(depth);
    const auto forest = BuildForest(samples::CompleteForest(3, depth, random).View());
    EXPECT_EQ(forest->tops.is_whole, depth <= kTopLevelsMax) << depth;
    EXPECT_EQ(forest->tops.levels, depth > 5 && depth <= 8 ? depth : 5) << depth;
  }
}

TEST(Score, KernelsAgreeWithTheReferenceOnMoreLeavesThanTwoBytesCount) {
  OwnedForest forest = samples::Stump(0.5);
  double value = 0;
  while (forest.leaf_values.size() <= 70'000) {
    const std::int32_t root = forest.AddInner(0, 0.5, false);
    const std::int32_t left = forest.AddLeaf({value += 1});
    forest.Link(root, left, forest.AddLeaf({value += 1}));
    forest.roots.push_back(root);
  }
  EXPECT_FALSE(BuildForest(forest.View())->tiles.has_short_numbers);
  const OwnedRows rows{.rows = 3, .numbers = {0, 1, 0.5}, .codes = {}};
  EXPECT_EQ(samples::Disagreement(forest, rows), "");
}

TEST(Score, KernelsAgreeWithTheReferenceOnRowsOfEveryWidthThatTilesKnow) {
  for (const std::size_t columns : {1U, 31U, 32U, 33U, 64U, 65U, 128U, 129U, 300U}) {
    samples::Random random(columns);
    OwnedForest forest;
    forest.number_slots = 1;
    for (std::size_t column = 0; column < columns; ++column) {
      const std::uint32_t feature = forest.AddNumber(0, {});
      const std::int32_t root = forest.AddInner(feature, static_cast<double>(column), false);
      const std::int32_t left = forest.AddLeaf({static_cast<double>(column)});
      forest.Link(root, left, forest.AddLeaf({0.5}));
      forest.roots.push_back(root);
    }
    EXPECT_EQ(BuildForest(forest.View())->tiles.count > 0, columns <= kTileColumnsMax);
    EXPECT_EQ(samples::Disagreement(forest, samples::RandomRows(forest, 70, random)), "")
        << columns << " columns";
  }
}

TEST(Tiles, EveryNodeIsInOneTileAndEveryLeafHasItsNumber) {
  samples::Random random(4);
  for (int at = 0; at < 50; ++at) {
    const OwnedForest owned = samples::RandomForest(random);
    const auto forest = BuildForest(owned.View());
    const Tiles& tiles = forest->tiles;
    if (tiles.count == 0) continue;
    std::size_t leaves = 0;
    std::vector<bool> seen(tiles.count);
    for (std::size_t tree = 0; tree < owned.roots.size(); ++tree) seen[tree] = true;
    for (std::size_t tile = 0; tile < tiles.count; ++tile) {
      const Tile& of = tiles.Of()[tile];
      const std::uint8_t* const exits = tiles.exits.data() + of.shape * kTileAnswers;
      const std::size_t last = *std::max_element(exits, exits + kTileAnswers);
      const auto leaves_here = static_cast<std::size_t>(std::popcount(of.leaves));
      leaves += leaves_here;
      for (std::size_t child = 0; child < last + 1 - leaves_here; ++child) {
        ASSERT_LT(of.child + child, tiles.count);
        ASSERT_FALSE(seen[of.child + child]);
        seen[of.child + child] = true;
      }
    }
    EXPECT_EQ(leaves, owned.View().ensemble.Leaves());
    EXPECT_EQ(std::ranges::count(seen, false), 0);
  }
}

TEST(Score, RefusesRowsThatAreTooShort) {
  const auto forest = BuildForest(samples::Stump(1).View());
  const std::vector<double> numbers(3);
  std::vector<double> raw(2);
  const KernelChoice choice = OnlyKernel(KernelNamed("portable"), 8);
  const RowsView rows{.rows = 3, .numbers = numbers, .codes = {}};
  EXPECT_THROW(ScoreRows(*forest, choice, rows, raw), ForestError);
  const RowsView fewer{.rows = 4, .numbers = numbers, .codes = {}};
  EXPECT_THROW(ScoreRows(*forest, choice, fewer, raw), ForestError);
}

TEST(Layout, EveryNodeIsPlacedOnceAndPairsDoNotStraddleLines) {
  samples::Random random(3);
  for (int at = 0; at < 50; ++at) {
    const OwnedForest owned = samples::RandomForest(random);
    const auto forest = BuildForest(owned.View());
    const Node* nodes = forest->trees.Nodes();
    std::vector<std::uint32_t> open(forest->trees.tree_count);
    std::iota(open.begin(), open.end(), 0U);
    std::vector<bool> seen(forest->trees.node_count);
    std::size_t inner = 0;
    while (!open.empty()) {
      const std::uint32_t node = open.back();
      open.pop_back();
      ASSERT_LT(node, seen.size());
      ASSERT_FALSE(seen[node]);
      seen[node] = true;
      if ((nodes[node].child & kLeafBit) != 0) continue;
      ++inner;
      ASSERT_EQ(nodes[node].child % 2, 0U);
      open.push_back(nodes[node].child);
      open.push_back(nodes[node].child + 1);
    }
    EXPECT_EQ(inner, owned.feature.size());
  }
}

TEST(Kernels, AnUnknownNameIsRefusedAndNamesTheKnownOnes) {
  try {
    static_cast<void>(KernelNamed("nonesuch"));
    FAIL() << "was found";
  } catch (const ForestError& error) {
    EXPECT_EQ(error.Which(), Fault::kKernel);
    EXPECT_NE(std::string(error.what()).find("portable"), std::string::npos);
  }
}

}  // namespace
}  // namespace thicket

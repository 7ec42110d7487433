#include "forest/layouts/predicates.h"

#include <cstddef>
#include <cstdint>
#include <set>
#include <utility>

#include <gtest/gtest.h>

#include "forest/builder.h"
#include "forest/forest.h"
#include "forest/layouts/trees.h"
#include "forest/view/limits.h"
#include "test/agreement.h"
#include "test/owned_forest.h"
#include "test/samples.h"

namespace thicket {
namespace {

using samples::OwnedForest;

// Trees of one node each, which ask whether number `at % numbers` is beyond `at`.
OwnedForest Questions(std::size_t numbers, std::size_t questions) {
  OwnedForest forest;
  forest.number_slots = numbers;
  for (std::uint32_t number = 0; number < numbers; ++number) forest.AddNumber(number, {});
  for (std::size_t at = 0; at < questions; ++at) {
    const auto feature = static_cast<std::uint32_t>(at % numbers);
    const std::int32_t root = forest.AddInner(feature, static_cast<double>(at), false);
    const std::int32_t left = forest.AddLeaf({static_cast<double>(at)});
    forest.Link(root, left, forest.AddLeaf({-1}));
    forest.roots.push_back(root);
  }
  return forest;
}

TEST(Predicates, EveryQuestionOfTheTreesIsThereOnce) {
  OwnedForest owned = Questions(3, 30);
  samples::RepeatTrees(owned);
  const auto forest = BuildForest(owned.View());
  EXPECT_EQ(forest->predicates.cuts.size(), 30U);
  EXPECT_EQ(forest->predicates.columns.size(), 3U);
  EXPECT_EQ(forest->predicates.masks, 30U);
}

TEST(Predicates, ATreeAsksWhatItsNodesAsk) {
  samples::Random random(21);
  const auto forest = BuildForest(samples::CompleteForest(7, 6, random).View());
  const Predicates& predicates = forest->predicates;
  ASSERT_EQ(predicates.levels, 6U);
  std::set<std::pair<std::uint32_t, std::uint16_t>> asked;
  for (const PredicateColumn& column : predicates.columns) {
    for (std::uint32_t at = column.first; at < column.first + column.count; ++at) {
      EXPECT_TRUE(asked.emplace(column.column, predicates.cuts[at]).second);
    }
  }
  const Node* const nodes = forest->trees.Nodes();
  for (std::size_t node = 0; node < forest->trees.node_count; ++node) {
    const bool is_stop = node >= 7 && node < 7 + kLanesMax;
    const bool is_inner = (nodes[node].child & kLeafBit) == 0 && nodes[node].child != 0;
    if (is_stop || !is_inner) continue;
    EXPECT_TRUE(asked.contains({nodes[node].column, nodes[node].cut})) << node;
  }
}

TEST(Predicates, KernelsAgreeWhetherRowsAreComparedOrRanked) {
  for (const std::size_t questions : {kComparedPredicatesMax, kComparedPredicatesMax + 1}) {
    const OwnedForest owned = Questions(1, questions);
    const auto forest = BuildForest(owned.View());
    ASSERT_EQ(forest->predicates.columns.size(), 1U);
    EXPECT_EQ(forest->predicates.columns[0].rank_count > 0, questions > kComparedPredicatesMax);
    samples::Random random(questions);
    // Parts of a word, of a block, of a group, and several groups.
    for (const std::size_t rows : {1U, 33U, 64U, 511U, 512U, 513U, 1'100U}) {
      EXPECT_EQ(samples::Disagreement(owned, samples::RandomRows(owned, rows, random)), "")
          << questions << " questions, " << rows << " rows";
    }
  }
}

TEST(Predicates, KernelsAgreeOnManyGroupsOfRowsOfTreesThatGoOnBelow) {
  samples::Random random(22);
  const OwnedForest owned = samples::CompleteForest(4, kPredicateLevelsMax + 2, random);
  const auto forest = BuildForest(owned.View());
  EXPECT_EQ(forest->predicates.levels, kPredicateLevelsMax);
  EXPECT_FALSE(forest->predicates.AreWhole());
  EXPECT_EQ(samples::Disagreement(owned, samples::RandomRows(owned, 9'001, random)), "");
}

TEST(Predicates, AForestThatAsksTooMuchHasNone) {
  // Columns whose masks do not fit, however few levels are taken.
  const std::size_t columns = kMasksMax / kGroupRows + 1;
  const OwnedForest owned = Questions(columns, columns * (kComparedPredicatesMax + 1));
  EXPECT_EQ(BuildForest(owned.View())->predicates.levels, 0U);
  samples::Random random(23);
  EXPECT_EQ(samples::Disagreement(owned, samples::RandomRows(owned, 70, random)), "");
}

TEST(Predicates, ExitsHaveNoValuesOfTheirOwnWhereThoseAreTooMany) {
  OwnedForest owned = Questions(1, 300);
  owned.outputs = kOutputsMax;
  owned.base.assign(kOutputsMax, 0);
  owned.leaf_values.assign(owned.View().ensemble.InnerNodes() * 2 * kOutputsMax, 1);
  const auto forest = BuildForest(owned.View());
  EXPECT_GT(forest->predicates.levels, 0U);
  EXPECT_FALSE(forest->predicates.AreWhole());
  samples::Random random(24);
  EXPECT_EQ(samples::Disagreement(owned, samples::RandomRows(owned, 40, random)), "");
}

}  // namespace
}  // namespace thicket

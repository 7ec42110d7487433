#include "forest/columns/node_lists.h"

#include <algorithm>
#include <cstddef>
#include <random>
#include <span>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "test/owned_forest.h"
#include "test/samples.h"

namespace thicket {
namespace {

// Only what lists are made from; no trees are needed.
samples::OwnedForest Nodes(std::vector<double> thresholds) {
  samples::OwnedForest forest;
  forest.feature.assign(thresholds.size(), 0);
  forest.missing_left.assign(thresholds.size(), 0);
  forest.threshold = std::move(thresholds);
  return forest;
}

void ExpectSortedAndWhole(const samples::OwnedForest& forest) {
  const NodeLists lists(forest.View().ensemble, 1);
  const std::span<const NodeCut> list = lists.Of(0);
  ASSERT_EQ(list.size(), forest.threshold.size());
  EXPECT_TRUE(std::ranges::is_sorted(list, {}, &NodeCut::threshold));
  std::vector<bool> seen(list.size());
  for (const NodeCut& cut : list) {
    EXPECT_EQ(cut.threshold, forest.threshold[cut.node]);
    EXPECT_FALSE(seen[cut.node]);
    seen[cut.node] = true;
  }
}

TEST(NodeLists, SortShortAndLongListsOfAnyDoubles) {
  samples::Random random(2);
  std::normal_distribution<double> wide(0, 1e6);
  for (const std::size_t length : {0U, 1U, 100U, 5'000U, 50'000U}) {
    std::vector<double> thresholds(length);
    for (double& threshold : thresholds) threshold = wide(random);
    ExpectSortedAndWhole(Nodes(std::move(thresholds)));
  }
}

TEST(NodeLists, SortThresholdsThatDifferInTheirLastBitsOnly) {
  samples::Random random(3);
  std::vector<double> thresholds(10'000);
  for (double& threshold : thresholds) {
    threshold = (random() % 2 == 0 ? 1.0 : -1.0) + static_cast<double>(random() % 1'000) * 1e-13;
  }
  ExpectSortedAndWhole(Nodes(std::move(thresholds)));
}

TEST(NodeLists, HoldTheNodesOfTheirOwnFeature) {
  samples::OwnedForest forest = Nodes({3, 1, 2});
  forest.feature = {1, 0, 1};
  const NodeLists lists(forest.View().ensemble, 3);
  EXPECT_EQ(lists.Of(0).size(), 1U);
  ASSERT_EQ(lists.Of(1).size(), 2U);
  EXPECT_EQ(lists.Of(1).front().node, 2U);
  EXPECT_TRUE(lists.Of(2).empty());
}

}  // namespace
}  // namespace thicket

#include "forest/view/check.h"

#include <cstdint>
#include <functional>
#include <limits>
#include <optional>
#include <ostream>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "forest/builder.h"
#include "forest/view/fault.h"
#include "forest/view/limits.h"
#include "forest/view/view.h"
#include "test/owned_forest.h"

namespace thicket {
namespace {

using samples::OwnedForest;

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();
constexpr double kInfinity = std::numeric_limits<double>::infinity();

// Two trees over a number with a step and a table: inner nodes 0 and 1 in tree 0, tree 1 is a leaf.
OwnedForest Sound() {
  OwnedForest forest;
  forest.number_slots = 1;
  forest.code_slots = 1;
  const auto number = forest.AddNumber(0, {{StepOp::kSubtract, 1}});
  const auto table = forest.AddTable(0, {0, 0, 1});
  const auto root = forest.AddInner(number, 0.5, false);
  const auto below = forest.AddInner(table, 0.5, true);
  const auto a = forest.AddLeaf({1});
  const auto b = forest.AddLeaf({2});
  const auto c = forest.AddLeaf({3});
  forest.Link(root, below, a);
  forest.Link(below, b, c);
  forest.roots = {root, forest.AddLeaf({4})};
  forest.visits = {10, 4};
  return forest;
}

std::optional<Fault> FaultOf(const OwnedForest& forest) {
  try {
    CheckForest(forest.View());
    return std::nullopt;
  } catch (const ForestError& error) {
    EXPECT_NE(std::string(error.what()), "");
    return error.Which();
  }
}

TEST(Check, TakesASoundForest) {
  EXPECT_EQ(FaultOf(Sound()), std::nullopt);
}

TEST(Check, TakesSumsInFloat32OfLeavesThatItHolds) {
  OwnedForest single = Sound();
  single.sums = 1;
  single.base = {0.1};
  EXPECT_EQ(FaultOf(single), std::nullopt);
}

TEST(Check, TakesInfiniteThresholdsAndForestsOfLeaves) {
  OwnedForest infinite = Sound();
  infinite.threshold = {kInfinity, -kInfinity};
  EXPECT_EQ(FaultOf(infinite), std::nullopt);

  OwnedForest leaves;
  leaves.roots.push_back(leaves.AddLeaf({7}));
  EXPECT_EQ(FaultOf(leaves), std::nullopt);
}

struct Damage {
  const char* name;
  Fault fault;
  std::function<void(OwnedForest&)> make;
};

void PrintTo(const Damage& damage, std::ostream* out) {
  *out << damage.name;
}

class CheckRefuses : public testing::TestWithParam<Damage> {};

TEST_P(CheckRefuses, ByName) {
  OwnedForest forest = Sound();
  GetParam().make(forest);
  EXPECT_EQ(FaultOf(forest), GetParam().fault);
  EXPECT_THROW(static_cast<void>(BuildForest(forest.View())), ForestError);
}

const std::vector<Damage> kFeatureDamage{
    {"AnUnknownKind", Fault::kFeatureKind, [](auto& f) { f.kind[0] = 2; }},
    {"ANumberWithATable", Fault::kFeatureKind, [](auto& f) { f.kind[1] = 0; }},
    {"ATableWithSteps", Fault::kFeatureKind, [](auto& f) { f.step_start = {0, 0, 1}; }},
    {"ANumberThatRowsDoNotHave", Fault::kFeatureSlot, [](auto& f) { f.slot[0] = 1; }},
    {"ACodeThatRowsDoNotHave", Fault::kFeatureSlot, [](auto& f) { f.slot[1] = 1; }},
    {"FewerSlotsThanFeatures", Fault::kLengths, [](auto& f) { f.slot.pop_back(); }},
    {"StepRangesTooShort", Fault::kLengths, [](auto& f) { f.step_start.pop_back(); }},
    {"StepRangesThatStartLate", Fault::kFeatureRange, [](auto& f) { f.step_start[0] = 1; }},
    {"StepRangesThatRunBackwards", Fault::kFeatureRange, [](auto& f) { f.step_start = {0, 2, 1}; }},
    {"StepRangesBeyondTheSteps", Fault::kFeatureRange, [](auto& f) { f.step_start[2] = 2; }},
    {"TableRangesBeyondTheTable", Fault::kFeatureRange, [](auto& f) { f.table_start[2] = 4; }},
    {"OperandsMissing", Fault::kLengths, [](auto& f) { f.step_operand.clear(); }},
    {"AnUnknownStep", Fault::kFeatureStep, [](auto& f) { f.step_op[0] = kStepOps; }},
    {"TooManySteps", Fault::kTooMany,
     [](auto& f) {
       const auto count = static_cast<std::uint32_t>(kFeatureStepsMax + 1);
       f.step_op.assign(count, 1);
       f.step_operand.assign(count, 1.0);
       f.step_start = {0, count, count};
     }},
    {"ATableWithoutSpecials", Fault::kTableLength,
     [](auto& f) {
       f.table_values = {0};
       f.table_start = {0, 0, 1};
     }},
    {"TablesOfOneSlotThatDisagree", Fault::kTableLength,
     [](auto& f) { f.AddTable(0, {0, 0, 1, 1}); }},
};

const std::vector<Damage> kTreeDamage{
    {"NoTrees", Fault::kEmpty, [](auto& f) { f.roots.clear(); }},
    {"NoLeaves", Fault::kEmpty, [](auto& f) { f.leaf_values.clear(); }},
    {"NoOutputs", Fault::kEmpty, [](auto& f) { f.outputs = 0; }},
    {"TooManyOutputs", Fault::kTooMany, [](auto& f) { f.outputs = kOutputsMax + 1; }},
    {"TooManyTrees", Fault::kTooMany, [](auto& f) { f.roots.resize(kTreesMax + 1); }},
    {"FewerThresholdsThanNodes", Fault::kLengths, [](auto& f) { f.threshold.pop_back(); }},
    {"FewerLeftsThanNodes", Fault::kLengths, [](auto& f) { f.left.pop_back(); }},
    {"FewerRightsThanNodes", Fault::kLengths, [](auto& f) { f.right.pop_back(); }},
    {"FewerMissingSidesThanNodes", Fault::kLengths, [](auto& f) { f.missing_left.pop_back(); }},
    {"FewerVisitsThanNodes", Fault::kLengths, [](auto& f) { f.visits.pop_back(); }},
    {"ABaseOfAnotherLength", Fault::kLengths, [](auto& f) { f.base.push_back(0); }},
    {"HalfALeaf", Fault::kLengths,
     [](auto& f) {
       f.outputs = 3;
       f.base = {0, 0, 0};
     }},
    {"TreeOutputsOfAnotherLength", Fault::kLengths, [](auto& f) { f.tree_outputs = {0}; }},
    {"ATreeOutputThatIsNone", Fault::kTreeOutput, [](auto& f) { f.tree_outputs = {0, 1}; }},
    {"AnUnknownComparison", Fault::kComparison, [](auto& f) { f.comparison = 2; }},
    {"SumsOfAnUnknownType", Fault::kSums, [](auto& f) { f.sums = 2; }},
    {"ALeafThatIsNoFloat32", Fault::kLeafValue,
     [](auto& f) {
       f.sums = 1;
       f.leaf_values[0] = 0.1;
     }},
    {"ALeafBeyondFloat32", Fault::kLeafValue,
     [](auto& f) {
       f.sums = 1;
       f.leaf_values[0] = 1e300;
     }},
    {"ABaseThatIsInfiniteAsFloat32", Fault::kBase,
     [](auto& f) {
       f.sums = 1;
       f.base[0] = 1e300;
     }},
    {"AThresholdThatIsNaN", Fault::kThreshold, [](auto& f) { f.threshold[1] = kNaN; }},
    {"AMissingSideThatIsNone", Fault::kMissingSide, [](auto& f) { f.missing_left[0] = 2; }},
    {"NegativeVisits", Fault::kVisits, [](auto& f) { f.visits[1] = -1; }},
    {"VisitsThatAreNaN", Fault::kVisits, [](auto& f) { f.visits[1] = kNaN; }},
    {"AFeatureThatIsNone", Fault::kNodeFeature, [](auto& f) { f.feature[1] = 2; }},
    {"AnInfiniteLeaf", Fault::kLeafValue, [](auto& f) { f.leaf_values[0] = kInfinity; }},
    {"ALeafThatIsNaN", Fault::kLeafValue, [](auto& f) { f.leaf_values[0] = kNaN; }},
    {"ABaseThatIsNaN", Fault::kBase, [](auto& f) { f.base[0] = kNaN; }},
    {"AChildThatIsNone", Fault::kChildRange, [](auto& f) { f.left[1] = 2; }},
    {"ALeafThatIsNone", Fault::kChildRange, [](auto& f) { f.left[1] = ~4; }},
    {"TheLowestChild", Fault::kChildRange, [](auto& f) { f.left[1] = INT32_MIN; }},
    {"ARootThatIsNone", Fault::kChildRange, [](auto& f) { f.roots[1] = 9; }},
    {"ANodeThatIsItsOwnChild", Fault::kParents, [](auto& f) { f.left[0] = 0; }},
    {"AChildBeforeItsParent", Fault::kChildBeforeParent,
     [](auto& f) {
       f.roots[0] = 1;
       f.left = {~1, 0};
     }},
    {"ALeafWithTwoParents", Fault::kParents, [](auto& f) { f.right[1] = ~0; }},
    {"ANodeWithTwoParents", Fault::kParents, [](auto& f) { f.right[0] = 1; }},
    {"ARootThatIsAChild", Fault::kParents, [](auto& f) { f.roots[1] = 1; }},
    {"ARootThatIsTwoTrees", Fault::kParents, [](auto& f) { f.roots[1] = 0; }},
    {"ALeafThatNobodyNames", Fault::kParents, [](auto& f) { f.AddLeaf({9}); }},
    {"ANodeThatNobodyNames", Fault::kParents,
     [](auto& f) {
       f.Link(f.AddInner(0, 1, false), f.AddLeaf({1}), f.AddLeaf({2}));
       f.visits.push_back(1);
     }},
};

std::string NameOf(const testing::TestParamInfo<Damage>& info) {
  return info.param.name;
}

INSTANTIATE_TEST_SUITE_P(Features, CheckRefuses, testing::ValuesIn(kFeatureDamage), NameOf);
INSTANTIATE_TEST_SUITE_P(Trees, CheckRefuses, testing::ValuesIn(kTreeDamage), NameOf);

}  // namespace
}  // namespace thicket

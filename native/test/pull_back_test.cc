#include "forest/columns/pull_back.h"

#include <cmath>
#include <limits>
#include <optional>
#include <random>
#include <vector>

#include <gtest/gtest.h>

#include "forest/view/steps.h"
#include "forest/view/view.h"
#include "test/samples.h"

namespace thicket {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();
constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();

double Image(const std::vector<Step>& steps, double x) {
  for (const Step& step : steps) x = ApplyStep(step, x);
  return x;
}

// The definition, checked on the neighbours of the answer.
void ExpectOutermost(const std::vector<Step>& steps, double cut) {
  const std::optional<double> edge = PullBack(steps, cut);
  if (!edge.has_value()) {
    EXPECT_GT(Image(steps, -kInfinity), cut);
    return;
  }
  EXPECT_LE(Image(steps, *edge), cut);
  if (*edge < kInfinity) {
    EXPECT_GT(Image(steps, std::nextafter(*edge, kInfinity)), cut);
  }
}

const std::vector<std::vector<Step>> kChains{
    {},
    {{StepOp::kToFloat32, 0}},
    {{StepOp::kSubtract, 229.858}, {StepOp::kDivide, 623.245}, {StepOp::kToFloat32, 0}},
    {{StepOp::kReplaceMissing, 5}, {StepOp::kSubtract, 0.1}},
    {{StepOp::kAdd, 1e300}, {StepOp::kMultiply, 1e300}},
    {{StepOp::kDivide, 5e-324}},
    {{StepOp::kMultiply, 5e-324}, {StepOp::kToFloat32, 0}},
    {{StepOp::kSubtract, 1e20}, {StepOp::kDivide, 3}, {StepOp::kAdd, -7}},
    {{StepOp::kMultiply, 1e-30}, {StepOp::kToFloat32, 0}, {StepOp::kMultiply, 1e30}},
};

TEST(PullBack, FindsTheOutermostDoubleOfEveryChainAndCut) {
  samples::Random random(11);
  std::normal_distribution<double> wide(0, 1e3);
  std::vector<double> cuts{0.0,    -0.0, 1.0,  -1.0,  0.5,      kInfinity, -kInfinity,
                           5e-324, 1e38, 1e39, 1e308, -1.7e308, -1e39,     16777217.0};
  for (int at = 0; at < 2'000; ++at) cuts.push_back(wide(random));
  for (const std::vector<Step>& steps : kChains) {
    ASSERT_TRUE(CanPullBack(steps));
    for (const double cut : cuts) ExpectOutermost(steps, cut);
  }
}

TEST(PullBack, OfARoundingThatTiesToEvenKeepsTheTieOnItsSide) {
  const std::vector<Step> cast{{StepOp::kToFloat32, 0}};
  const double one = 1.0;                        // Even: the tie above it rounds down to it.
  const double next = 1.0 + std::ldexp(1, -23);  // Odd: the tie above it rounds up.
  EXPECT_EQ(PullBack(cast, one), one + std::ldexp(1, -24));
  EXPECT_EQ(PullBack(cast, next), std::nextafter(next + std::ldexp(1, -24), -kInfinity));
}

TEST(PullBack, OfAConstantGoesAllOneWay) {
  // Every number that a float can hold becomes 1e20.
  const std::vector<Step> swallow{{StepOp::kMultiply, 5e-324}, {StepOp::kAdd, 1e20}};
  EXPECT_EQ(PullBack(swallow, 1e20), std::numeric_limits<double>::max());
  EXPECT_EQ(PullBack(swallow, 1e21), std::numeric_limits<double>::max());
}

TEST(PullBack, RefusesChainsThatBreakTheOrderOrMakeNaN) {
  EXPECT_FALSE(CanPullBack(std::vector<Step>{{StepOp::kMultiply, 0}}));
  EXPECT_FALSE(CanPullBack(std::vector<Step>{{StepOp::kMultiply, -2}}));
  EXPECT_FALSE(CanPullBack(std::vector<Step>{{StepOp::kDivide, 0}}));
  EXPECT_FALSE(CanPullBack(std::vector<Step>{{StepOp::kDivide, -1}}));
  EXPECT_FALSE(CanPullBack(std::vector<Step>{{StepOp::kDivide, kInfinity}}));
  EXPECT_FALSE(CanPullBack(std::vector<Step>{{StepOp::kSubtract, kInfinity}}));
  EXPECT_FALSE(CanPullBack(std::vector<Step>{{StepOp::kAdd, kNaN}}));
}

TEST(OutermostLeft, OfAStrictComparisonIsTheNeighbourBelow) {
  EXPECT_EQ(OutermostLeft(1, Comparison::kLessOrEqual), 1);
  EXPECT_EQ(OutermostLeft(1, Comparison::kLess), std::nextafter(1, 0));
  EXPECT_EQ(OutermostLeft(0, Comparison::kLess), -5e-324);
  EXPECT_EQ(OutermostLeft(-0.0, Comparison::kLess), -5e-324);
  EXPECT_EQ(OutermostLeft(kInfinity, Comparison::kLess), std::numeric_limits<double>::max());
  EXPECT_EQ(OutermostLeft(-kInfinity, Comparison::kLess), std::nullopt);
}

}  // namespace
}  // namespace thicket

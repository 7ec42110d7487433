#include "test/samples.h"

#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <random>
#include <vector>

#include "forest/columns/pull_back.h"
#include "forest/view/steps.h"
#include "forest/view/sums.h"
#include "forest/view/view.h"
#include "test/owned_forest.h"

namespace thicket::samples {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();
constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();
constexpr std::array kNasty{0.0,
                            -0.0,
                            1.0,
                            -1.0,
                            0.5,
                            kInfinity,
                            -kInfinity,
                            std::numeric_limits<double>::max(),
                            std::numeric_limits<double>::lowest(),
                            std::numeric_limits<double>::denorm_min(),
                            -std::numeric_limits<double>::denorm_min(),
                            std::numeric_limits<double>::min(),
                            static_cast<double>(std::numeric_limits<float>::max()),
                            0.1,
                            16777217.0,
                            1e300,
                            1e-300};

constexpr std::size_t kBushyDepthMax = 10;

std::size_t Below(Random& random, std::size_t end) {
  return std::uniform_int_distribution<std::size_t>(0, end - 1)(random);
}

bool OneIn(Random& random, std::size_t times) {
  return Below(random, times) == 0;
}

double RandomNumber(Random& random) {
  if (OneIn(random, 6)) return kNasty.at(Below(random, kNasty.size()));
  if (OneIn(random, 4)) return static_cast<double>(Below(random, 10));
  return std::normal_distribution<double>(0, OneIn(random, 3) ? 1e6 : 1)(random);
}

std::vector<Step> RandomSteps(Random& random) {
  std::vector<Step> steps(Below(random, 5));
  for (Step& step : steps) {
    step.op = static_cast<StepOp>(Below(random, kStepOps));
    step.operand = RandomNumber(random);
    if (OneIn(random, 2)) step.operand = std::abs(step.operand);
  }
  return steps;
}

std::vector<double> RandomTable(Random& random, std::size_t entries) {
  std::vector<double> values(entries);
  for (double& value : values) value = OneIn(random, 12) ? kNaN : RandomNumber(random);
  return values;
}

void AddFeatures(OwnedForest& forest, Random& random) {
  // Now and then more columns than two registers of any kernel hold.
  const std::size_t features = 1 + Below(random, OneIn(random, 8) ? 100 : 6);
  // For all slots: a slot's tables agree. Now and then more than registers hold.
  const std::size_t entries = 2 + Below(random, OneIn(random, 8) ? 100 : 6);
  for (std::size_t at = 0; at < features; ++at) {
    const bool is_table = forest.number_slots == 0 || (forest.code_slots > 0 && OneIn(random, 3));
    if (is_table) {
      forest.AddTable(static_cast<std::uint32_t>(Below(random, forest.code_slots)),
                      RandomTable(random, entries));
    } else {
      forest.AddNumber(static_cast<std::uint32_t>(Below(random, forest.number_slots)),
                       RandomSteps(random));
    }
  }
}

// Now and then more than any kernel compares with one by one; or hundreds that lie as close as
// doubles can, which no table of a search separates.
std::vector<double> RandomThresholds(Random& random) {
  std::vector<double> thresholds(1 + Below(random, OneIn(random, 8) ? 5'000 : 200));
  for (double& threshold : thresholds) threshold = RandomNumber(random);
  if (OneIn(random, 4)) {
    double next = RandomNumber(random);
    const std::size_t close = Below(random, 300);
    for (std::size_t at = 0; at < close; ++at) {
      thresholds.push_back(next);
      next = std::nextafter(next, kInfinity);
    }
  }
  return thresholds;
}

std::vector<double> RandomLeaf(Random& random, std::size_t outputs) {
  std::vector<double> values(outputs);
  for (double& value : values) {
    value = OneIn(random, 3) ? 0.1 * static_cast<double>(Below(random, 4))
                             : std::normal_distribution<double>(0, 1e3)(random);
  }
  return values;
}

// Grows a tree in order, so that children come after their parent.
std::int32_t AddTree(OwnedForest& forest, const std::vector<double>& thresholds, std::size_t depth,
                     Random& random) {
  // Far from its depth a tree is a chain with little beside it, so that walks differ much in
  // length.
  const bool is_chain = depth > kBushyDepthMax;
  if (depth == 0 || (!is_chain && OneIn(random, 6)))
    return forest.AddLeaf(RandomLeaf(random, forest.View().ensemble.LeafWidth()));
  const double threshold = thresholds[Below(random, thresholds.size())];
  const std::int32_t inner = forest.AddInner(
      static_cast<std::uint32_t>(Below(random, forest.kind.size())), threshold, OneIn(random, 2));
  const std::size_t left_depth = is_chain ? Below(random, 3) : depth - 1;
  const std::int32_t left = AddTree(forest, thresholds, left_depth, random);
  const std::int32_t right = AddTree(forest, thresholds, depth - 1, random);
  forest.Link(inner, left, right);
  return inner;
}

std::vector<Step> StepsBefore(const OwnedForest& forest, std::size_t feature) {
  return StepsOf(forest.View().features, feature);
}

// A raw number where the feature's answer at a threshold of the forest is about to change.
double EdgeNumber(const OwnedForest& forest, std::size_t feature, Random& random) {
  const double threshold = forest.threshold[Below(random, forest.threshold.size())];
  const std::vector<Step> steps = StepsBefore(forest, feature);
  std::optional<double> edge = threshold;
  if (CanPullBack(steps)) edge = PullBack(steps, threshold);
  double x = edge.value_or(-kInfinity);
  if (OneIn(random, 3)) x = std::nextafter(x, kInfinity);
  if (OneIn(random, 3)) x = std::nextafter(x, -kInfinity);
  return x;
}

}  // namespace

OwnedForest Stump(double threshold, std::uint32_t comparison) {
  OwnedForest forest;
  forest.number_slots = 1;
  forest.comparison = comparison;
  const std::int32_t root = forest.AddInner(forest.AddNumber(0, {}), threshold, false);
  const std::int32_t left = forest.AddLeaf({1});
  const std::int32_t right = forest.AddLeaf({2});
  forest.Link(root, left, right);
  forest.roots.push_back(root);
  return forest;
}

void RepeatTrees(OwnedForest& forest) {
  const auto inner = static_cast<std::int32_t>(forest.feature.size());
  const auto leaves = static_cast<std::int32_t>(forest.View().ensemble.Leaves());
  const auto repeat = [](auto& values, auto moved) {
    const std::size_t count = values.size();
    values.reserve(2 * count);
    for (std::size_t at = 0; at < count; ++at) values.push_back(moved(values[at]));
  };
  const auto same = [](auto value) { return value; };
  const auto node = [=](std::int32_t child) {
    return IsLeaf(child) ? child - leaves : child + inner;
  };
  repeat(forest.roots, node);
  repeat(forest.tree_outputs, same);
  repeat(forest.left, node);
  repeat(forest.right, node);
  repeat(forest.feature, same);
  repeat(forest.threshold, same);
  repeat(forest.missing_left, same);
  repeat(forest.visits, same);
  repeat(forest.leaf_values, same);
}

void SumInFloat32(OwnedForest& forest) {
  forest.sums = static_cast<std::uint32_t>(Sums::kFloat32);
  for (double& value : forest.leaf_values) value = RoundedTo(Sums::kFloat32, value);
}

OwnedForest RandomForest(Random& random) {
  OwnedForest forest;
  forest.number_slots = Below(random, 4);
  forest.code_slots = forest.number_slots == 0 ? 1 : Below(random, 3);
  forest.outputs = 1 + Below(random, 3);
  forest.comparison = static_cast<std::uint32_t>(Below(random, 2));
  forest.base = RandomLeaf(random, forest.outputs);
  AddFeatures(forest, random);
  const std::vector<double> thresholds = RandomThresholds(random);
  const std::size_t trees = 1 + Below(random, 40);
  const std::size_t depth = Below(random, OneIn(random, 8) ? 70 : kBushyDepthMax);
  if (OneIn(random, 3)) {
    for (std::size_t tree = 0; tree < trees; ++tree) {
      forest.tree_outputs.push_back(static_cast<std::uint32_t>(Below(random, forest.outputs)));
    }
  }
  for (std::size_t tree = 0; tree < trees; ++tree) {
    forest.roots.push_back(AddTree(forest, thresholds, depth, random));
  }
  if (OneIn(random, 3)) SumInFloat32(forest);
  if (OneIn(random, 2)) {
    for (std::size_t at = 0; at < forest.feature.size(); ++at) {
      forest.visits.push_back(static_cast<double>(Below(random, 1000)));
    }
  }
  return forest;
}

OwnedForest CompleteForest(std::size_t trees, std::size_t depth, Random& random) {
  OwnedForest forest;
  forest.number_slots = 2;
  forest.AddNumber(0, {});
  forest.AddNumber(1, {});
  const auto add = [&](const auto& self, std::size_t levels) -> std::int32_t {
    if (levels == 0) return forest.AddLeaf(RandomLeaf(random, 1));
    const auto on_feature = static_cast<std::uint32_t>(Below(random, 2));
    const auto threshold = static_cast<double>(Below(random, 100));
    const std::int32_t inner = forest.AddInner(on_feature, threshold, OneIn(random, 2));
    const std::int32_t left = self(self, levels - 1);
    const std::int32_t right = self(self, levels - 1);
    forest.Link(inner, left, right);
    return inner;
  };
  for (std::size_t tree = 0; tree < trees; ++tree) forest.roots.push_back(add(add, depth));
  return forest;
}

OwnedRows RandomRows(const OwnedForest& forest, std::size_t rows, Random& random) {
  OwnedRows made{.rows = rows,
                 .numbers = std::vector<double>(rows * forest.number_slots),
                 .codes = std::vector<std::int32_t>(rows * forest.code_slots)};
  std::vector<std::size_t> entries(forest.code_slots, 2);
  std::vector<std::vector<std::size_t>> features_of(forest.number_slots);
  const FeatureView& features = forest.View().features;
  for (std::size_t at = 0; at < features.Count(); ++at) {
    if (features.IsTable(at)) {
      entries[features.slot[at]] = features.Table(at).size();
    } else {
      features_of[features.slot[at]].push_back(at);
    }
  }
  for (std::size_t at = 0; at < made.numbers.size(); ++at) {
    const auto& readers = features_of[at % forest.number_slots];
    const bool on_edge = !forest.threshold.empty() && !readers.empty() && !OneIn(random, 4);
    made.numbers[at] = OneIn(random, 12) ? kNaN
                       : on_edge
                           ? EdgeNumber(forest, readers[Below(random, readers.size())], random)
                           : RandomNumber(random);
  }
  for (std::size_t at = 0; at < made.codes.size(); ++at) {
    made.codes[at] = static_cast<std::int32_t>(Below(random, entries[at % forest.code_slots])) - 2;
  }
  return made;
}

}  // namespace thicket::samples

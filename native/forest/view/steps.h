#pragma once

#include <cmath>
#include <cstddef>
#include <vector>

#include "forest/view/view.h"

// The arithmetic between a row's number and a feature, in the source library's order of operations.
// One definition serves the reference, the pull-back and computed features; the build forbids
// contraction (-ffp-contract=off), so each operation rounds once, as in the source.
namespace thicket {

struct Step {
  StepOp op;
  double operand;
};

[[nodiscard]] inline double ApplyStep(const Step& step, double x) noexcept {
  switch (step.op) {
    case StepOp::kReplaceMissing:
      return std::isnan(x) ? step.operand : x;
    case StepOp::kSubtract:
      return x - step.operand;
    case StepOp::kDivide:
      return x / step.operand;
    case StepOp::kMultiply:
      return x * step.operand;
    case StepOp::kAdd:
      return x + step.operand;
    case StepOp::kToFloat32:
      return static_cast<double>(static_cast<float>(x));
  }
  return x;
}

[[nodiscard]] inline std::vector<Step> StepsOf(const FeatureView& features, std::size_t feature) {
  std::vector<Step> steps;
  for (std::size_t at = features.step_start[feature]; at < features.step_start[feature + 1]; ++at) {
    steps.push_back({static_cast<StepOp>(features.step_op[at]), features.step_operand[at]});
  }
  return steps;
}

}  // namespace thicket

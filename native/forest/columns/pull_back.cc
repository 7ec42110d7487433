#include "forest/columns/pull_back.h"

#include <bit>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <span>

#include "forest/view/steps.h"
#include "forest/view/view.h"

namespace thicket {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();
constexpr std::uint64_t kSignBit = std::uint64_t{1} << 63U;

// Doubles as integers in the same order, neighbours next to each other: -0 comes just before +0,
// which no comparison can tell from it, so the outermost of two equal answers is +0.
std::uint64_t RankOf(double x) noexcept {
  const auto bits = std::bit_cast<std::uint64_t>(x);
  return (bits & kSignBit) != 0 ? ~bits : bits | kSignBit;
}

double DoubleOf(std::uint64_t rank) noexcept {
  return std::bit_cast<double>((rank & kSignBit) != 0 ? rank & ~kSignBit : ~rank);
}

// Close to the edge that is searched for; how close decides the time taken, never the answer.
double Guess(const Step& step, double cut) noexcept {
  switch (step.op) {
    case StepOp::kReplaceMissing:
      return cut;
    case StepOp::kSubtract:
      return cut + step.operand;
    case StepOp::kDivide:
      return cut * step.operand;
    case StepOp::kMultiply:
      return cut / step.operand;
    case StepOp::kAdd:
      return cut - step.operand;
    case StepOp::kToFloat32: {
      // Doubles that round to a float of at most `cut` end halfway to the next float.
      auto below = static_cast<float>(cut);
      if (static_cast<double>(below) > cut) {
        below = std::nextafter(below, -std::numeric_limits<float>::infinity());
      }
      const float above = std::nextafter(below, std::numeric_limits<float>::infinity());
      return std::isfinite(below) && std::isfinite(above)
                 ? (static_cast<double>(below) + static_cast<double>(above)) / 2
                 : cut;
    }
  }
  return cut;
}

// The outermost double whose image under one step is <= cut: away from the guess in doubling
// strides until the edge lies between two ranks, then bisection. At most 130 trials, usually under
// ten.
std::optional<double> PullBackStep(const Step& step, double cut) noexcept {
  const auto goes_left = [&](std::uint64_t rank) { return ApplyStep(step, DoubleOf(rank)) <= cut; };
  const std::uint64_t first = RankOf(-kInfinity);
  const std::uint64_t last = RankOf(kInfinity);
  if (!goes_left(first)) return std::nullopt;
  if (goes_left(last)) return kInfinity;

  const double guess = Guess(step, cut);
  const std::uint64_t start = std::isnan(guess) ? RankOf(0.0) : RankOf(guess);
  std::uint64_t left = first;
  std::uint64_t right = last;
  std::uint64_t stride = 1;
  if (goes_left(start)) {
    for (left = start; right - left > stride; stride *= 2) {
      if (!goes_left(left + stride)) {
        right = left + stride;
        break;
      }
      left += stride;
    }
  } else {
    for (right = start; right - left > stride; stride *= 2) {
      if (goes_left(right - stride)) {
        left = right - stride;
        break;
      }
      right -= stride;
    }
  }
  while (right - left > 1) {
    const std::uint64_t middle = left + (right - left) / 2;
    (goes_left(middle) ? left : right) = middle;
  }
  return DoubleOf(left);
}

bool KeepsOrder(const Step& step) noexcept {
  switch (step.op) {
    case StepOp::kReplaceMissing:
    case StepOp::kToFloat32:
      return true;
    case StepOp::kSubtract:
    case StepOp::kAdd:
      return std::isfinite(step.operand);
    case StepOp::kDivide:
    case StepOp::kMultiply:
      return std::isfinite(step.operand) && step.operand > 0;
  }
  return false;
}

}  // namespace

bool CanPullBack(std::span<const Step> steps) noexcept {
  for (const Step& step : steps) {
    if (!KeepsOrder(step)) return false;
  }
  return true;
}

std::optional<double> OutermostLeft(double threshold, Comparison comparison) noexcept {
  if (comparison == Comparison::kLessOrEqual) return threshold;
  if (threshold == -kInfinity) return std::nullopt;
  return std::nextafter(threshold, -kInfinity);
}

std::optional<double> PullBack(std::span<const Step> steps, double cut) noexcept {
  std::optional<double> edge = cut;
  for (std::size_t left = steps.size(); left > 0 && edge.has_value(); --left) {
    const Step& step = steps[left - 1];
    // Only NaN changes in this step, and NaN has a bin of its own.
    if (step.op != StepOp::kReplaceMissing) edge = PullBackStep(step, *edge);
  }
  return edge;
}

}  // namespace thicket

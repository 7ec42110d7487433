#pragma once

#include <optional>
#include <span>

#include "forest/view/steps.h"
#include "forest/view/view.h"

// A threshold on a feature becomes a cut point on the raw number: the outermost double that still
// goes left. Every comparison of every library then reads `x <= cut`.
namespace thicket {

// True where each step keeps the order of numbers and makes no NaN of its own: the chain can then
// be pulled back one step at a time. IEEE rounding keeps order, so the operands decide: they must
// be finite, and factors positive. Other chains are computed for each row instead.
[[nodiscard]] bool CanPullBack(std::span<const Step> steps) noexcept;

// The outermost double that goes left of `threshold`, or nothing if even -infinity does not.
[[nodiscard]] std::optional<double> OutermostLeft(double threshold, Comparison comparison) noexcept;

// The outermost double x for which the chain's result is <= `cut`, or nothing if there is none.
// Requires CanPullBack(steps); exact.
[[nodiscard]] std::optional<double> PullBack(std::span<const Step> steps, double cut) noexcept;

}  // namespace thicket

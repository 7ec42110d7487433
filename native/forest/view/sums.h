#pragma once

#include "forest/view/view.h"

namespace thicket {

// The number of the type that is nearest to x. Every float is a double too, so sums stand in arrays
// of doubles whatever their type is.
[[nodiscard]] inline double RoundedTo(Sums sums, double x) noexcept {
  return sums == Sums::kFloat32 ? static_cast<double>(static_cast<float>(x)) : x;
}

}  // namespace thicket

#pragma once

#include <array>
#include <cstddef>
#include <limits>
#include <span>
#include <string>
#include <vector>

#include "forest/kernel_choice.h"
#include "kernels/kernel.h"

// The figures of the tuner, and their report.
namespace thicket {

inline constexpr double kUnmeasured = std::numeric_limits<double>::infinity();

// Rows of the calls that are timed as batches.
inline constexpr std::array<std::size_t, 4> kTimedBatches{32, 64, 128, 512};

// Best nanoseconds a row of one kernel, alone and in each of kTimedBatches.
struct Figures {
  const Kernel* kernel;
  double row = kUnmeasured;
  std::array<double, kTimedBatches.size()> batches;
};

// One sentence on the choice; `largest` is the batch that decided on the kernel for batches.
[[nodiscard]] std::string ReasonOf(const KernelChoice& choice, std::span<const Figures> figures,
                                   std::size_t largest);

// The timings that were taken; what was left out for want of time is not there.
[[nodiscard]] std::vector<KernelTiming> TimingsOf(std::span<const Figures> figures);

}  // namespace thicket

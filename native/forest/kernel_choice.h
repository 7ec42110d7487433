#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace thicket {

struct Kernel;  // kernels/kernel.h

// The time of one kernel on one forest, when it was loaded.
struct KernelTiming {
  std::string_view kernel;
  std::size_t rows;  // of one call
  double nanos_per_row;
};

// The kernels that walk a forest: one for calls of few rows, one for calls of many.
struct KernelChoice {
  const Kernel* row = nullptr;
  const Kernel* batch = nullptr;
  std::size_t batch_rows_min = 0;
  std::string reason;  // One sentence, for people.
  std::vector<KernelTiming> timings;
};

}  // namespace thicket

#pragma once

#include <cstddef>

#include "forest/forest.h"
#include "forest/kernel_choice.h"
#include "kernels/kernel.h"

namespace thicket {

// One kernel for everything: what THICKET_KERNEL asks for, and what tests compare. From
// `batch_rows_min` rows on, trees come one after the other instead of rows.
[[nodiscard]] KernelChoice OnlyKernel(const Kernel& kernel, std::size_t batch_rows_min);

// Throws ForestError where THICKET_KERNEL names no kernel that runs here.
void CheckAskedKernel();

// The kernel that THICKET_KERNEL asks for (read once), else the fastest ones of those that run
// here: measured, not guessed, because instruction sets do not say how slow a CPU's gathers are,
// nor how far away its caches. Works for kTunerNanosMax, some calls more or less.
[[nodiscard]] KernelChoice ChooseKernels(const Forest& forest);

}  // namespace thicket

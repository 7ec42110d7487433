#include "kernels/kernel.h"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <span>
#include <string>
#include <string_view>

#include "forest/fault.h"

namespace thicket {
namespace {

constexpr std::array kKernels{
    Kernel{.name = "portable",
           .reason = "it is the only kernel, and runs on every CPU",
           .supported = [] { return true; },
           .run = RunPortable},
};

KernelChoice Choose() {
  // Set before the process started; nothing of ours writes to the environment.
  const char* name = std::getenv("THICKET_KERNEL");  // NOLINT(concurrency-mt-unsafe)
  if (name != nullptr && *name != '\0') {
    return {.kernel = &KernelNamed(name), .reason = "THICKET_KERNEL asks for it"};
  }
  const auto best =
      std::ranges::find_if(kKernels, [](const Kernel& row) { return row.supported(); });
  return {.kernel = &*best, .reason = best->reason};
}

}  // namespace

std::span<const Kernel> Kernels() noexcept {
  return kKernels;
}

const Kernel& KernelNamed(std::string_view name) {
  std::string known;
  for (const Kernel& kernel : kKernels) {
    if (!kernel.supported()) continue;
    if (kernel.name == name) return kernel;
    known += known.empty() ? "" : ", ";
    known += kernel.name;
  }
  throw ForestError(Fault::kKernel, "THICKET_KERNEL is '" + std::string(name) +
                                        "', but this machine runs only: " + known);
}

const KernelChoice& ChosenKernel() {
  static const KernelChoice choice = Choose();
  return choice;
}

}  // namespace thicket

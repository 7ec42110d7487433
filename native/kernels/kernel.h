#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "forest/forest.h"

namespace thicket {

// Rows that are binned, and where their raw scores go.
struct KernelRows {
  const std::uint16_t* bins;  // rows + kLanesMax rows of columns, `stride` apart; stride is >= 1
  std::size_t stride;
  std::size_t rows;
  std::uint32_t* leaves;  // room for max(rows, trees) + kLanesMax numbers
  double* raw;            // rows x outputs
};

// One way to walk the trees. All kernels add the same values in the same order: base, then tree
// after tree, in float64.
struct Kernel {
  std::string_view name;
  std::string_view reason;  // Why it was chosen where nobody asked for it by name.
  bool (*supported)();
  void (*run)(const Forest& forest, const KernelRows& rows);
};

// Best first. One instruction set per file; a kernel is a row here and a file beside this one.
[[nodiscard]] std::span<const Kernel> Kernels() noexcept;

// The kernel of that name. Throws ForestError where none has it or this CPU cannot run it.
[[nodiscard]] const Kernel& KernelNamed(std::string_view name);

struct KernelChoice {
  const Kernel* kernel;
  std::string_view reason;
};

// The kernel of this process: THICKET_KERNEL where it is set (read once), else the first that runs.
[[nodiscard]] const KernelChoice& ChosenKernel();

void RunPortable(const Forest& forest, const KernelRows& rows);

}  // namespace thicket

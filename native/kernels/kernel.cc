#include "kernels/kernel.h"

#include <algorithm>
#include <array>
#include <ranges>
#include <span>
#include <string>
#include <string_view>

#include "forest/layouts/layout_set.h"
#include "forest/view/fault.h"
#include "kernels/bins.h"
#include "kernels/passes.h"

namespace thicket {
namespace {

void LayOutNothing(const WalkForest& /*forest*/, const WalkRows& /*rows*/) {}

#ifdef __x86_64__
// Asked here, in code for every CPU: a kernel's own file may use the instructions in question
// wherever its compiler likes.
bool HasAvx2() {
  return __builtin_cpu_supports("avx2") != 0;
}

bool HasAvx512() {
  return __builtin_cpu_supports("avx512f") != 0 && __builtin_cpu_supports("avx512dq") != 0 &&
         __builtin_cpu_supports("avx512bw") != 0 && __builtin_cpu_supports("avx512vl") != 0;
}

bool HasAvx512Vbmi() {
  return HasAvx512() && __builtin_cpu_supports("avx512cd") != 0 &&
         __builtin_cpu_supports("avx512vbmi") != 0;
}
#endif

constexpr std::array kKernels{
#ifdef __x86_64__
    Kernel{.name = "avx512-vbmi",
           .needs = "AVX-512 VBMI, CD",
           .is_supported = HasAvx512Vbmi,
           .rows_by = Layout::kLeafMasks,
           .batch_rows_usual = 64,
           .bin_numbers = BinNumbersAvx512,
           .bin_blocks = BinBlocksAvx512,
           .walk_trees = WalkTreesAvx512Vbmi,
           .lay_out = LayOutNothing,
           .walk_rows = WalkRowsAvx512,
           .add_leaves = AddLeavesAvx512,
           .add_leaves_float32 = AddLeavesFloat32Avx512},
    Kernel{.name = "avx512-masks",
           .needs = "AVX-512 F, DQ, BW, VL",
           .is_supported = HasAvx512,
           .batches_by = Layout::kPredicates,
           .batch_rows_usual = 32,
           .bin_numbers = BinNumbersAvx512,
           .bin_blocks = BinBlocksAvx512,
           .walk_trees = WalkTreesAvx512,
           .lay_out = AnswerPredicatesAvx512,
           .walk_rows = WalkRowsAvx512Masks,
           .add_leaves = AddLeavesAvx512,
           .add_leaves_float32 = AddLeavesFloat32Avx512},
    Kernel{.name = "avx512-tiles",
           .needs = "AVX-512 F, DQ, BW, VL",
           .is_supported = HasAvx512,
           .rows_by = Layout::kTiles,
           .batch_rows_usual = 64,
           .bin_numbers = BinNumbersAvx512,
           .bin_blocks = BinBlocksAvx512,
           .walk_trees = WalkTreesAvx512Tiles,
           .lay_out = LayOutNothing,
           .walk_rows = WalkRowsAvx512,
           .add_leaves = AddLeavesAvx512,
           .add_leaves_float32 = AddLeavesFloat32Avx512},
    Kernel{.name = "avx512",
           .needs = "AVX-512 F, DQ, BW, VL",
           .is_supported = HasAvx512,
           .batch_rows_usual = 64,
           .bin_numbers = BinNumbersAvx512,
           .bin_blocks = BinBlocksAvx512,
           .walk_trees = WalkTreesAvx512,
           .lay_out = LayOutNothing,
           .walk_rows = WalkRowsAvx512,
           .add_leaves = AddLeavesAvx512,
           .add_leaves_float32 = AddLeavesFloat32Avx512},
    Kernel{.name = "avx2",
           .needs = "AVX2",
           .is_supported = HasAvx2,
           .batch_rows_usual = 256,
           .bin_numbers = BinNumbersAvx2,
           .walk_trees = WalkTreesAvx2,
           .lay_out = LayOutBlocks,
           .walk_rows = WalkRowsAvx2},
#endif
    Kernel{.name = "portable",
           .needs = "nothing",
           .is_supported = [] { return true; },
           .batch_rows_usual = 1'024,
           .bin_numbers = BinNumbersPortable,
           .walk_trees = WalkTreesPortable,
           .lay_out = LayOutNothing,
           .walk_rows = WalkRowsPortable},
};

template <typename Walk>
bool OwnsWalk(Walk Kernel::* walk, const Kernel& kernel) noexcept {
  const auto from_last = kKernels | std::views::reverse;
  return std::ranges::find(from_last, kernel.*walk, walk)->name == kernel.name;
}

}  // namespace

bool OwnsRowWalk(const Kernel& kernel) noexcept {
  return OwnsWalk(&Kernel::walk_trees, kernel);
}

bool OwnsBatchWalk(const Kernel& kernel) noexcept {
  return OwnsWalk(&Kernel::walk_rows, kernel);
}

LayoutSet LayoutsReadHere() {
  LayoutSet read{};
  for (const Kernel& kernel : kKernels) {
    if (!kernel.is_supported()) continue;
    read.Add(kernel.rows_by);
    read.Add(kernel.batches_by);
  }
  return read;
}

std::span<const Kernel> Kernels() noexcept {
  return kKernels;
}

const Kernel& KernelNamed(std::string_view name) {
  std::string known;
  for (const Kernel& kernel : kKernels) {
    if (!kernel.is_supported()) continue;
    if (kernel.name == name) return kernel;
    known += known.empty() ? "" : ", ";
    known += kernel.name;
  }
  throw ForestError(Fault::kKernel, "THICKET_KERNEL is '" + std::string(name) +
                                        "', but this machine runs only: " + known);
}

}  // namespace thicket

#include "bench/answers.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>
#include <stdexcept>
#include <string>
#include <vector>

#include "bench/forest_file.h"
#include "forest/forest.h"
#include "forest/kernel_choice.h"
#include "kernels/kernel.h"
#include "kernels/reference.h"
#include "scoring/score.h"
#include "tuner/tuner.h"

namespace thicket::bench {
namespace {

// The reference takes a second for these rows of the largest forest.
constexpr std::size_t kRowsMax = 4'096;
// Rows of the calls whose answers are compared.
constexpr std::array<std::size_t, 4> kCalls{1, 64, 1'024, 4'096};
constexpr std::size_t kNever = std::numeric_limits<std::size_t>::max();

void RequireSame(const ForestFile& file, std::span<const double> raw, const std::string& who) {
  const auto bits = [](double score) { return std::bit_cast<std::uint64_t>(score); };
  const auto differing = std::ranges::mismatch(raw, file.Raw(), {}, bits, bits);
  if (differing.in1 == raw.end()) return;
  const auto at = static_cast<std::size_t>(differing.in1 - raw.begin());
  throw std::runtime_error(who + ": raw score " + std::to_string(at) + " is " +
                           std::to_string(*differing.in1) + ", and the source library's " +
                           std::to_string(*differing.in2));
}

void CheckKernel(const Forest& forest, const ForestFile& file, const KernelChoice& choice,
                 std::vector<double>& raw) {
  const std::size_t rows = raw.size() / forest.Outputs();
  for (const std::size_t call : kCalls) {
    std::ranges::fill(raw, 0.0);
    for (std::size_t first = 0; first < rows; first += call) {
      const std::size_t count = std::min(call, rows - first);
      ScoreRows(forest, choice, file.Rows(first, count),
                std::span(raw).subspan(first * forest.Outputs(), count * forest.Outputs()));
    }
    RequireSame(file, raw,
                std::string(choice.row->name) + " in calls of " + std::to_string(call) + " rows");
  }
}

}  // namespace

void CheckAnswers(const Forest& forest, const ForestFile& file) {
  const std::size_t rows = std::min(file.Rows(), kRowsMax);
  std::vector<double> raw(rows * forest.Outputs());
  ScoreReference(file.Forest(), file.Rows(0, rows), raw);
  RequireSame(file, raw, "the reference");
  for (const Kernel& kernel : Kernels()) {
    if (!kernel.is_supported()) continue;
    CheckKernel(forest, file, OnlyKernel(kernel, kNever), raw);
    CheckKernel(forest, file, OnlyKernel(kernel, 1), raw);
  }
}

}  // namespace thicket::bench

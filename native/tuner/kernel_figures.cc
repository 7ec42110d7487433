#include "tuner/kernel_figures.h"

#include <array>
#include <cmath>
#include <cstddef>
#include <cstdio>
#include <span>
#include <string>
#include <vector>

#include "forest/kernel_choice.h"
#include "forest/view/limits.h"
#include "kernels/kernel.h"

namespace thicket {
namespace {

std::string Micros(double nanos) {
  std::array<char, 32> text{};
  const int length =
      std::snprintf(text.data(), text.size(), "%.*f us", nanos < 1e4 ? 2 : 1, nanos / 1e3);
  return {text.data(), static_cast<std::size_t>(length)};
}

// "avx512 6.10 us, portable 14.3 us": every kernel that was measured.
template <typename FigureOf>
std::string Listed(std::span<const Figures> figures, FigureOf figure_of) {
  std::string list;
  for (const Figures& of : figures) {
    const double nanos = figure_of(of);
    if (std::isinf(nanos)) continue;
    list += (list.empty() ? "" : ", ") + std::string(of.kernel->name) + " " + Micros(nanos);
  }
  return list.empty() ? "not measured" : list;
}

}  // namespace

std::string ReasonOf(const KernelChoice& choice, std::span<const Figures> figures,
                     std::size_t largest) {
  const auto alone = Listed(figures, [](const Figures& of) { return of.row; });
  const auto together = Listed(figures, [=](const Figures& of) { return of.batches.at(largest); });
  return "measured at load, a row alone: " + alone + "; one of " +
         std::to_string(kTimedBatches.at(largest)) + ": " + together + "; " +
         (choice.batch_rows_min > kCallRowsMax
              ? "no call goes tree by tree"
              : std::string(choice.batch->name) + " goes tree by tree from " +
                    std::to_string(choice.batch_rows_min) + " rows on");
}

std::vector<KernelTiming> TimingsOf(std::span<const Figures> figures) {
  std::vector<KernelTiming> timings;
  const auto add = [&](const Figures& of, std::size_t rows, double nanos) {
    if (!std::isinf(nanos)) {
      timings.push_back({.kernel = of.kernel->name, .rows = rows, .nanos_per_row = nanos});
    }
  };
  for (const Figures& of : figures) {
    add(of, 1, of.row);
    for (std::size_t at = 0; at < kTimedBatches.size(); ++at)
      add(of, kTimedBatches.at(at), of.batches.at(at));
  }
  return timings;
}

}  // namespace thicket

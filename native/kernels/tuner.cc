#include "kernels/tuner.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <limits>
#include <random>
#include <ratio>
#include <span>
#include <string>
#include <vector>

#include "forest/columns.h"
#include "forest/forest.h"
#include "forest/kernel_choice.h"
#include "forest/limits.h"
#include "forest/view.h"
#include "kernels/kernel.h"
#include "kernels/score.h"

namespace thicket {
namespace {

using Clock = std::chrono::steady_clock;

constexpr double kUnmeasured = std::numeric_limits<double>::infinity();
constexpr std::size_t kNever = std::numeric_limits<std::size_t>::max();

// Rows of the calls that are timed as batches, and of those that are timed row by row.
constexpr std::array<std::size_t, 3> kBatches{16, 64, 256};
constexpr std::size_t kSingles = 16;
// Rounds over all kernels; of each figure the best round counts, which no neighbour disturbed.
constexpr int kRounds = 3;
// From how many rows on a batch kernel is used where measuring it did not get that far.
constexpr std::size_t kBatchRowsUnmeasured = 1'024;

struct EncodedRows {
  std::vector<double> numbers;
  std::vector<std::int32_t> codes;

  [[nodiscard]] RowsView First(std::size_t rows) const {
    return {.rows = rows, .numbers = numbers, .codes = codes};
  }
};

// Rows drawn from the cut points, each as likely as the next, so that they spread over the trees as
// the training rows did. A fixed seed: the same forest is measured on the same rows.
EncodedRows DrawRows(const Forest& forest, std::size_t rows) {
  std::mt19937_64 random(1);  // NOLINT(bugprone-random-generator-seed)
  EncodedRows drawn{.numbers = std::vector<double>(rows * forest.number_slots),
                    .codes = std::vector<std::int32_t>(rows * forest.code_slots)};
  for (const NumberColumns& list : forest.columns.numbers) {
    if (list.cut_count == 0) continue;
    for (std::size_t row = 0; row < rows; ++row) {
      drawn.numbers[row * forest.number_slots + list.slot] =
          forest.columns.cuts[list.cut_first + random() % list.cut_count];
    }
  }
  for (const TableColumns& table : forest.columns.tables) {
    for (std::size_t row = 0; row < rows; ++row) {
      drawn.codes[row * forest.code_slots + table.slot] =
          static_cast<std::int32_t>(random() % table.entries) -
          static_cast<std::int32_t>(kTableSpecials);
    }
  }
  return drawn;
}

// Best nanoseconds a row of one kernel.
struct Figures {
  const Kernel* kernel;
  double row = kUnmeasured;
  std::array<double, kBatches.size()> batches;
};

class Measurement {
 public:
  explicit Measurement(const Forest& forest)
      : forest_(forest),
        rows_(DrawRows(forest, kBatches.back())),
        raw_(kBatches.back() * forest.Outputs()) {
    for (const Kernel& kernel : Kernels()) {
      if (!kernel.is_supported()) continue;
      figures_.push_back({.kernel = &kernel, .batches = {}});
      figures_.back().batches.fill(kUnmeasured);
    }
  }

  const std::vector<Figures>& Take() {
    for (int round = 0; round < kRounds; ++round) {
      for (Figures& of : figures_) Time(of.row, *of.kernel, kNever, kSingles);
      for (std::size_t at = 0; at < kBatches.size(); ++at) {
        for (Figures& of : figures_) Time(of.batches.at(at), *of.kernel, 1, kBatches.at(at));
      }
    }
    return figures_;
  }

 private:
  // Leaves out what the time that is left would not suffice for, judged by the slowest row so far.
  void Time(double& best, const Kernel& kernel, std::size_t batch_rows_min, std::size_t rows) {
    const double expected = slowest_row_ * static_cast<double>(rows);
    if (NanosSince(start_) + expected > kTunerNanosMax) return;
    const KernelChoice choice = OnlyKernel(kernel, batch_rows_min);
    const Clock::time_point start = Clock::now();
    ScoreRows(forest_, choice, rows_.First(rows), raw_);
    const double nanos = NanosSince(start) / static_cast<double>(rows);
    slowest_row_ = std::max(slowest_row_, nanos);
    best = std::min(best, nanos);
  }

  static double NanosSince(Clock::time_point start) {
    return std::chrono::duration<double, std::nano>(Clock::now() - start).count();
  }

  const Forest& forest_;
  EncodedRows rows_;
  std::vector<double> raw_;
  std::vector<Figures> figures_;
  Clock::time_point start_ = Clock::now();
  double slowest_row_ = 0;
};

std::string Micros(double nanos) {
  std::array<char, 32> text{};
  const int length = std::snprintf(text.data(), text.size(), "%.*f us", nanos < 1e4 ? 2 : 1,
                                   nanos / 1e3);
  return {text.data(), static_cast<std::size_t>(length)};
}

std::string ReasonOf(const KernelChoice& choice, const std::vector<Figures>& figures) {
  std::string alone;
  std::string together;
  for (const Figures& of : figures) {
    const std::string separator = alone.empty() ? "" : ", ";
    const std::string name(of.kernel->name);
    alone += separator + name + " " + Micros(of.row);
    together += separator + name + " " + Micros(of.batches.back());
  }
  return "measured at load, a row alone: " + alone + "; of " + std::to_string(kBatches.back()) +
         ": " + together + "; " + std::string(choice.batch->name) + " tree by tree from " +
         std::to_string(choice.batch_rows_min) + " rows on";
}

// The timings that were taken; what was left out for want of time is not there.
std::vector<KernelTiming> TimingsOf(const std::vector<Figures>& figures) {
  std::vector<KernelTiming> timings;
  const auto add = [&](const Figures& of, std::size_t rows, double nanos) {
    if (!std::isinf(nanos)) {
      timings.push_back({.kernel = of.kernel->name, .rows = rows, .nanos_per_row = nanos});
    }
  };
  for (const Figures& of : figures) {
    add(of, 1, of.row);
    for (std::size_t at = 0; at < kBatches.size(); ++at) add(of, kBatches.at(at), of.batches.at(at));
  }
  return timings;
}

KernelChoice Fastest(const std::vector<Figures>& figures) {
  const Figures& row = *std::ranges::min_element(figures, {}, &Figures::row);
  const Figures& batch =
      *std::ranges::min_element(figures, {}, [](const Figures& of) { return of.batches.back(); });
  KernelChoice choice = OnlyKernel(*row.kernel, kBatchRowsUnmeasured);
  choice.batch = batch.kernel;
  for (std::size_t at = kBatches.size(); at-- > 0 && batch.batches.at(at) < row.row;) {
    choice.batch_rows_min = kBatches.at(at);
  }
  choice.reason = ReasonOf(choice, figures);
  choice.timings = TimingsOf(figures);
  return choice;
}

// Set before the process started; nothing of ours writes to the environment.
const Kernel* AskedKernel() {
  static const Kernel* const asked = [] {
    const char* const name = std::getenv("THICKET_KERNEL");  // NOLINT(concurrency-mt-unsafe)
    return name != nullptr && *name != '\0' ? &KernelNamed(name) : nullptr;
  }();
  return asked;
}

}  // namespace

KernelChoice OnlyKernel(const Kernel& kernel, std::size_t batch_rows_min) {
  return {.row = &kernel,
          .batch = &kernel,
          .batch_rows_min = batch_rows_min,
          .reason = {},
          .timings = {}};
}

void CheckAskedKernel() {
  static_cast<void>(AskedKernel());
}

KernelChoice ChooseKernels(const Forest& forest) {
  if (const Kernel* const asked = AskedKernel(); asked != nullptr) {
    KernelChoice choice = OnlyKernel(*asked, asked->batch_rows_usual);
    choice.reason = "THICKET_KERNEL asks for it";
    return choice;
  }
  return Fastest(Measurement(forest).Take());
}

}  // namespace thicket

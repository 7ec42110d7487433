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
#include "kernels/worked.h"

namespace thicket {
namespace {

using Clock = std::chrono::steady_clock;

constexpr double kUnmeasured = std::numeric_limits<double>::infinity();
constexpr std::size_t kNever = std::numeric_limits<std::size_t>::max();

// Rows of the calls that are timed as batches, and rows that are timed one by one.
constexpr std::array<std::size_t, 3> kBatches{32, 128, 512};
constexpr std::size_t kSmallest = 0;
constexpr std::size_t kHeat = 1;
constexpr std::size_t kLargest = 2;
constexpr std::size_t kSingles = 32;
// Rounds over the kernels; of each figure the best round counts, which no neighbour disturbed.
// Every round has rows of its own: known ones would find their nodes in the cache.
constexpr std::size_t kRounds = 3;
// A kernel that took this many times the best time in the heats is out of the finals.
constexpr double kFinalistMax = 1.4;
// From how many rows on a batch kernel is used where no measured batch was faster.
constexpr std::size_t kBatchRowsElse = 1'024;
// How many times longer than expected a call may take.
constexpr double kCaution = 2;
// How much less a row of a batch must take than a row alone, before rows wait for each other.
constexpr double kBatchGainMin = 0.9;

struct EncodedRows {
  std::vector<double> numbers;
  std::vector<std::int32_t> codes;
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
        rows_(DrawRows(forest, kRounds * kBatches.back())),
        raw_(kBatches.back() * forest.Outputs()) {
    for (const Kernel& kernel : Kernels()) {
      if (!kernel.is_supported()) continue;
      figures_.push_back({.kernel = &kernel, .batches = {}});
      figures_.back().batches.fill(kUnmeasured);
    }
  }

  // Heats of all kernels, then batches by those that came near the best. The largest batch is
  // first, because it says most about the batches of real life.
  const std::vector<Figures>& Take() {
    // A row first, so that it is known what to expect of more.
    for (Figures& of : figures_) TimeSingles(of, Rows(0, 1), Rows(1, kSingles));
    for (Figures& of : figures_) TimeBatch(of, kHeat, Rows(0, kBatches.at(kHeat)));
    for (std::size_t round = 0; round < kRounds; ++round) {
      const std::size_t first = round * kBatches.back();
      // No two kernels get the same rows here, or the first would warm the caches for the next.
      std::size_t single = first;
      for (std::size_t turn = 0; turn < figures_.size(); ++turn) {
        TimeSingles(OfTurn(round, turn), Rows(single, kSingles), Rows(single + kSingles, kSingles));
        single += 2 * kSingles;
      }
      const double best = std::ranges::min(figures_, {}, HeatOf).batches.at(kHeat);
      for (const std::size_t at : {kLargest, kHeat, kSmallest}) {
        for (std::size_t turn = 0; turn < figures_.size(); ++turn) {
          Figures& of = OfTurn(round, turn);
          if (HeatOf(of) <= kFinalistMax * best) TimeBatch(of, at, Rows(first, kBatches.at(at)));
        }
      }
    }
    return figures_;
  }

 private:
  static double HeatOf(const Figures& of) { return of.batches.at(kHeat); }

  // Whoever comes first also brings the forest and the room nearer: each round it is another.
  Figures& OfTurn(std::size_t round, std::size_t turn) {
    return figures_[(round + turn) % figures_.size()];
  }

  // Rows that come one by one find the forest where the row before has left it: `before` are walked
  // first and not counted.
  void TimeSingles(Figures& of, const RowsView& before, const RowsView& rows) {
    if (IsKnownAlone(*of.kernel)) return;
    const KernelChoice choice = OnlyKernel(*of.kernel, kNever);
    double not_counted = kUnmeasured;
    Time(not_counted, of.row, choice, before);
    Time(of.row, std::min(of.row, not_counted), choice, rows);
  }

  // Whether a kernel before this one sends rows alone down the same way.
  static bool IsKnownAlone(const Kernel& kernel) {
    const Kernel& first = *std::ranges::find(Kernels(), kernel.walk_trees, &Kernel::walk_trees);
    return first.name != kernel.name;
  }

  // The same for batches; without predicates, masks are not another way.
  [[nodiscard]] bool IsKnownBatch(const Kernel& kernel) const {
    if (kernel.reads_predicates) return forest_.predicates.levels == 0;
    const Kernel& first = *std::ranges::find(Kernels(), kernel.walk_rows, &Kernel::walk_rows);
    return first.name != kernel.name;
  }

  // Before its first batch, a kernel is expected to take as long for a row as for one alone; and
  // twice that, because every row of a small batch waits until each tree has been brought near.
  void TimeBatch(Figures& of, std::size_t at, const RowsView& rows) {
    if (IsKnownBatch(*of.kernel)) return;
    const double heat = HeatOf(of);
    Time(of.batches.at(at), std::isinf(heat) ? kCaution * of.row : heat, OnlyKernel(*of.kernel, 1),
         rows);
  }

  // Leaves out what the time that is left would not suffice for. Nothing is expected of a kernel
  // that has not been seen.
  void Time(double& best, double expected, const KernelChoice& choice, const RowsView& rows) {
    const auto count = static_cast<double>(rows.rows);
    const double needed = std::isinf(expected) ? 0 : kCaution * expected * count;
    if (NanosSince(start_) + needed > kTunerNanosMax) return;
    const double start = WorkedNanos();
    ScoreRows(forest_, choice, rows, raw_);
    best = std::min(best, (WorkedNanos() - start) / count);
  }

  [[nodiscard]] RowsView Rows(std::size_t first, std::size_t count) const {
    return {.rows = count,
            .numbers = std::span(rows_.numbers).subspan(first * forest_.number_slots),
            .codes = std::span(rows_.codes).subspan(first * forest_.code_slots)};
  }

  static double NanosSince(Clock::time_point start) {
    return std::chrono::duration<double, std::nano>(Clock::now() - start).count();
  }

  const Clock::time_point start_ = Clock::now();  // First: drawing rows takes time too.
  const Forest& forest_;
  EncodedRows rows_;
  std::vector<double> raw_;
  std::vector<Figures> figures_;
};

std::string Micros(double nanos) {
  std::array<char, 32> text{};
  const int length =
      std::snprintf(text.data(), text.size(), "%.*f us", nanos < 1e4 ? 2 : 1, nanos / 1e3);
  return {text.data(), static_cast<std::size_t>(length)};
}

// "avx512 6.10 us, portable 14.3 us": every kernel that was measured.
template <typename FigureOf>
std::string Listed(const std::vector<Figures>& figures, FigureOf figure_of) {
  std::string list;
  for (const Figures& of : figures) {
    const double nanos = figure_of(of);
    if (std::isinf(nanos)) continue;
    list += (list.empty() ? "" : ", ") + std::string(of.kernel->name) + " " + Micros(nanos);
  }
  return list.empty() ? "not measured" : list;
}

std::string ReasonOf(const KernelChoice& choice, const std::vector<Figures>& figures,
                     std::size_t largest) {
  const auto alone = Listed(figures, [](const Figures& of) { return of.row; });
  const auto together = Listed(figures, [=](const Figures& of) { return of.batches.at(largest); });
  return "measured at load, a row alone: " + alone + "; one of " +
         std::to_string(kBatches.at(largest)) + ": " + together + "; " +
         std::string(choice.batch->name) + " goes tree by tree from " +
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
    for (std::size_t at = 0; at < kBatches.size(); ++at)
      add(of, kBatches.at(at), of.batches.at(at));
  }
  return timings;
}

// The largest batch that any kernel was timed with, or the smallest where none was.
std::size_t LargestTimed(const std::vector<Figures>& figures) {
  for (std::size_t at = kBatches.size(); at-- > 1;) {
    const bool is_timed = std::ranges::any_of(
        figures, [=](const Figures& of) { return !std::isinf(of.batches.at(at)); });
    if (is_timed) return at;
  }
  return 0;
}

// Where nothing could be measured, the first kernel is both.
KernelChoice Fastest(const std::vector<Figures>& figures) {
  const std::size_t largest = LargestTimed(figures);
  const Figures& row = *std::ranges::min_element(figures, {}, &Figures::row);
  const Figures& batch = *std::ranges::min_element(
      figures, {}, [=](const Figures& of) { return of.batches.at(largest); });
  KernelChoice choice = OnlyKernel(*row.kernel, kBatchRowsElse);
  choice.batch = batch.kernel;
  const double enough = kBatchGainMin * row.row;
  for (std::size_t at = largest + 1; at > 0; --at) {
    if (batch.batches.at(at - 1) >= enough) break;
    choice.batch_rows_min = kBatches.at(at - 1);
  }
  choice.reason = ReasonOf(choice, figures, largest);
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

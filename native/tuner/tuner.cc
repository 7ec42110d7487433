#include "tuner/tuner.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <limits>
#include <random>
#include <ratio>
#include <span>
#include <string>
#include <vector>

#include "forest/columns/columns.h"
#include "forest/columns/number_columns.h"
#include "forest/columns/table_columns.h"
#include "forest/forest.h"
#include "forest/kernel_choice.h"
#include "forest/view/limits.h"
#include "forest/view/view.h"
#include "kernels/kernel.h"
#include "scoring/score.h"
#include "tuner/kernel_figures.h"
#include "tuner/thread_clock.h"

namespace thicket {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::size_t kNever = std::numeric_limits<std::size_t>::max();

// Batches in the order of their finals: the largest is first, because it says most about the
// batches of real life.
constexpr std::array<std::size_t, 4> kFinals{3, 1, 2, 0};
constexpr std::size_t kHeat = 1;
// Rows that are timed one by one.
constexpr std::size_t kSingles = 32;
// Rounds over the kernels; of each figure the best round counts, which no neighbour disturbed.
// Every round has rows of its own: known ones would find their nodes in the cache.
constexpr std::size_t kRounds = 3;
// A kernel that took this many times the best time in the heats is out of the finals. Kernels that
// need large batches come near the best only there.
constexpr double kFinalistMax = 2;
constexpr double kHeatsNanosCheap = kTunerNanosMax / 8;
// From how many rows on a batch kernel is used where no measured batch was faster.
constexpr std::size_t kBatchRowsElse = 1'024;
// How many times longer than a row alone each row of a small batch may take, which waits until
// every tree has been brought near.
constexpr double kHeatCaution = 2;
// How much less a row of a batch must take than a row alone, before rows wait for each other.
constexpr double kBatchGainMin = 0.9;
// A batch whose rows took so many times as long as rows alone is not asked for at any size: more
// rows do not make up for that.
constexpr double kBatchLossMax = 4;

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
    if (list.cut_count == 0 || list.slot >= forest.number_slots) continue;
    for (std::size_t row = 0; row < rows; ++row) {
      drawn.numbers[row * forest.number_slots + list.slot] =
          forest.columns.cuts.Of(list, random() % list.cut_count);
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

class Measurement {
 public:
  explicit Measurement(const Forest& forest)
      : forest_(forest),
        // The last round's single rows are others for every kernel, however many there are.
        rows_(DrawRows(forest, kRounds * kTimedBatches.back() + 2 * kSingles * Kernels().size())),
        raw_(kTimedBatches.back() * forest.Outputs()) {
    for (const Kernel& kernel : Kernels()) {
      if (!kernel.is_supported() || !forest.Has(kernel.rows_by)) continue;
      figures_.push_back({.kernel = &kernel, .batches = {}});
      figures_.back().batches.fill(kUnmeasured);
    }
  }

  // Heats of all kernels, then finals of those that came near the best.
  const std::vector<Figures>& Take() {
    // Once more than counts: the first kernel finds neither the forest nor the room in the caches.
    TimeHeat(figures_.front(), 0);
    TimeHeats();
    // Of a small forest the room of one kernel weighs as much, and a second heat is cheap.
    if (WorkedNanos() - worked_before_ < kHeatsNanosCheap) TimeHeats();
    for (std::size_t round = 0; round < kRounds; ++round) {
      TimeFinals(round, kFinals.front());
      TimeFinalSingles(round);
      for (const std::size_t at : std::span(kFinals).subspan(1)) TimeFinals(round, at);
    }
    return figures_;
  }

 private:
  static double HeatOf(const Figures& of) { return of.batches.at(kHeat); }

  [[nodiscard]] double BestRow() const { return std::ranges::min(figures_, {}, &Figures::row).row; }

  void TimeHeats() {
    for (std::size_t at = 0; at < figures_.size(); ++at) TimeHeat(figures_[at], at + 1);
  }

  // Rows first, so that it is known what to expect of a batch.
  void TimeHeat(Figures& of, std::size_t at) {
    const std::size_t first = at * kTimedBatches.at(kHeat);
    TimeSingles(of, Rows(first, 1), Rows(first + 1, kSingles));
    TimeBatch(of, kHeat, Rows(first, kTimedBatches.at(kHeat)));
  }

  void TimeFinals(std::size_t round, std::size_t at) {
    const double best = std::ranges::min(figures_, {}, HeatOf).batches.at(kHeat);
    for (std::size_t turn = 0; turn < figures_.size(); ++turn) {
      Figures& of = OfTurn(round, turn);
      if (HeatOf(of) > kFinalistMax * best) continue;
      TimeBatch(of, at, Rows(round * kTimedBatches.back(), kTimedBatches.at(at)));
    }
  }

  void TimeFinalSingles(std::size_t round) {
    const double worst = kFinalistMax * BestRow();
    // No two kernels get the same rows here, or the first would warm the caches for the next.
    std::size_t first = round * kTimedBatches.back();
    for (std::size_t turn = 0; turn < figures_.size(); ++turn, first += 2 * kSingles) {
      Figures& of = OfTurn(round, turn);
      if (of.row > worst) continue;
      TimeSingles(of, Rows(first, kSingles), Rows(first + kSingles, kSingles));
    }
  }

  // The first kernel also warms the caches for the others: each round it is another.
  Figures& OfTurn(std::size_t round, std::size_t turn) {
    return figures_[(round + turn) % figures_.size()];
  }

  // Rows that come one by one find the forest where the row before has left it: `before` are walked
  // first and not counted.
  void TimeSingles(Figures& of, const RowsView& before, const RowsView& rows) {
    if (!OwnsRowWalk(*of.kernel)) return;
    const KernelChoice choice = OnlyKernel(*of.kernel, kNever);
    double not_counted = kUnmeasured;
    Time(not_counted, of.row, choice, before);
    Time(of.row, std::min(of.row, not_counted), choice, rows);
  }

  // Without its layout, the kernel's walk is the one by nodes.
  [[nodiscard]] bool IsKnownBatch(const Kernel& kernel) const {
    return !forest_.Has(kernel.batches_by) || !OwnsBatchWalk(kernel);
  }

  // The expected time of a kernel's first batch is known from single rows only.
  void TimeBatch(Figures& of, std::size_t at, const RowsView& rows) {
    if (IsKnownBatch(*of.kernel)) return;
    const double heat = HeatOf(of);
    Time(of.batches.at(at), std::isinf(heat) ? kHeatCaution * BestRow() : heat,
         OnlyKernel(*of.kernel, 1), rows);
  }

  // Leaves out what the time that is left would not suffice for. Nothing is expected of a kernel
  // that has not been seen.
  void Time(double& best, double expected, const KernelChoice& choice, const RowsView& rows) {
    const auto count = static_cast<double>(rows.rows);
    const double needed = std::isinf(expected) ? 0 : expected * count;
    const double start = WorkedNanos();
    if (start - worked_before_ + needed > kTunerNanosMax) return;
    if (NanosSince(start_) > kTunerWallNanosMax) return;
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

  // First: drawing rows takes time too.
  const Clock::time_point start_ = Clock::now();
  const double worked_before_ = WorkedNanos();
  const Forest& forest_;
  EncodedRows rows_;
  std::vector<double> raw_;
  std::vector<Figures> figures_;
};

// The largest batch that any kernel was timed with, or the smallest where none was.
std::size_t LargestTimed(const std::vector<Figures>& figures) {
  for (std::size_t at = kTimedBatches.size(); at-- > 1;) {
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
    choice.batch_rows_min = kTimedBatches.at(at - 1);
  }
  const double loss = batch.batches.at(largest) / row.row;
  if (largest >= kHeat && std::isfinite(loss) && loss > kBatchLossMax) {
    choice.batch = row.kernel;
    choice.batch_rows_min = kCallRowsMax + 1;
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

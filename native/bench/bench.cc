#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <random>
#include <ratio>
#include <span>
#include <vector>

#include "forest/builder.h"
#include "forest/forest.h"
#include "forest/kernel_choice.h"
#include "forest/view.h"
#include "kernels/kernel.h"
#include "kernels/score.h"
#include "kernels/tuner.h"
#include "test/owned_forest.h"
#include "test/samples.h"

// A forest of the shape of F-full without a training library: 300 trees grown to single rows by
// random splits of 10,000 rows of 3 numbers and 31 one-hot features. For work on kernels and
// layout; figures that are published come from bench/ with the real library's forest.
//
//   thicket_bench [TREES [ROWS]]
namespace thicket {
namespace {

using Clock = std::chrono::steady_clock;
using samples::OwnedForest;
using samples::OwnedRows;
using samples::Random;

constexpr std::size_t kNumbers = 3;
constexpr std::size_t kCodes = 5;
constexpr std::int32_t kCategories = 6;

OwnedRows MakeRows(std::size_t rows, Random& random) {
  OwnedRows made{.rows = rows, .numbers = {}, .codes = {}};
  std::lognormal_distribution<double> sales(4, 1.5);
  std::uniform_int_distribution<int> small(0, 14);
  std::uniform_int_distribution<std::int32_t> category(0, kCategories - 1);
  for (std::size_t row = 0; row < rows; ++row) {
    made.numbers.insert(made.numbers.end(),
                        {std::round(sales(random) * 1e4) / 1e4, static_cast<double>(small(random)),
                         0.05 * static_cast<double>(small(random))});
    for (std::size_t code = 0; code < kCodes; ++code) made.codes.push_back(category(random));
  }
  return made;
}

class Grower {
 public:
  Grower(OwnedForest& forest, const OwnedRows& rows, Random& random)
      : forest_(forest), rows_(rows), random_(random) {}

  std::int32_t Grow(std::span<std::size_t> rows) {
    if (rows.size() > 1) {
      // Most splits are on sales, as in a trained forest of this data.
      for (int trial = 0; trial < 12; ++trial) {
        const bool on_number = trial >= 8 || random_() % 4 != 0;
        const std::size_t feature = on_number ? (random_() % 4 == 0 ? 1 + random_() % 2 : 0)
                                              : kNumbers + random_() % (kCodes * kCategories);
        const double a = ValueOf(feature, rows[random_() % rows.size()]);
        const double b = ValueOf(feature, rows[random_() % rows.size()]);
        if (a != b) return Split(feature, (a + b) / 2, rows);
      }
    }
    return forest_.AddLeaf({std::round(ValueOf(0, rows.front()) * 1e4) / 1e7});
  }

 private:
  [[nodiscard]] double ValueOf(std::size_t feature, std::size_t row) const {
    if (feature < kNumbers) return rows_.numbers[row * kNumbers + feature];
    const std::size_t one_hot = feature - kNumbers;
    const std::int32_t code = rows_.codes[row * kCodes + one_hot / kCategories];
    return code == static_cast<std::int32_t>(one_hot % kCategories) ? 1 : 0;
  }

  std::int32_t Split(std::size_t feature, double threshold, std::span<std::size_t> rows) {
    const auto middle = std::ranges::partition(
        rows, [&](std::size_t row) { return ValueOf(feature, row) <= threshold; });
    const auto count = rows.size() - middle.size();
    const std::int32_t inner =
        forest_.AddInner(static_cast<std::uint32_t>(feature), threshold, false);
    forest_.visits.push_back(static_cast<double>(rows.size()));
    const std::int32_t left = Grow(rows.first(count));
    const std::int32_t right = Grow(rows.subspan(count));
    forest_.Link(inner, left, right);
    return inner;
  }

  OwnedForest& forest_;
  const OwnedRows& rows_;
  Random& random_;
};

OwnedForest GrowForest(std::size_t trees, const OwnedRows& rows, Random& random) {
  OwnedForest forest;
  forest.number_slots = kNumbers;
  forest.code_slots = kCodes;
  for (std::uint32_t number = 0; number < kNumbers; ++number) {
    forest.AddNumber(number, {{StepOp::kReplaceMissing, 1.0 + number},
                              {StepOp::kSubtract, 229.858},
                              {StepOp::kDivide, 623.245},
                              {StepOp::kToFloat32, 0}});
  }
  for (std::uint32_t code = 0; code < kCodes; ++code) {
    for (std::size_t category = 0; category < kCategories; ++category) {
      std::vector<double> table(2 + kCategories, 0.0);
      table[2 + category] = 1;
      forest.AddTable(code, table);
    }
  }
  Grower grower(forest, rows, random);
  std::vector<std::size_t> sample(rows.rows);
  for (std::size_t tree = 0; tree < trees; ++tree) {
    for (std::size_t& row : sample) row = random() % rows.rows;
    std::ranges::sort(sample);
    const auto distinct = std::ranges::unique(sample);
    forest.roots.push_back(grower.Grow(std::span(sample).first(sample.size() - distinct.size())));
  }
  // Thresholds on numbers were drawn on raw values; the features are scaled.
  for (std::size_t at = 0; at < forest.feature.size(); ++at) {
    if (forest.feature[at] < kNumbers) {
      forest.threshold[at] =
          static_cast<double>(static_cast<float>((forest.threshold[at] - 229.858) / 623.245)) +
          1e-12;
    }
  }
  return forest;
}

double MillisSince(Clock::time_point start) {
  return std::chrono::duration<double, std::milli>(Clock::now() - start).count();
}

// Median nanoseconds of one row, in calls of `batch` rows each.
double NanosPerRow(const Forest& forest, const KernelChoice& choice, const OwnedRows& rows,
                   std::size_t batch) {
  std::vector<double> raw(batch * forest.Outputs());
  std::vector<double> nanos;
  const std::size_t calls = std::max<std::size_t>(rows.rows / batch, 1);
  for (std::size_t pass = 0; pass < 5; ++pass) {
    for (std::size_t call = 0; call < calls; ++call) {
      const RowsView view{.rows = batch,
                          .numbers = std::span(rows.numbers).subspan(call * batch * kNumbers),
                          .codes = std::span(rows.codes).subspan(call * batch * kCodes)};
      const Clock::time_point start = Clock::now();
      ScoreRows(forest, choice, view, raw);
      nanos.push_back(MillisSince(start) * 1e6 / static_cast<double>(batch));
    }
  }
  std::ranges::nth_element(nanos, nanos.begin() + static_cast<std::ptrdiff_t>(nanos.size() / 2));
  return nanos[nanos.size() / 2];
}

}  // namespace
}  // namespace thicket

int main(int argc, char** argv) {
  using thicket::MillisSince;
  const std::size_t trees = argc > 1 ? std::strtoull(argv[1], nullptr, 10) : 300;
  const std::size_t row_count = argc > 2 ? std::strtoull(argv[2], nullptr, 10) : 10'000;
  thicket::samples::Random random(7);
  const auto training = thicket::MakeRows(row_count, random);
  const auto owned = thicket::GrowForest(trees, training, random);
  const auto start = thicket::Clock::now();
  const std::unique_ptr<const thicket::Forest> forest = thicket::BuildForest(owned.View());
  std::printf(
      "built in %.0f ms: %zu inner nodes, %zu leaves, depth %zu, %.0f visits a row, "
      "%zu columns, %zu cut points, %.1f MB\n",
      MillisSince(start), forest->inner_nodes, forest->leaf_count, forest->depth_max,
      forest->visits_per_row, forest->columns.count, forest->columns.cut_points,
      static_cast<double>(forest->Bytes()) / 1e6);
  const auto rows = thicket::MakeRows(4'096, random);
  for (const thicket::Kernel& kernel : thicket::Kernels()) {
    if (!kernel.is_supported()) continue;
    for (const std::size_t batch : {1U, 16U, 64U, 256U, 1024U, 4096U}) {
      const auto micros = [&](std::size_t batch_rows_min) {
        const auto choice = thicket::OnlyKernel(kernel, batch_rows_min);
        return thicket::NanosPerRow(*forest, choice, rows, batch) / 1e3;
      };
      std::printf("%.*s: batch %zu: %.2f us a row, row by row; %.2f us tree by tree\n",
                  static_cast<int>(kernel.name.size()), kernel.name.data(), batch,
                  micros(rows.rows + 1), micros(1));
    }
  }
  const auto tuning = thicket::Clock::now();
  const thicket::KernelChoice choice = thicket::ChooseKernels(*forest);
  std::printf("chosen in %.0f ms: %s\n", MillisSince(tuning), choice.reason.c_str());
  return 0;
}

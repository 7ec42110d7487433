#include "test/agreement.h"

#include <bit>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "forest/builder.h"
#include "forest/forest.h"
#include "forest/view/view.h"
#include "kernels/kernel.h"
#include "kernels/reference.h"
#include "scoring/score.h"
#include "test/owned_forest.h"
#include "test/samples.h"
#include "tuner/tuner.h"

namespace thicket::samples {
namespace {

constexpr std::size_t kNever = std::numeric_limits<std::size_t>::max();

struct Scores {
  std::string who;
  std::vector<double> raw;
};

Scores ScoresBy(const Kernel& kernel, std::size_t batch_rows_min, const std::string& how,
                const Forest& forest, const OwnedRows& rows) {
  Scores scores{.who = std::string(kernel.name) + ", " + how,
                .raw = std::vector<double>(rows.rows * forest.Outputs())};
  ScoreRows(forest, OnlyKernel(kernel, batch_rows_min), rows.View(), scores.raw);
  return scores;
}

Scores ScoresOneByOne(const Kernel& kernel, const Forest& forest, const OwnedRows& rows) {
  Scores scores{.who = std::string(kernel.name) + ", one row a call",
                .raw = std::vector<double>(rows.rows * forest.Outputs())};
  for (std::size_t row = 0; row < rows.rows; ++row) {
    const RowsView one{.rows = 1,
                       .numbers = std::span(rows.numbers).subspan(row * forest.number_slots),
                       .codes = std::span(rows.codes).subspan(row * forest.code_slots)};
    ScoreRows(forest, OnlyKernel(kernel, row % 2 == 0 ? 1 : kNever), one,
              std::span(scores.raw).subspan(row * forest.Outputs(), forest.Outputs()));
  }
  return scores;
}

std::vector<Scores> KernelScores(const Forest& forest, const OwnedRows& rows) {
  std::vector<Scores> all;
  for (const Kernel& kernel : Kernels()) {
    if (!kernel.is_supported()) continue;
    all.push_back(ScoresBy(kernel, kNever, "row by row", forest, rows));
    all.push_back(ScoresBy(kernel, 1, "tree by tree", forest, rows));
    all.push_back(ScoresOneByOne(kernel, forest, rows));
  }
  return all;
}

}  // namespace

std::string Disagreement(const OwnedForest& owned, const OwnedRows& rows) {
  const std::unique_ptr<const Forest> forest = BuildForest(owned.View());
  std::vector<double> expected(rows.rows * owned.outputs);
  ScoreReference(owned.View(), rows.View(), expected);
  for (const Scores& scores : KernelScores(*forest, rows)) {
    for (std::size_t at = 0; at < expected.size(); ++at) {
      if (std::bit_cast<std::uint64_t>(scores.raw[at]) !=
          std::bit_cast<std::uint64_t>(expected[at])) {
        return scores.who + ": row " + std::to_string(at / owned.outputs) + " is " +
               std::to_string(scores.raw[at]) + ", the reference says " +
               std::to_string(expected[at]);
      }
    }
  }
  return {};
}

}  // namespace thicket::samples

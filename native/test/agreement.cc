#include "test/agreement.h"

#include <bit>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "forest/builder.h"
#include "forest/forest.h"
#include "forest/view.h"
#include "kernels/kernel.h"
#include "kernels/reference.h"
#include "kernels/score.h"
#include "test/samples.h"

namespace thicket::samples {
namespace {

struct Scores {
  std::string who;
  std::vector<double> raw;
};

std::vector<Scores> KernelScores(const Forest& forest, const OwnedRows& rows) {
  std::vector<Scores> all;
  for (const Kernel& kernel : Kernels()) {
    if (!kernel.supported()) continue;
    Scores together{.who = std::string(kernel.name) + ", all rows in one call",
                    .raw = std::vector<double>(rows.rows * forest.Outputs())};
    ScoreRows(forest, kernel, rows.View(), together.raw);
    Scores alone{.who = std::string(kernel.name) + ", row by row",
                 .raw = std::vector<double>(together.raw.size())};
    for (std::size_t row = 0; row < rows.rows; ++row) {
      const RowsView one{.rows = 1,
                         .numbers = std::span(rows.numbers).subspan(row * forest.number_slots),
                         .codes = std::span(rows.codes).subspan(row * forest.code_slots)};
      ScoreRows(forest, kernel, one,
                std::span(alone.raw).subspan(row * forest.Outputs(), forest.Outputs()));
    }
    all.push_back(std::move(together));
    all.push_back(std::move(alone));
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

#include "kernels/score.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "forest/binner.h"
#include "forest/check.h"
#include "forest/forest.h"
#include "forest/limits.h"
#include "forest/trees.h"
#include "forest/view.h"
#include "kernels/kernel.h"

namespace thicket {
namespace {

struct Scratch {
  std::vector<std::uint16_t> bins;
  std::vector<std::uint32_t> leaves;
};

Scratch& ScratchFor(std::size_t bins, std::size_t leaves) {
  thread_local Scratch scratch;
  if (scratch.bins.size() < bins) scratch.bins.resize(bins);
  if (scratch.leaves.size() < leaves) scratch.leaves.resize(leaves);
  return scratch;
}

}  // namespace

void ScoreRows(const Forest& forest, const Kernel& kernel, const RowsView& rows,
               std::span<double> raw) {
  CheckRowLengths(rows, forest.number_slots, forest.code_slots, forest.Outputs(), raw.size());
  // A forest of leaves alone has no columns; kernels may still look at the first.
  const std::size_t stride = std::max<std::size_t>(forest.columns.count, 1);
  const std::size_t fitting = kBlockBytesMax / (stride * sizeof(std::uint16_t));
  const std::size_t block_rows =
      std::min({rows.rows, kBlockRowsMax, std::max<std::size_t>(fitting, 1)});
  Scratch& scratch = ScratchFor((block_rows + kLanesMax) * stride,
                                std::max(block_rows, forest.trees.tree_count) + kLanesMax);
  for (std::size_t first = 0; first < rows.rows; first += block_rows) {
    const std::size_t count = std::min(block_rows, rows.rows - first);
    const RowBlock block{.rows = rows,
                         .number_slots = forest.number_slots,
                         .code_slots = forest.code_slots,
                         .first = first,
                         .count = count};
    BinRows(forest.columns, block, scratch.bins.data());
    kernel.run(forest, {.bins = scratch.bins.data(),
                        .stride = stride,
                        .rows = count,
                        .leaves = scratch.leaves.data(),
                        .raw = raw.data() + first * forest.Outputs()});
  }
}

}  // namespace thicket

#include "scoring/score.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <type_traits>

#include "forest/forest.h"
#include "forest/kernel_choice.h"
#include "forest/layouts/layout_set.h"
#include "forest/layouts/predicates.h"
#include "forest/layouts/trees.h"
#include "forest/view/check.h"
#include "forest/view/limits.h"
#include "forest/view/view.h"
#include "kernels/kernel.h"
#include "scoring/binner.h"
#include "scoring/scratch.h"

namespace thicket {
namespace {

WalkPredicates PredicatesOf(const Forest& forest) noexcept {
  const Predicates& predicates = forest.predicates;
  return {.levels = predicates.levels,
          .are_whole = predicates.AreWhole(),
          .count = static_cast<std::uint32_t>(predicates.cuts.size()),
          .column_count = static_cast<std::uint32_t>(predicates.columns.size()),
          .columns = predicates.columns.data(),
          .cuts = predicates.cuts.data(),
          .ranks = predicates.ranks.data(),
          .most_ranked = static_cast<std::uint32_t>(predicates.most_ranked),
          .masks = static_cast<std::uint32_t>(predicates.masks),
          .entries = predicates.entries.data(),
          .exits = predicates.exits.data()};
}

// A forest of leaves alone has no columns; kernels may still look at the first.
WalkForest WalkForestOf(const Forest& forest) {
  return {.nodes = forest.trees.Nodes(),
          .node_count = static_cast<std::uint32_t>(forest.trees.node_count),
          .trees = static_cast<std::uint32_t>(forest.trees.tree_count),
          .columns = static_cast<std::uint32_t>(std::max<std::size_t>(forest.columns.count, 1)),
          .depth_max = static_cast<std::uint32_t>(forest.depth_max),
          .top_levels = forest.tops.levels,
          .is_top_whole = forest.tops.is_whole,
          .top_words = forest.tops.words.data(),
          .top_exits = forest.tops.exits.data(),
          .predicates = PredicatesOf(forest),
          .tiles = forest.tiles.Of(),
          .tile_exits = forest.tiles.exits.data(),
          .has_short_numbers = forest.tiles.has_short_numbers,
          .is_near_by_tiles = forest.tiles.slab.Bytes() <= kNearBytesMax,
          .leaf_masks = forest.leaf_masks.Walk()};
}

// Sums are made in the type Sum, whose numbers a double holds exactly.
template <typename Sum>
void Add(double& sum, double value) noexcept {
  sum = static_cast<double>(static_cast<Sum>(sum) + static_cast<Sum>(value));
}

template <typename Sum>
void AddLeaf(const LeafValues& table, std::uint32_t leaf, double* raw) noexcept {
  const double* const values = table.Of(leaf & ~kLeafBit);
  for (std::size_t output = 0; output < table.width; ++output)
    Add<Sum>(raw[output], values[output]);
}

// One row's leaves, tree after tree.
template <typename Sum>
void AddTrees(const Forest& forest, std::span<const std::uint32_t> leaves, double* raw) noexcept {
  const LeafValues& table = forest.leaves;
  if (!forest.tree_outputs.empty()) {
    for (std::size_t tree = 0; tree < leaves.size(); ++tree) {
      Add<Sum>(raw[forest.tree_outputs[tree]], *table.Of(leaves[tree] & ~kLeafBit));
    }
  } else if (table.width == 1) {
    auto sum = static_cast<Sum>(*raw);
    for (const std::uint32_t leaf : leaves) sum += static_cast<Sum>(*table.Of(leaf & ~kLeafBit));
    *raw = static_cast<double>(sum);
  } else {
    for (const std::uint32_t leaf : leaves) AddLeaf<Sum>(table, leaf, raw);
  }
}

// One tree's leaves, row after row: each row's numbers stand `step` after those of the one before.
template <typename Sum>
void AddRows(const LeafValues& table, std::span<const std::uint32_t> leaves, double* raw,
             std::size_t step) noexcept {
  if (table.width == 1) {
    for (const std::uint32_t leaf : leaves) {
      Add<Sum>(*raw, table.values[leaf & ~kLeafBit]);
      raw += step;
    }
    return;
  }
  for (const std::uint32_t leaf : leaves) {
    AddLeaf<Sum>(table, leaf, raw);
    raw += step;
  }
}

template <typename Sum>
void RunRowByRow(const Forest& forest, const WalkForest& walks, const Kernel& kernel, WalkRows rows,
                 double* raw) {
  const std::uint32_t count = rows.rows;
  rows.rows = 1;
  for (std::uint32_t row = 0; row < count; ++row) {
    kernel.walk_trees(walks, rows);
    AddTrees<Sum>(forest, {rows.leaves, walks.trees}, raw);
    rows.bins += walks.columns;
    rows.codes += forest.code_slots;
    raw += forest.Outputs();
  }
}

template <typename Sum>
void RunTreeByTree(const Forest& forest, const WalkForest& walks, const Kernel& kernel,
                   const WalkRows& rows, double* raw) {
  const bool by_exit = kernel.batches_by == Layout::kPredicates && forest.predicates.AreWhole();
  const LeafValues& table = by_exit ? forest.predicates.exit_values : forest.leaves;
  AddLeaves* const add_leaves =
      std::is_same_v<Sum, float> ? kernel.add_leaves_float32 : kernel.add_leaves;
  kernel.lay_out(walks, rows);
  for (std::uint32_t tree = 0; tree < walks.trees; ++tree) {
    kernel.walk_rows(walks, tree, rows);
    if (add_leaves != nullptr && forest.Outputs() == 1) {
      add_leaves(table.values.data(), rows, raw);
      continue;
    }
    const std::size_t output = forest.tree_outputs.empty() ? 0 : forest.tree_outputs[tree];
    AddRows<Sum>(table, {rows.leaves, rows.rows}, raw + output, forest.Outputs());
  }
}

template <typename Sum>
void Run(const Forest& forest, const WalkForest& walks, const Kernel& kernel, const WalkRows& rows,
         bool is_batch, double* raw) {
  if (is_batch) {
    RunTreeByTree<Sum>(forest, walks, kernel, rows, raw);
  } else {
    RunRowByRow<Sum>(forest, walks, kernel, rows, raw);
  }
}

// How many rows are binned and walked together: as many as near caches hold, with their masks where
// the batch kernel makes those. Where no walk goes on below the masks, no tree has to be brought
// near, so one group is enough and its masks stay in the first cache.
std::size_t BlockRows(const WalkForest& walks, const Kernel& batch) noexcept {
  const std::size_t fitting = kBlockBytesMax / (walks.columns * sizeof(std::uint16_t));
  const std::size_t rows = std::clamp<std::size_t>(fitting, 1, kBlockRowsMax);
  if (batch.batches_by != Layout::kPredicates || walks.predicates.levels == 0) return rows;
  const std::size_t groups = kMaskBytesMax / (walks.predicates.masks * sizeof(Mask));
  return std::min(rows, kGroupRows * (walks.predicates.are_whole ? 1 : std::max(groups, 1UL)));
}

}  // namespace

std::size_t BlockRowsMax(const Forest& forest, const KernelChoice& choice) noexcept {
  return BlockRows(WalkForestOf(forest), *choice.batch);
}

void ScoreRows(const Forest& forest, const KernelChoice& choice, const RowsView& rows,
               std::span<double> raw) {
  CheckRowLengths(rows, forest.number_slots, forest.code_slots, forest.Outputs(), raw.size());
  const WalkForest walks = WalkForestOf(forest);
  const bool by_codes = choice.row->rows_by == Layout::kLeafMasks && forest.Has(Layout::kLeafMasks);
  const auto run = forest.sums == Sums::kFloat32 ? &Run<float> : &Run<double>;
  const std::size_t block_rows = std::min(rows.rows, BlockRows(walks, *choice.batch));
  thread_local Scratch scratch;
  scratch.GrowFor(walks, block_rows, block_rows >= choice.batch_rows_min);
  for (std::size_t first = 0; first < rows.rows; first += block_rows) {
    const std::size_t count = std::min(block_rows, rows.rows - first);
    const RowBlock block{.rows = rows,
                         .number_slots = forest.number_slots,
                         .code_slots = forest.code_slots,
                         .first = first,
                         .count = count};
    const bool is_batch = count >= choice.batch_rows_min;
    const Kernel& kernel = is_batch ? *choice.batch : *choice.row;
    if (is_batch && kernel.bin_blocks != nullptr) {
      BinColumns(kernel, forest.columns, block, scratch.Blocks());
    } else if (!is_batch && by_codes) {
      BinNumberColumns(kernel, forest.columns, block, scratch.Bins());
    } else {
      BinRows(kernel, forest.columns, block, scratch.Bins());
    }
    const WalkRows binned =
        scratch.Rows(count, rows.codes.subspan(first * forest.code_slots).data());
    double* const sums = raw.data() + first * forest.Outputs();
    for (std::size_t row = 0; row < count; ++row) {
      std::ranges::copy(forest.base, sums + row * forest.Outputs());
    }
    run(forest, walks, kernel, binned, is_batch, sums);
  }
}

}  // namespace thicket

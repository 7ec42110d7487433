#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "forest/layouts/layout_set.h"
#include "forest/layouts/leaf_mask.h"
#include "forest/layouts/predicates.h"
#include "forest/layouts/tile.h"
#include "forest/layouts/trees.h"
#include "kernels/bins.h"

namespace thicket {

// The part of forest/layouts/predicates.h that a walk reads.
struct WalkPredicates {
  std::uint32_t levels;  // 0: the forest has none.
  bool are_whole;        // Exits are numbers of leaves themselves, counted through the trees.
  std::uint32_t count;
  std::uint32_t column_count;
  const PredicateColumn* columns;
  const std::uint16_t* cuts;
  const std::uint16_t* ranks;
  std::uint32_t most_ranked;
  std::uint32_t masks;  // Of one group.
  const std::uint16_t* entries;
  const std::uint32_t* exits;
};

// The part of a forest that a walk reads. Plain pointers and numbers only: a kernel compiled for a
// newer CPU must not leave inline functions of library types behind, which the linker could hand to
// code that runs everywhere.
struct WalkForest {
  const Node* nodes;
  std::uint32_t node_count;
  std::uint32_t trees;
  std::uint32_t columns;    // At least 1; every node's column is below it.
  std::uint32_t depth_max;  // Inner nodes on the longest walk.
  // Of forest/layouts/tops.h.
  std::uint32_t top_levels;
  bool is_top_whole;
  const std::uint32_t* top_words;
  const std::uint32_t* top_exits;
  WalkPredicates predicates;
  // Of forest/layouts/tile.h; no tiles where the forest has too many columns for them.
  const Tile* tiles;
  const std::uint8_t* tile_exits;
  bool has_short_numbers;
  bool is_near_by_tiles;
  LeafMaskWalk leaf_masks;
};

// Room that ScoreRows lends to a kernel.
struct WalkRoom {
  std::uint16_t* blocks;  // As many bins as the rows have, rows rounded up to kBlockLanes.
  std::uint32_t* at;      // max(rows, trees) + kListSlack numbers, and so the next.
  std::uint32_t* job;
  // For each group of rows: the masks, and which of them is each predicate's.
  Mask* masks;
  std::uint16_t* mask_of;
  std::uint16_t* rank_starts;  // most_ranked + 2 numbers
};

struct GroupMasks {
  Mask* masks;
  std::uint16_t* mask_of;
  std::uint16_t* rank_starts;
};

// Rows that are binned, and room for what is found. Bins are followed by kLanesMax rows more, whose
// content does not matter; kernels with bin_blocks find many rows' bins in room.blocks instead.
struct WalkRows {
  const std::uint16_t* bins;  // rows x columns
  // As the caller has them; each was found in its table.
  const std::int32_t* codes;
  std::uint32_t rows;
  std::uint32_t* leaves;  // max(rows, trees) + kListSlack numbers
  WalkRoom room;
};

// Rows of one block where a kernel reads bins column by column: [block][column][lane].
inline constexpr std::size_t kBlockLanes = 32;
// A kernel may read and write this far beyond the end of a list, and sees to what it finds there.
inline constexpr std::size_t kListSlack = 64;

// A forest of so many bytes is taken to stay in the near caches.
inline constexpr std::size_t kNearBytesMax = std::size_t{1} << 20U;

using AddLeaves = void(const double* values, const WalkRows& rows, double* sums);

// One way to walk the trees, for one instruction set. A walk finds numbers of leaves, with or
// without kLeafBit; the sums are made elsewhere, in one order for all.
struct Kernel {
  std::string_view name;
  // Instruction sets, for people. What the kernels above one in the table need includes its needs.
  std::string_view needs;
  bool (*is_supported)();
  // Single rows are walked by this layout; by nodes where a forest does not have it. By leaf masks,
  // columns of tables have no bins.
  Layout rows_by = Layout::kNodes;
  // Batches are walked by this layout; by tops where a forest does not have it.
  Layout batches_by = Layout::kNodes;
  // The number of rows from which trees come one after the other, where it was not measured.
  std::size_t batch_rows_usual;
  BinNumbers* bin_numbers;
  // Null: rows are binned one by one, into rows.bins; else straight into blocks.
  BinBlocks* bin_blocks = nullptr;
  // The first of the rows down all trees: leaves[tree].
  void (*walk_trees)(const WalkForest& forest, const WalkRows& rows);
  // Called once before many rows go down one tree after the other. Their bins are where
  // bin_blocks, or its absence, has put them.
  void (*lay_out)(const WalkForest& forest, const WalkRows& rows);
  // All rows down one tree: leaves[row].
  void (*walk_rows)(const WalkForest& forest, std::uint32_t tree, const WalkRows& rows);
  // Adds values[leaf] to each row's only sum, where the kernel knows how to do it faster: in
  // float64, and with every sum rounded to float32.
  AddLeaves* add_leaves = nullptr;
  AddLeaves* add_leaves_float32 = nullptr;
};

// The instruction set that needs the newest CPU first; a walk that kernels share belongs to the
// last of them, which needs least. A kernel is a row here and a file beside this one, which alone
// is compiled with the set's flags.
[[nodiscard]] std::span<const Kernel> Kernels() noexcept;

// True where no later kernel, which needs less, walks the same way.
[[nodiscard]] bool OwnsRowWalk(const Kernel& kernel) noexcept;
[[nodiscard]] bool OwnsBatchWalk(const Kernel& kernel) noexcept;

// Layouts that a kernel which runs here has a use for.
[[nodiscard]] LayoutSet LayoutsReadHere();

// The kernel of that name. Throws ForestError where none has it or this CPU cannot run it.
[[nodiscard]] const Kernel& KernelNamed(std::string_view name);

void WalkTreesPortable(const WalkForest& forest, const WalkRows& rows);
void WalkRowsPortable(const WalkForest& forest, std::uint32_t tree, const WalkRows& rows);

void WalkTreesAvx512(const WalkForest& forest, const WalkRows& rows);
void WalkRowsAvx512(const WalkForest& forest, std::uint32_t tree, const WalkRows& rows);
// All rows through the top of a tree: they come to their leaves, or join the list of walks.
void ThroughTopAvx512(const WalkForest& forest, std::uint32_t tree, const WalkRows& rows);

AddLeaves AddLeavesAvx512;
AddLeaves AddLeavesFloat32Avx512;

void AnswerPredicatesAvx512(const WalkForest& forest, const WalkRows& rows);
void WalkRowsAvx512Masks(const WalkForest& forest, std::uint32_t tree, const WalkRows& rows);

void WalkTreesAvx512Tiles(const WalkForest& forest, const WalkRows& rows);

void WalkTreesAvx512Vbmi(const WalkForest& forest, const WalkRows& rows);

void ThroughTopAvx2(const WalkForest& forest, std::uint32_t tree, const WalkRows& rows);
void WalkTreesAvx2(const WalkForest& forest, const WalkRows& rows);
void WalkRowsAvx2(const WalkForest& forest, std::uint32_t tree, const WalkRows& rows);

}  // namespace thicket

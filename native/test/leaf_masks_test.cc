#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <map>
#include <memory>
#include <span>
#include <vector>

#include <gtest/gtest.h>

#include "forest/builder.h"
#include "forest/forest.h"
#include "forest/layouts/leaf_mask.h"
#include "forest/layouts/place_leaf_masks.h"
#include "forest/layouts/trees.h"
#include "forest/view/limits.h"
#include "forest/view/view.h"
#include "kernels/kernel.h"
#include "scoring/binner.h"
#include "test/agreement.h"
#include "test/owned_forest.h"
#include "test/samples.h"

namespace thicket {
namespace {

using samples::OwnedForest;
using samples::OwnedRows;

// A row's way through the layout, one place at a time: what kernels do by registers.
class PlainRow {
 public:
  PlainRow(const Forest& forest, const OwnedRows& rows, std::size_t row)
      : walk_(forest.leaf_masks.Walk()),
        codes_(std::span(rows.codes).subspan(row * forest.code_slots)),
        bins_((forest.columns.count + 1) * 32) {
    const RowBlock block{.rows = rows.View(),
                         .number_slots = forest.number_slots,
                         .code_slots = forest.code_slots,
                         .first = row,
                         .count = 1};
    BinNumberColumns(KernelNamed("portable"), forest.columns, block, bins_.data());
  }

  [[nodiscard]] std::uint32_t LeafOf(std::size_t tree) const {
    const std::size_t bits = walk_.mask_bits;
    std::uint64_t all = 0;
    std::memset(&all, 0xFF, bits / 8);
    std::uint64_t left = all;
    for (std::size_t place = tree * bits; place < (tree + 1) * bits; ++place) {
      if (IsBeyond(place)) left &= MaskOf(place);
    }
    const auto leaf = static_cast<std::uint32_t>(std::countl_zero(left) - std::countl_zero(all));
    return walk_.has_runs ? walk_.numbers[tree] + leaf : walk_.numbers[tree * bits + leaf];
  }

 private:
  [[nodiscard]] bool IsBeyond(std::size_t place) const {
    const std::size_t line = place / kMaskLinePlaces;
    const std::uint8_t* const places = LineOf(place) + place % kMaskLinePlaces;
    bool is_beyond = ByteOf(places[0]) > places[kMaskLinePlaces];
    const auto lines = static_cast<std::ptrdiff_t>(walk_.blocks * kMaskBlockLines);
    for (const CodeAnswers& of : std::span(walk_.codes, walk_.code_count)) {
      const std::uint64_t word =
          walk_.answers[of.first + codes_[of.slot] * lines + static_cast<std::ptrdiff_t>(line)];
      is_beyond = is_beyond || (word >> place % kMaskLinePlaces & 1U) != 0;
    }
    return is_beyond;
  }

  [[nodiscard]] std::uint8_t ByteOf(std::size_t column) const {
    const int bin = bins_[walk_.bytes_from->column[column]];
    const int start = walk_.bytes_from->start[column];
    return static_cast<std::uint8_t>(std::min(std::max(bin - start, 0), 255));
  }

  [[nodiscard]] std::uint64_t MaskOf(std::size_t place) const {
    const std::size_t bytes = walk_.mask_bits / 8;
    std::uint64_t mask = 0;
    std::memcpy(&mask, LineOf(place) + 2 * kMaskLinePlaces + place % kMaskLinePlaces * bytes,
                bytes);
    return mask;
  }

  [[nodiscard]] const std::uint8_t* LineOf(std::size_t place) const {
    return walk_.lines + place / kMaskLinePlaces * MaskLineBytes(walk_.mask_bits);
  }

  LeafMaskWalk walk_;
  std::span<const std::int32_t> codes_;
  std::vector<std::uint16_t> bins_;
};

// The number of the leaf where a row ends, node by node.
std::uint32_t LeafByNodes(const Forest& forest, std::size_t tree,
                          const std::vector<std::uint16_t>& bins) {
  Node node = forest.trees.Nodes()[tree];
  while ((node.child & kLeafBit) == 0) {
    node = forest.trees.Nodes()[node.child + (bins[node.column] > node.cut ? 1 : 0)];
  }
  return node.child & ~kLeafBit;
}

TEST(LeafMasks, LeadToTheLeavesOfTheNodesWhateverTheirWidth) {
  std::map<std::size_t, int> forests_of;  // By bits of a mask; 0 where there are none.
  int with_tables = 0;
  int with_runs = 0;
  for (std::uint64_t seed = 1'000'000; seed < 1'000'200; ++seed) {
    samples::Random random(seed);
    const OwnedForest owned = samples::RandomForest(random);
    const OwnedRows rows = samples::RandomRows(owned, 10, random);
    const auto forest = BuildForest(owned.View());
    ++forests_of[forest->leaf_masks.mask_bits];
    if (!forest->leaf_masks.AreThere()) continue;
    with_tables += forest->leaf_masks.codes.empty() ? 0 : 1;
    with_runs += forest->leaf_masks.has_runs ? 1 : 0;
    for (std::size_t row = 0; row < rows.rows; ++row) {
      std::vector<std::uint16_t> bins((forest->columns.count + 1) * 32);
      BinRows(KernelNamed("portable"), forest->columns,
              {.rows = rows.View(),
               .number_slots = forest->number_slots,
               .code_slots = forest->code_slots,
               .first = row,
               .count = 1},
              bins.data());
      const PlainRow plain(*forest, rows, row);
      for (std::size_t tree = 0; tree < owned.roots.size(); ++tree) {
        ASSERT_EQ(plain.LeafOf(tree), LeafByNodes(*forest, tree, bins))
            << "seed " << seed << ", row " << row << ", tree " << tree;
      }
    }
  }
  // The same seeds are those on which kernels agree with the reference.
  for (const std::size_t bits : {8U, 16U, 32U, 64U}) EXPECT_GE(forests_of[bits], 10) << bits;
  EXPECT_GE(forests_of[0], 10);
  EXPECT_GE(with_tables, 40);
  EXPECT_GE(with_runs, 10);
}

TEST(LeafMasks, AreThereForTreesOfUpTo64Leaves) {
  for (const std::size_t depth : {0U, 3U, 4U, 5U, 6U, 7U}) {
    samples::Random random(depth);
    const auto forest = BuildForest(samples::CompleteForest(3, depth, random).View());
    EXPECT_EQ(forest->leaf_masks.mask_bits, depth > 6 ? 0 : std::max(8, 1 << depth)) << depth;
  }
}

// One number, and a stump for each of so many cut points.
OwnedForest Stumps(std::size_t cuts) {
  OwnedForest forest;
  forest.number_slots = 1;
  const std::uint32_t feature = forest.AddNumber(0, {});
  for (std::size_t cut = 0; cut < cuts; ++cut) {
    const std::int32_t root = forest.AddInner(feature, static_cast<double>(cut), false);
    const std::int32_t left = forest.AddLeaf({static_cast<double>(cut)});
    forest.Link(root, left, forest.AddLeaf({-0.5}));
    forest.roots.push_back(root);
  }
  return forest;
}

TEST(LeafMasks, ALongListOfCutPointsTakesSeveralBytes) {
  for (const std::size_t cuts : {1U, 255U, 256U, 600U}) {
    const OwnedForest forest = Stumps(cuts);
    EXPECT_EQ(BuildForest(forest.View())->leaf_masks.byte_columns, (cuts + 254) / 255);
    samples::Random random(cuts);
    EXPECT_EQ(samples::Disagreement(forest, samples::RandomRows(forest, 300, random)), "") << cuts;
  }
}

TEST(LeafMasks, ARowHasUpTo128Bytes) {
  EXPECT_EQ(BuildForest(Stumps(kByteColumnsMax * 255).View())->leaf_masks.byte_columns,
            kByteColumnsMax);
  EXPECT_FALSE(BuildForest(Stumps(kByteColumnsMax * 255 + 1).View())->leaf_masks.AreThere());
}

TEST(LeafMasks, TablesThatWouldAnswerTooMuchAreNotAnswered) {
  for (const bool fits : {true, false}) {
    OwnedForest forest;
    forest.code_slots = 1;
    // A line has eight bytes for each entry, and a forest eight lines at least.
    const std::size_t entries = kCodeAnswersBytesMax / 64 + (fits ? 0 : 1);
    std::vector<double> table(entries);
    table.back() = 1;
    const std::int32_t root = forest.AddInner(forest.AddTable(0, table), 0.5, false);
    const std::int32_t left = forest.AddLeaf({1});
    forest.Link(root, left, forest.AddLeaf({2}));
    forest.roots.push_back(root);
    EXPECT_EQ(BuildForest(forest.View())->leaf_masks.AreThere(), fits);
    samples::Random random(1);
    OwnedRows rows = samples::RandomRows(forest, 3, random);
    rows.codes.back() = static_cast<std::int32_t>(entries - 1 - kTableSpecials);
    EXPECT_EQ(samples::Disagreement(forest, rows), "");
  }
}

}  // namespace
}  // namespace thicket

#include "forest/layouts/place_leaf_masks.h"

#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <utility>
#include <vector>

#include "forest/columns/columns.h"
#include "forest/columns/table_columns.h"
#include "forest/layouts/leaf_mask.h"
#include "forest/memory/slab.h"
#include "forest/view/limits.h"
#include "forest/view/view.h"

namespace thicket {
namespace {

constexpr std::size_t kMaskBitsMin = 8;
constexpr std::size_t kMaskBitsMax = 64;
constexpr std::size_t kNoTable = SIZE_MAX;

// Leaves of one subtree, or kMaskBitsMax + 1 where there are more.
std::size_t CountLeaves(const EnsembleView& view, std::int32_t root,
                        std::vector<std::int32_t>& open) {
  std::size_t leaves = 0;
  open.assign(1, root);
  while (!open.empty() && leaves <= kMaskBitsMax) {
    const std::int32_t at = open.back();
    open.pop_back();
    if (IsLeaf(at)) {
      ++leaves;
      continue;
    }
    open.push_back(view.right[InnerOf(at)]);
    open.push_back(view.left[InnerOf(at)]);
  }
  return leaves;
}

// Bits that hold the leaves of every tree; 0 where none do.
std::size_t MaskBitsFor(const EnsembleView& view) {
  std::size_t bits = kMaskBitsMin;
  std::vector<std::int32_t> open;
  for (const std::int32_t root : view.roots) {
    bits = std::max(bits, std::bit_ceil(CountLeaves(view, root, open)));
    if (bits > kMaskBitsMax) return 0;
  }
  return bits;
}

class Placer {
 public:
  Placer(const EnsembleView& view, const ColumnPlan& plan,
         std::span<const std::uint32_t> leaf_numbers)
      : view_(view), plan_(plan), leaf_numbers_(leaf_numbers) {}

  LeafMasks Place() {
    bits_ = MaskBitsFor(view_);
    if (bits_ == 0) return {};
    const std::size_t places = view_.Trees() * bits_;
    masks_.blocks = (places + kMaskBlockPlaces - 1) / kMaskBlockPlaces;
    lines_ = masks_.blocks * kMaskBlockLines;
    if (!PlanTables() || !PlanBytes()) return {};
    masks_.mask_bits = bits_;
    masks_.slab = Slab(lines_ * MaskLineBytes(bits_));
    masks_.numbers.resize(lines_ * kMaskLinePlaces);
    for (std::size_t line = 0; line < lines_; ++line) {
      std::memset(Line(line) + kMaskLinePlaces, kNeverBeyond, kMaskLinePlaces);
    }
    for (std::size_t tree = 0; tree < view_.Trees(); ++tree) {
      next_place_ = tree * bits_;
      next_leaf_ = next_place_;
      PlaceSubtree(view_.roots[tree]);
    }
    if (has_runs_) KeepFirstNumbers();
    return std::move(masks_);
  }

 private:
  // Leaves that nothing shares need no table.
  void KeepFirstNumbers() {
    std::vector<std::uint32_t>& numbers = masks_.numbers;
    const std::size_t trees = numbers.size() / bits_;
    for (std::size_t tree = 0; tree < trees; ++tree) numbers[tree] = numbers[tree * bits_];
    numbers.resize(trees);
    numbers.shrink_to_fit();
    masks_.has_runs = true;
  }

  // Room for the answers of every table; false where that is too much.
  bool PlanTables() {
    const Columns& columns = plan_.columns;
    table_of_.assign(columns.count, kNoTable);
    std::size_t words = 0;
    for (std::size_t at = 0; at < columns.tables.size(); ++at) {
      const TableColumns& table = columns.tables[at];
      std::fill_n(table_of_.begin() + table.first_column, table.width, at);
      masks_.codes.push_back(
          {.slot = table.slot,
           .first = static_cast<std::uint32_t>(words + kTableSpecials * lines_)});
      words += table.entries * lines_;
      if (words * sizeof(std::uint64_t) > kCodeAnswersBytesMax) return false;
    }
    masks_.answers.resize(words);
    return true;
  }

  // Bytes for the cut points of every column of numbers; false where the row would be too long.
  bool PlanBytes() {
    std::vector<std::size_t> last_cut(plan_.columns.count);
    for (const CutRef node : plan_.nodes) {
      last_cut[node.column] = std::max<std::size_t>(last_cut[node.column], node.cut);
    }
    first_byte_.resize(plan_.columns.count);
    std::size_t& bytes = masks_.byte_columns;
    for (std::size_t column = 0; column < plan_.columns.count; ++column) {
      if (table_of_[column] != kNoTable) continue;
      first_byte_[column] = bytes;
      for (std::size_t start = 0; start <= last_cut[column]; start += kNeverBeyond) {
        if (bytes == kByteColumnsMax) return false;
        masks_.bytes_from.column[bytes] = static_cast<std::uint16_t>(column);
        masks_.bytes_from.start[bytes++] = static_cast<std::uint16_t>(start);
      }
    }
    return true;
  }

  // In preorder; a tree that fits has at most 64 leaves, so this goes no deeper than that.
  void PlaceSubtree(std::int32_t at) {
    if (IsLeaf(at)) {
      const std::uint32_t number = leaf_numbers_[LeafOf(at)];
      const std::size_t in_tree = next_leaf_ % bits_;
      const std::uint32_t first = in_tree == 0 ? number : masks_.numbers[next_leaf_ - in_tree];
      has_runs_ = has_runs_ && number == first + in_tree;
      masks_.numbers[next_leaf_++] = number;
      return;
    }
    const std::size_t place = next_place_++;
    PlaceQuestion(place, plan_.nodes[InnerOf(at)]);
    const std::size_t first = next_leaf_ % bits_;
    PlaceSubtree(view_.left[InnerOf(at)]);
    PlaceMask(place, first, next_leaf_ % bits_);
    PlaceSubtree(view_.right[InnerOf(at)]);
  }

  void PlaceQuestion(std::size_t place, CutRef node) {
    if (table_of_[node.column] != kNoTable) {
      AnswerCodes(place, node, table_of_[node.column]);
      return;
    }
    std::uint8_t* const line = Line(place / kMaskLinePlaces);
    const std::size_t in_line = place % kMaskLinePlaces;
    line[in_line] =
        static_cast<std::uint8_t>(first_byte_[node.column] + std::size_t{node.cut} / kNeverBeyond);
    line[kMaskLinePlaces + in_line] = static_cast<std::uint8_t>(node.cut % kNeverBeyond);
  }

  void AnswerCodes(std::size_t place, CutRef node, std::size_t table_at) {
    const TableColumns& table = plan_.columns.tables[table_at];
    const std::uint16_t* const bins =
        plan_.columns.table_bins.data() + table.bin_first + (node.column - table.first_column);
    std::uint64_t* const words = masks_.answers.data() + masks_.codes[table_at].first -
                                 kTableSpecials * lines_ + place / kMaskLinePlaces;
    for (std::size_t entry = 0; entry < table.entries; ++entry) {
      const std::uint64_t is_beyond = bins[entry * table.width] > node.cut ? 1 : 0;
      words[entry * lines_] |= is_beyond << place % kMaskLinePlaces;
    }
  }

  // Zeros for the leaves from `first` to `end`, ones for all others.
  void PlaceMask(std::size_t place, std::size_t first, std::size_t end) {
    const std::uint64_t from_first = ~std::uint64_t{0} >> first;
    const std::uint64_t ruled_out = from_first & ~(~std::uint64_t{0} >> end);
    const std::uint64_t mask = ~ruled_out >> (kMaskBitsMax - bits_);
    const std::size_t bytes = bits_ / 8;
    // The low bytes come first in memory.
    std::memcpy(
        Line(place / kMaskLinePlaces) + 2 * kMaskLinePlaces + place % kMaskLinePlaces * bytes,
        &mask, bytes);
  }

  [[nodiscard]] std::uint8_t* Line(std::size_t line) noexcept {
    return static_cast<std::uint8_t*>(masks_.slab.Data()) + line * MaskLineBytes(bits_);
  }

  const EnsembleView& view_;
  const ColumnPlan& plan_;
  std::span<const std::uint32_t> leaf_numbers_;
  LeafMasks masks_;
  std::size_t bits_ = 0;
  std::size_t lines_ = 0;
  std::vector<std::size_t> table_of_;    // of a column
  std::vector<std::size_t> first_byte_;  // of a column of numbers
  std::size_t next_place_ = 0;
  std::size_t next_leaf_ = 0;
  bool has_runs_ = true;
};

}  // namespace

LeafMaskWalk LeafMasks::Walk() const noexcept {
  return {.lines = static_cast<const std::uint8_t*>(slab.Data()),
          .mask_bits = static_cast<std::uint32_t>(mask_bits),
          .blocks = static_cast<std::uint32_t>(blocks),
          .byte_columns = static_cast<std::uint32_t>(byte_columns),
          .bytes_from = &bytes_from,
          .codes = codes.data(),
          .code_count = static_cast<std::uint32_t>(codes.size()),
          .answers = answers.data(),
          .numbers = numbers.data(),
          .has_runs = has_runs};
}

std::size_t LeafMasks::Bytes() const noexcept {
  return slab.Bytes() + codes.capacity() * sizeof(CodeAnswers) +
         answers.capacity() * sizeof(std::uint64_t) + numbers.capacity() * sizeof(std::uint32_t);
}

LeafMasks PlaceLeafMasks(const EnsembleView& view, const ColumnPlan& plan,
                         std::span<const std::uint32_t> leaf_numbers) {
  return Placer(view, plan, leaf_numbers).Place();
}

}  // namespace thicket

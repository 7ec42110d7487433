#include <cstddef>
#include <cstdint>

#include "forest/layouts/predicates.h"
#include "forest/view/limits.h"
#include "kernels/avx512/avx512.h"
#include "kernels/kernel.h"
#include "kernels/passes.h"

// The masks of a forest's predicates with AVX-512 (F, DQ, BW, VL): each predicate is answered once
// for the 512 rows of a group and all trees that ask it.
namespace thicket {
namespace {

constexpr std::uint32_t kRows = kGroupRows;
constexpr std::uint32_t kLanes = kBlockLanes;
constexpr std::uint32_t kGroupBlocks = kRows / kLanes;

// The bins of one group: the rows' blocks, one after the other.
struct GroupBins {
  const std::uint16_t* blocks;
  std::size_t block_bins;  // From one block to the next.
  std::uint32_t rows;

  [[nodiscard]] const std::uint16_t* Of(std::uint32_t column, std::uint32_t block) const noexcept {
    return blocks + block * block_bins + std::size_t{column} * kBlockLanes;
  }
};

// Each of a column's cuts is compared with all rows.
void Compare(const PredicateColumn& column, const std::uint16_t* cuts, const GroupBins& bins,
             const GroupMasks& to) noexcept {
  static_assert(kLanes == 32 && kGroupBlocks * kLanes == kRows);
  const std::uint32_t blocks = (bins.rows + kLanes - 1) / kLanes;
  __m512i of_block[kGroupBlocks];
  for (std::uint32_t block = 0; block < kGroupBlocks; ++block) {
    of_block[block] = Load(bins.Of(column.column, block < blocks ? block : 0));
  }
  for (std::uint32_t at = 0; at < column.count; ++at) {
    const std::uint32_t predicate = column.first + at;
    const std::uint32_t number = column.first_mask + at;
    const __m512i cut = _mm512_set1_epi16(static_cast<short>(cuts[predicate]));
    std::uint64_t* const words = to.masks[number].words;
#pragma GCC unroll 8
    for (std::uint32_t block = 0; block < kGroupBlocks; block += 2) {
      const __mmask32 low = _mm512_cmpgt_epu16_mask(of_block[block], cut);
      const __mmask32 high = _mm512_cmpgt_epu16_mask(of_block[block + 1], cut);
      words[block / 2] = std::uint64_t{high} << 32U | low;
    }
    to.mask_of[predicate] = static_cast<std::uint16_t>(number);
  }
}

// Many predicates of one column: 512 rows tell at most 513 of them apart. Rows are sorted by how
// many predicates they lie beyond, and one after the other falls out of the mask.
void Rank(const PredicateColumn& column, const std::uint16_t* ranks, const GroupBins& bins,
          const GroupMasks& to) noexcept {
  std::uint16_t* const starts = to.rank_starts;  // By rank: rows of lower ranks.
  for (std::uint32_t rank = 0; rank < column.count + 2; ++rank) starts[rank] = 0;
  std::uint16_t rank_of[kGroupRows];
  for (std::uint32_t row = 0; row < bins.rows; ++row) {
    const std::uint32_t bin = bins.Of(column.column, row / kLanes)[row % kLanes];
    rank_of[row] = ranks[bin < column.rank_count ? bin : column.rank_count - 1];
    ++starts[rank_of[row] + 1];
  }
  std::uint32_t rows = column.first_mask;
  for (std::uint32_t at = 0; at < column.count; ++at) {
    rows += starts[at + 1];
    starts[at + 1] = static_cast<std::uint16_t>(rows - column.first_mask);
    to.mask_of[column.first + at] = static_cast<std::uint16_t>(rows);
  }
  std::uint16_t sorted[kGroupRows] = {};
  for (std::uint32_t row = 0; row < bins.rows; ++row) {
    sorted[starts[rank_of[row]]++] = static_cast<std::uint16_t>(row);
  }
  Mask* mask = to.masks + column.first_mask;
  __m512i beyond = _mm512_set1_epi64(-1);
  const __m512i first_rows = _mm512_set_epi64(448, 384, 320, 256, 192, 128, 64, 0);
  _mm512_store_si512(mask, beyond);
  for (std::uint32_t at = 0; at < bins.rows; ++at) {
    // A shift by 64 bits or more, as in all words but the row's own, leaves nothing.
    const __m512i shifts = _mm512_sub_epi64(_mm512_set1_epi64(sorted[at]), first_rows);
    beyond = _mm512_andnot_si512(_mm512_sllv_epi64(_mm512_set1_epi64(1), shifts), beyond);
    _mm512_store_si512(++mask, beyond);
  }
}

}  // namespace

void AnswerPredicatesAvx512(const WalkForest& forest, const WalkRows& rows) {
  const WalkPredicates& predicates = forest.predicates;
  for (std::uint32_t first = 0; first < rows.rows; first += kRows) {
    const std::uint32_t left = rows.rows - first;
    const GroupBins bins{.blocks = rows.room.blocks + std::size_t{first} * forest.columns,
                         .block_bins = std::size_t{forest.columns} * kBlockLanes,
                         .rows = left < kRows ? left : kRows};
    const GroupMasks masks = MasksOf(predicates, rows.room, first / kRows);
    for (std::uint32_t at = 0; at < predicates.column_count; ++at) {
      const PredicateColumn& column = predicates.columns[at];
      if (column.rank_count == 0) {
        Compare(column, predicates.cuts, bins, masks);
      } else {
        Rank(column, predicates.ranks + column.rank_first, bins, masks);
      }
    }
  }
}

}  // namespace thicket

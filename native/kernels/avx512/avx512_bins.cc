#include <cstddef>
#include <cstdint>

#include "forest/columns/number_columns.h"
#include "forest/columns/table_columns.h"
#include "forest/view/limits.h"
#include "forest/view/view.h"
#include "kernels/avx512/avx512.h"
#include "kernels/bin_row.h"
#include "kernels/bins.h"
#include "kernels/kernel.h"

// Bins with AVX-512 (F, DQ, BW, VL). Of many rows, one list's bins of a block are found together:
// buckets are computed eight rows at a time, windows are compared row by row, and the block's line
// of the column is written at once. A code's bins come from registers, 32 rows at a time.
namespace thicket {
namespace {

static_assert(kWindowCuts == 16);
constexpr std::size_t kNumberLanes = 8;
constexpr std::size_t kNumberGroups = kBlockLanes / kNumberLanes;

inline std::uint32_t Ones(std::uint32_t mask) noexcept {
  return static_cast<std::uint32_t>(__builtin_popcount(mask));
}

struct Comparisons {
  static std::uint32_t CountBelow(const float* window, float x) noexcept {
    return Ones(_mm512_cmp_ps_mask(_mm512_loadu_ps(window), _mm512_set1_ps(x), _CMP_LT_OQ));
  }
  static std::uint32_t CountBelow(const double* window, double x) noexcept {
    const __m512d all = _mm512_set1_pd(x);
    const std::uint32_t low = _mm512_cmp_pd_mask(_mm512_loadu_pd(window), all, _CMP_LT_OQ);
    const std::uint32_t high = _mm512_cmp_pd_mask(_mm512_loadu_pd(window + 8), all, _CMP_LT_OQ);
    return Ones(low | (high << 8U));
  }
};

// Bits for the lanes from `first` on that are among `rows`.
inline std::uint32_t Among(std::size_t rows, std::size_t first) noexcept {
  const std::size_t left = rows > first ? rows - first : 0;
  return left >= 32 ? ~std::uint32_t{0} : (std::uint32_t{1} << left) - 1;
}

inline __m512i Joined(__m256i low, __m256i high) noexcept {
  return _mm512_inserti64x4(_mm512_castsi256_si512(low), high, 1);
}

// The numbers of one slot, of a block's rows; zeros where it has no more rows.
struct Numbers {
  __m512d x[kNumberGroups];

  Numbers(const double* from, std::size_t step, std::size_t rows) noexcept {
    const __m256i places = _mm256_mullo_epi32(_mm256_set_epi32(7, 6, 5, 4, 3, 2, 1, 0),
                                              _mm256_set1_epi32(static_cast<int>(step)));
#pragma GCC unroll 4
    for (std::size_t g = 0; g < kNumberGroups; ++g) {
      const std::size_t first = g * kNumberLanes;
      const auto is_row = static_cast<__mmask8>(Among(rows, first));
      x[g] = _mm512_mask_i32gather_pd(_mm512_setzero_pd(), is_row, places, from + first * step, 8);
    }
  }

  [[nodiscard]] std::uint32_t Missing() const noexcept {
    std::uint32_t missing = 0;
#pragma GCC unroll 4
    for (std::size_t g = 0; g < kNumberGroups; ++g) {
      missing |= std::uint32_t{_mm512_cmp_pd_mask(x[g], x[g], _CMP_UNORD_Q)} << (g * kNumberLanes);
    }
    return missing;
  }
};

// BucketOf, eight numbers at a time.
inline __m256i BucketsOf(const CutBuckets& buckets, __m512d x) noexcept {
  const __m512d moved = _mm512_add_pd(x, _mm512_set1_pd(buckets.offset));
  const __m256i bits = _mm256_castps_si256(_mm512_cvtpd_ps(moved));
  const __m256i sign = _mm256_srli_epi32(_mm256_srai_epi32(bits, 31), 1);
  const __m256i lowest = _mm256_set1_epi32(buckets.lowest);
  const __m256i order = _mm256_max_epi32(_mm256_xor_si256(bits, sign), lowest);
  const __m256i clamped = _mm256_min_epi32(order, _mm256_set1_epi32(buckets.highest));
  return _mm256_srl_epi32(_mm256_sub_epi32(clamped, lowest),
                          _mm_cvtsi32_si128(static_cast<int>(buckets.shift)));
}

template <typename Cut>
inline void BeyondOfBlock(const NumberColumns& list, const Cut* cuts, const std::uint16_t* starts,
                          const std::uint32_t* buckets, const Cut* x,
                          std::uint32_t* beyond) noexcept {
#pragma GCC unroll 8
  for (std::size_t lane = 0; lane < kBlockLanes; ++lane) {
    const std::uint32_t start = std::uint32_t{starts[buckets[lane]]} << list.start_shift;
    beyond[lane] = Beyond<Comparisons>(cuts, start, list.halving, x[lane]);
  }
}

// PutBin for a block.
inline void PutBlock(const NumberColumns& list, const std::uint32_t* beyond, std::uint32_t missing,
                     std::uint16_t* block) noexcept {
  const __m512i always = Broadcast(list.always_beyond);
  const __m512i most = Broadcast(static_cast<std::uint32_t>(kColumnCutsMax));
  for (std::uint32_t side = 0; side < list.side_count; ++side) {
    const NumberSide& to = list.sides[side];
    const __m512i missing_bin = Broadcast(to.missing_bin);
    __m512i low = _mm512_add_epi32(Load(beyond), always);
    __m512i high = _mm512_add_epi32(Load(beyond + kGroupLanes), always);
    low = _mm512_mask_mov_epi32(low, static_cast<__mmask16>(missing), missing_bin);
    high = _mm512_mask_mov_epi32(high, static_cast<__mmask16>(missing >> 16U), missing_bin);
    for (std::uint32_t segment = 0; segment < list.segments; ++segment) {
      const __m512i low_here = _mm512_min_epu32(low, most);
      const __m512i high_here = _mm512_min_epu32(high, most);
      _mm512_storeu_si512(
          block + std::size_t{to.first_column + segment} * kBlockLanes,
          Joined(_mm512_cvtepi32_epi16(low_here), _mm512_cvtepi32_epi16(high_here)));
      low = _mm512_sub_epi32(low, low_here);
      high = _mm512_sub_epi32(high, high_here);
    }
  }
}

void BinListOfBlock(const BinTables& tables, const NumberColumns& list, const Numbers& numbers,
                    std::uint16_t* block) noexcept {
  alignas(64) std::uint32_t buckets[kBlockLanes];
  alignas(64) std::uint32_t beyond[kBlockLanes];
#pragma GCC unroll 4
  for (std::size_t g = 0; g < kNumberGroups; ++g) {
    _mm256_store_si256(reinterpret_cast<__m256i*>(buckets + g * kNumberLanes),
                       BucketsOf(list.buckets, numbers.x[g]));
  }
  const std::uint16_t* const starts = tables.starts + list.start_first;
  if (list.is_single) {
    alignas(64) float x[kBlockLanes];
#pragma GCC unroll 4
    for (std::size_t g = 0; g < kNumberGroups; ++g) {
      _mm256_store_ps(x + g * kNumberLanes, _mm512_cvtpd_ps(numbers.x[g]));
    }
    BeyondOfBlock(list, tables.singles + list.cut_first, starts, buckets, x, beyond);
  } else {
    alignas(64) double x[kBlockLanes];
#pragma GCC unroll 4
    for (std::size_t g = 0; g < kNumberGroups; ++g) {
      _mm512_store_pd(x + g * kNumberLanes, numbers.x[g]);
    }
    BeyondOfBlock(list, tables.doubles + list.cut_first, starts, buckets, x, beyond);
  }
  PutBlock(list, beyond, numbers.Missing(), block);
}

// More entries than registers hold: row by row.
void CopyBins(const BinTables& tables, const TableColumns& table, const std::uint32_t* entries,
              std::size_t rows, std::uint16_t* to) noexcept {
  for (std::size_t lane = 0; lane < rows; ++lane) {
    const std::uint16_t* const from =
        tables.table_bins + table.bin_first + std::size_t{entries[lane]} * table.width;
    for (std::size_t column = 0; column < table.width; ++column) {
      to[column * kBlockLanes + lane] = from[column];
    }
  }
}

void LookUpBins(const BinTables& tables, const TableColumns& table, __m512i entries,
                std::uint16_t* to) noexcept {
  static_assert(kTableLanes == 2 * kBlockLanes);
  const std::uint16_t* lanes = tables.table_lanes + table.lane_first;
  for (std::size_t column = 0; column < table.width; ++column, lanes += kTableLanes) {
    const __m512i bins = _mm512_permutex2var_epi16(Load(lanes), entries, Load(lanes + kBlockLanes));
    _mm512_storeu_si512(to + column * kBlockLanes, bins);
  }
}

// Up to kBlockLanes rows' codes of one table. Returns whether it has them all.
bool BinTableOfBlock(const BinTables& tables, const TableColumns& table, const std::int32_t* codes,
                     std::size_t step, std::size_t rows, std::uint16_t* block) noexcept {
  alignas(64) std::uint32_t entries[kBlockLanes];
  const __m512i places = _mm512_mullo_epi32(Iota(), Broadcast(static_cast<std::uint32_t>(step)));
  std::uint32_t unknown = 0;
#pragma GCC unroll 2
  for (std::size_t first = 0; first < kBlockLanes; first += kGroupLanes) {
    const auto is_row = static_cast<__mmask16>(Among(rows, first));
    const __m512i code = _mm512_mask_i32gather_epi32(_mm512_setzero_si512(), is_row, places,
                                                     codes + first * step, 4);
    // A code below -2 wraps around to a huge entry, so one comparison sees both ends.
    const __m512i entry =
        _mm512_add_epi32(code, Broadcast(static_cast<std::uint32_t>(kTableSpecials)));
    unknown |= _mm512_mask_cmpge_epu32_mask(is_row, entry, Broadcast(table.entries));
    _mm512_store_si512(entries + first, entry);
  }
  if (unknown != 0) return false;
  std::uint16_t* const to = block + std::size_t{table.first_column} * kBlockLanes;
  if (table.entries > kTableLanes) {
    CopyBins(tables, table, entries, rows, to);
  } else {
    const __m256i low = _mm512_cvtepi32_epi16(Load(entries));
    const __m256i high = _mm512_cvtepi32_epi16(Load(entries + kGroupLanes));
    LookUpBins(tables, table, Joined(low, high), to);
  }
  return true;
}

}  // namespace

void BinNumbersAvx512(const BinTables& tables, const double* numbers, std::uint16_t* bins) {
  BinRow<Comparisons>(tables, numbers, bins);
}

// List by list, so that a list's cut points stay near while the rows pass.
bool BinBlocksAvx512(const BinTables& tables, const RowsToBin& rows, std::uint16_t* blocks) {
  for (std::size_t list = 0; list < tables.list_count; ++list) {
    const NumberColumns& of = tables.lists[list];
    for (std::size_t row = 0; row < rows.rows; row += kBlockLanes) {
      const Numbers numbers(rows.numbers + row * rows.number_step + of.slot, rows.number_step,
                            rows.rows - row);
      BinListOfBlock(tables, of, numbers, blocks + row * tables.columns);
    }
  }
  bool are_known = true;
  for (std::size_t table = 0; table < tables.table_count; ++table) {
    const TableColumns& of = tables.tables[table];
    for (std::size_t row = 0; row < rows.rows && are_known; row += kBlockLanes) {
      const std::size_t left = rows.rows - row;
      are_known =
          BinTableOfBlock(tables, of, rows.codes + row * rows.code_step + of.slot, rows.code_step,
                          left < kBlockLanes ? left : kBlockLanes, blocks + row * tables.columns);
    }
  }
  return are_known;
}

}  // namespace thicket

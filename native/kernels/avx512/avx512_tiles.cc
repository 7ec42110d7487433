#include <cstddef>
#include <cstdint>

#include "forest/layouts/tile.h"
#include "kernels/avx512/avx512.h"
#include "kernels/kernel.h"

// One row down all trees by tiles, with AVX-512 (F, DQ, BW, VL): the bins of a tile's seven
// columns come out of registers by one permutation, one comparison answers its nodes, and a table
// of the tile's shape turns the seven answers into an exit.
//
// The walks under way are a list. A pass takes every walk one tile further and asks for the line
// that it will read next; nothing branches on the data, so the CPU has many tiles at work at once.
namespace thicket {
namespace {

static_assert(kGroupLanes <= kListSlack);

// A row's bins, kRegisters x 32 of them. A fetch returns 32 bins by column.
template <std::uint32_t kRegisters>
class RowInRegisters {
 public:
  RowInRegisters(const std::uint16_t* bins, std::uint32_t columns) noexcept {
    for (std::uint32_t i = 0; i < kRegisters; ++i) bins_[i] = LoadBins(bins, columns, 32 * i);
  }

  [[nodiscard]] __m512i Fetch(__m512i columns) const noexcept {
    if constexpr (kRegisters == 1) {
      return _mm512_permutexvar_epi16(columns, bins_[0]);
    } else if constexpr (kRegisters == 2) {
      return _mm512_permutex2var_epi16(bins_[0], columns, bins_[1]);
    } else {
      static_assert(kRegisters == 4);
      const __mmask32 is_late = _mm512_test_epi16_mask(columns, _mm512_set1_epi16(64));
      return _mm512_mask_blend_epi16(is_late,
                                     _mm512_permutex2var_epi16(bins_[0], columns, bins_[1]),
                                     _mm512_permutex2var_epi16(bins_[2], columns, bins_[3]));
    }
  }

 private:
  __m512i bins_[kRegisters];
};

// The columns of two tiles, eight bytes each; the eighth is the next field's.
inline __m128i ColumnsOf(const Tile& first, const Tile& second) noexcept {
  const __m128i low = _mm_loadl_epi64(reinterpret_cast<const __m128i*>(first.column));
  return _mm_castps_si128(
      _mm_loadh_pi(_mm_castsi128_ps(low), reinterpret_cast<const __m64*>(second.column)));
}

inline __m128i CutsOf(const Tile& tile) noexcept {
  return _mm_load_si128(reinterpret_cast<const __m128i*>(tile.cut));
}

// The answers of four tiles' nodes, eight bits each of which the last is zero.
template <typename Bins>
inline std::uint32_t AnswersOf(const Tile* tiles, const std::uint32_t* at,
                               const Bins& bins) noexcept {
  constexpr __mmask32 kNodes = 0x7F7F7F7F;
  const Tile& a = tiles[at[0]];
  const Tile& b = tiles[at[1]];
  const Tile& c = tiles[at[2]];
  const Tile& d = tiles[at[3]];
  const __m512i columns = _mm512_cvtepu8_epi16(_mm256_set_m128i(ColumnsOf(c, d), ColumnsOf(a, b)));
  const __m256i low = _mm256_set_m128i(CutsOf(b), CutsOf(a));
  const __m256i high = _mm256_set_m128i(CutsOf(d), CutsOf(c));
  const __m512i cuts = _mm512_inserti64x4(_mm512_castsi256_si512(low), high, 1);
  return _mm512_mask_cmpgt_epu16_mask(kNodes, bins.Fetch(columns), cuts);
}

// Bits set in each lane's lowest byte; the others are zero.
inline __m512i BitsSet(__m512i lanes) noexcept {
  const __m512i of_nibble =
      _mm512_broadcast_i32x4(_mm_set_epi8(4, 3, 3, 2, 3, 2, 2, 1, 3, 2, 2, 1, 2, 1, 1, 0));
  const __m512i low = _mm512_shuffle_epi8(of_nibble, _mm512_and_si512(lanes, Broadcast(15)));
  return _mm512_add_epi32(low, _mm512_shuffle_epi8(of_nibble, _mm512_srli_epi32(lanes, 4)));
}

// Where sixteen walks come to.
struct Group {
  __m512i child;
  __m512i leaf;
  __mmask16 is_leaf;
};

template <typename Bins>
inline Group StepDown(const WalkForest& forest, const std::uint32_t* at,
                      const Bins& bins) noexcept {
  const auto four = [&](std::uint32_t first) noexcept {
    return static_cast<int>(AnswersOf(forest.tiles, at + first, bins));
  };
  const __m128i answers = _mm_set_epi32(four(12), four(8), four(4), four(0));
  const __m512i tile = Load(at);
  const auto* const bytes = reinterpret_cast<const char*>(forest.tiles);
  const __m512i byte = _mm512_slli_epi32(tile, 5);
  // Shape and leaves stand side by side; so do child and leaf.
  const __m512i word = _mm512_i32gather_epi32(byte, bytes + offsetof(Tile, shape), 1);
  const __m512i shape = _mm512_and_si512(word, Broadcast(0xFFFF));
  const __m512i leaves = _mm512_and_si512(_mm512_srli_epi32(word, 16), Broadcast(0xFF));
  const __m512i place =
      _mm512_add_epi32(_mm512_slli_epi32(shape, kTileNodes), _mm512_cvtepu8_epi32(answers));
  const __m512i exit =
      _mm512_and_si512(_mm512_i32gather_epi32(place, forest.tile_exits, 1), Broadcast(0xFF));
  const __m512i exit_bit = _mm512_sllv_epi32(Broadcast(1), exit);
  const __m512i earlier = _mm512_sub_epi32(exit_bit, Broadcast(1));
  const __m512i leaves_before = BitsSet(_mm512_and_si512(leaves, earlier));
  const __m512i evens = _mm512_slli_epi32(Iota(), 1);
  const __m512i low =
      _mm512_i32gather_epi64(_mm512_castsi512_si256(byte), bytes + offsetof(Tile, child), 1);
  const __m512i high =
      _mm512_i32gather_epi64(_mm512_extracti64x4_epi64(byte, 1), bytes + offsetof(Tile, child), 1);
  const __m512i child = _mm512_permutex2var_epi32(low, evens, high);
  const __m512i leaf = _mm512_permutex2var_epi32(low, _mm512_or_si512(evens, Broadcast(1)), high);
  return {.child = _mm512_sub_epi32(_mm512_add_epi32(child, exit), leaves_before),
          .leaf = _mm512_add_epi32(leaf, leaves_before),
          .is_leaf = _mm512_test_epi32_mask(leaves, exit_bit)};
}

// One pass: `count` walks go one tile further. Returns how many are still under way.
template <bool kAsksForNext, typename Bins>
std::uint32_t Pass(const WalkForest& forest, const Bins& bins, const WalkRows& rows,
                   std::uint32_t count) noexcept {
  std::uint32_t* const ats = rows.room.at;
  std::uint32_t* const jobs = rows.room.job;
  // Unused lanes walk from the first root, a valid address for any lane; their results are ignored.
  _mm512_storeu_si512(ats + count, _mm512_setzero_si512());
  std::uint32_t kept = 0;
  for (std::uint32_t first = 0; first < count; first += kGroupLanes) {
    const Group group = StepDown(forest, ats + first, bins);
    const __mmask16 is_walk = _mm512_cmplt_epu32_mask(Iota(), Broadcast(count - first));
    const auto is_leaf = static_cast<__mmask16>(group.is_leaf & is_walk);
    const auto goes_on = static_cast<__mmask16>(is_walk & ~group.is_leaf);
    const __m512i job = Load(jobs + first);
    _mm512_mask_i32scatter_epi32(rows.leaves, is_leaf, job, group.leaf, 4);
    _mm512_storeu_si512(ats + kept, _mm512_maskz_compress_epi32(goes_on, group.child));
    _mm512_storeu_si512(jobs + kept, _mm512_maskz_compress_epi32(goes_on, job));
    if constexpr (kAsksForNext) {
      const std::uint32_t* const next = ats + kept;
      for (std::size_t lane = 0; lane < kGroupLanes; ++lane) {
        _mm_prefetch(reinterpret_cast<const char*>(forest.tiles + next[lane]), _MM_HINT_T0);
      }
    }
    kept += static_cast<std::uint32_t>(__builtin_popcount(goes_on));
  }
  return kept;
}

template <typename Bins>
void WalkTrees(const WalkForest& forest, const WalkRows& rows, const Bins& bins) noexcept {
  for (std::uint32_t tree = 0; tree < forest.trees; tree += kGroupLanes) {
    const __m512i number = _mm512_add_epi32(Iota(), Broadcast(tree));
    _mm512_storeu_si512(rows.room.at + tree, number);
    _mm512_storeu_si512(rows.room.job + tree, number);
  }
  std::uint32_t count = forest.trees;
  while (count > 0) {
    count = forest.is_near_by_tiles ? Pass<false>(forest, bins, rows, count)
                                    : Pass<true>(forest, bins, rows, count);
  }
}

// Places of leaves become their numbers.
template <typename Number>
void ReadNumbers(const WalkForest& forest, const WalkRows& rows) noexcept {
  const auto* const numbers = reinterpret_cast<const Number*>(forest.tiles);
  for (std::uint32_t tree = 0; tree < forest.trees; ++tree) {
    _mm_prefetch(reinterpret_cast<const char*>(numbers + rows.leaves[tree]), _MM_HINT_T0);
  }
  for (std::uint32_t tree = 0; tree < forest.trees; tree += kGroupLanes) {
    const __mmask16 is_tree = _mm512_cmplt_epu32_mask(Iota(), Broadcast(forest.trees - tree));
    const __m512i four_bytes = _mm512_mask_i32gather_epi32(
        _mm512_setzero_si512(), is_tree, Load(rows.leaves + tree), numbers, sizeof(Number));
    constexpr auto kBits = static_cast<std::uint32_t>(static_cast<Number>(-1));
    _mm512_storeu_si512(rows.leaves + tree, _mm512_and_si512(four_bytes, Broadcast(kBits)));
  }
}

}  // namespace

void WalkTreesAvx512Tiles(const WalkForest& forest, const WalkRows& rows) {
  if (forest.tiles == nullptr) {
    WalkTreesAvx512(forest, rows);
    return;
  }
  if (forest.columns <= 32) {
    WalkTrees(forest, rows, RowInRegisters<1>(rows.bins, forest.columns));
  } else if (forest.columns <= 64) {
    WalkTrees(forest, rows, RowInRegisters<2>(rows.bins, forest.columns));
  } else {
    static_assert(kTileColumnsMax == 128);
    WalkTrees(forest, rows, RowInRegisters<4>(rows.bins, forest.columns));
  }
  if (forest.has_short_numbers) {
    ReadNumbers<std::uint16_t>(forest, rows);
  } else {
    ReadNumbers<std::uint32_t>(forest, rows);
  }
}

}  // namespace thicket

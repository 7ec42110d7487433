#include <cstddef>
#include <cstdint>

#include "forest/layouts/tops.h"
#include "kernels/avx512/avx512.h"
#include "kernels/kernel.h"

// The tops of trees with AVX-512 (F, DQ, BW, VL): 32 rows of a block at once. The first levels are
// answered for all of their entries, the others looked up by the rows' places.
namespace thicket {
namespace {

// Bit by bit: `second` where `which` is set, else `first`.
inline std::uint32_t Choose(std::uint32_t which, std::uint32_t first,
                            std::uint32_t second) noexcept {
  return first ^ ((first ^ second) & which);
}

// The answer of the node of one level that each of 32 rows comes to, from all of the level's
// answers and the rows' ways through the levels above.
template <std::uint32_t kLevel>
inline std::uint32_t AnswerOf(const std::uint32_t* ways, const std::uint32_t* answers) noexcept {
  if constexpr (kLevel == 0) {
    return answers[0];
  } else {
    constexpr std::uint32_t kHalf = 1U << (kLevel - 1);
    return Choose(ways[0], AnswerOf<kLevel - 1>(ways + 1, answers),
                  AnswerOf<kLevel - 1>(ways + 1, answers + kHalf));
  }
}

// Of 32 words, the low halves.
inline __m512i LowHalves(__m512i first, __m512i second) noexcept {
  const __m512i evens =
      _mm512_set_epi16(62, 60, 58, 56, 54, 52, 50, 48, 46, 44, 42, 40, 38, 36, 34, 32, 30, 28, 26,
                       24, 22, 20, 18, 16, 14, 12, 10, 8, 6, 4, 2, 0);
  return _mm512_permutex2var_epi16(first, evens, second);
}

// Places in a level of a tree, one level further down.
inline __m512i Deeper(__m512i places, __mmask32 beyond) noexcept {
  const __m512i left = _mm512_add_epi16(places, places);
  return _mm512_mask_add_epi16(left, beyond, left, _mm512_set1_epi16(1));
}

// One level of a top, of 32 x kRegisters entries: its cuts and columns in registers, looked up by a
// row's place in the level. A top that has no such level changes no place.
template <std::uint32_t kRegisters, std::uint32_t kTopLevels>
class Level {
 public:
  explicit Level(const std::uint32_t* top) noexcept {
    if constexpr (kIsThere) {
      const std::uint32_t* words = top + std::size_t{kRegisters} * kBlockLanes;
      for (std::uint32_t i = 0; i < kRegisters; ++i, words += kBlockLanes) {
        const __m512i low = Load(words);
        const __m512i high = Load(words + kGroupLanes);
        columns_[i] = LowHalves(low, high);
        cuts_[i] = LowHalves(_mm512_srli_epi32(low, 16), _mm512_srli_epi32(high, 16));
      }
    }
  }

  // The places of 32 rows of a block, one level further down.
  [[nodiscard]] __m512i Below(__m512i places, const std::uint16_t* block) const noexcept {
    if constexpr (!kIsThere) return places;
    const __m512i columns = Fetch(columns_, places);
    const __m512i low = _mm512_cvtepu16_epi32(_mm512_castsi512_si256(columns));
    const __m512i high = _mm512_cvtepu16_epi32(_mm512_extracti64x4_epi64(columns, 1));
    const __m512i bins = LowHalves(BinsOf(block, low), BinsOf(block + kGroupLanes, high));
    const __mmask32 beyond = _mm512_cmpgt_epu16_mask(bins, Fetch(cuts_, places));
    return Deeper(places, beyond);
  }

 private:
  static __m512i BinsOf(const std::uint16_t* block, __m512i columns) noexcept {
    static_assert(kBlockLanes == 32, "places are computed by shifts of 5");
    return _mm512_i32gather_epi32(_mm512_add_epi32(_mm512_slli_epi32(columns, 5), Iota()), block,
                                  2);
  }

  static __m512i Fetch(const __m512i* table, __m512i places) noexcept {
    if constexpr (kRegisters == 1) {
      return _mm512_permutexvar_epi16(places, table[0]);
    } else if constexpr (kRegisters == 2) {
      return _mm512_permutex2var_epi16(table[0], places, table[1]);
    } else {
      static_assert(kRegisters == 4);
      const __mmask32 is_late = _mm512_test_epi16_mask(places, _mm512_set1_epi16(64));
      return _mm512_mask_blend_epi16(is_late, _mm512_permutex2var_epi16(table[0], places, table[1]),
                                     _mm512_permutex2var_epi16(table[2], places, table[3]));
    }
  }

  // A level of 32 entries is the sixth.
  static constexpr bool kIsThere = (kRegisters * kBlockLanes) >> kTopLevels == 0;

  __m512i columns_[kRegisters];
  __m512i cuts_[kRegisters];
};

// The levels from the root that are answered for all of their entries, whether a row comes by or
// not.
class FirstLevels {
 public:
  explicit FirstLevels(const std::uint32_t* words) noexcept {
    for (std::uint32_t i = 0; i < kEntries; ++i) {
      const std::uint32_t word = words[i + 1];
      offsets_[i] = std::size_t{word & 0xFFFFU} * kBlockLanes;
      cuts_[i] = _mm512_set1_epi16(static_cast<short>(word >> 16U));
    }
  }

  // Where 32 rows come to in the level below.
  [[nodiscard]] __m512i Below(const std::uint16_t* block) const noexcept {
    std::uint32_t answers[kEntries];
#pragma GCC unroll 31
    for (std::uint32_t i = 0; i < kEntries; ++i) {
      answers[i] = _mm512_cmpgt_epu16_mask(Load(block + offsets_[i]), cuts_[i]);
    }
    std::uint32_t ways[kTopLevelsMin];
    ways[0] = AnswerOf<0>(ways, answers);
    ways[1] = AnswerOf<1>(ways, answers + 1);
    ways[2] = AnswerOf<2>(ways, answers + 3);
    ways[3] = AnswerOf<3>(ways, answers + 7);
    ways[4] = AnswerOf<4>(ways, answers + 15);
    __m512i places = _mm512_setzero_si512();
    for (const std::uint32_t way : ways) places = Deeper(places, way);
    return places;
  }

 private:
  static constexpr std::uint32_t kEntries = (1U << kTopLevelsMin) - 1;
  std::size_t offsets_[kEntries];
  __m512i cuts_[kEntries];
};

// The exits of sixteen rows: either where they stand in a tree, and then they join the list of
// walks, or their leaves.
inline void Leave(const WalkForest& forest, const std::uint32_t* exits, __m256i places,
                  std::uint32_t first_row, const WalkRows& rows) noexcept {
  const __m512i exit = _mm512_i32gather_epi32(_mm512_cvtepu16_epi32(places), exits, 4);
  if (forest.is_top_whole) {
    _mm512_storeu_si512(rows.leaves + first_row, exit);
  } else {
    _mm512_storeu_si512(rows.room.at + first_row, exit);
    _mm512_storeu_si512(rows.room.job + first_row, _mm512_add_epi32(Iota(), Broadcast(first_row)));
  }
}

// All rows through the top of a tree.
template <std::uint32_t kLevels>
void ThroughTop(const WalkForest& forest, std::uint32_t tree, const WalkRows& rows) noexcept {
  const std::uint32_t* const words = forest.top_words + (std::size_t{tree} << kLevels);
  const std::uint32_t* const exits = forest.top_exits + (std::size_t{tree} << kLevels);
  const FirstLevels first_levels(words);
  const Level<1, kLevels> sixth(words);
  const Level<2, kLevels> seventh(words);
  const Level<4, kLevels> eighth(words);
  for (std::uint32_t first = 0; first < rows.rows; first += kBlockLanes) {
    const std::uint16_t* const block = rows.room.blocks + std::size_t{first} * forest.columns;
    const __m512i in_sixth = first_levels.Below(block);
    const __m512i in_eighth = seventh.Below(sixth.Below(in_sixth, block), block);
    const __m512i places = eighth.Below(in_eighth, block);
    Leave(forest, exits, _mm512_castsi512_si256(places), first, rows);
    Leave(forest, exits, _mm512_extracti64x4_epi64(places, 1), first + kGroupLanes, rows);
  }
}

}  // namespace

void ThroughTopAvx512(const WalkForest& forest, std::uint32_t tree, const WalkRows& rows) {
  static_assert(kTopLevelsMin == 5 && kTopLevelsMax == 8);
  switch (forest.top_levels) {
    case 5:
      return ThroughTop<5>(forest, tree, rows);
    case 6:
      return ThroughTop<6>(forest, tree, rows);
    case 7:
      return ThroughTop<7>(forest, tree, rows);
    default:
      return ThroughTop<8>(forest, tree, rows);
  }
}

}  // namespace thicket

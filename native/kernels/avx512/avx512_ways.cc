#include <cstdint>

#include "forest/layouts/predicates.h"
#include "forest/view/limits.h"
#include "kernels/avx512/avx512.h"
#include "kernels/kernel.h"
#include "kernels/passes.h"

// Ways of 512 rows at once through the first levels of a tree, with AVX-512 (F, DQ, BW, VL), from
// the masks of its predicates: a bit is a row, so a register chooses for all of them by one
// instruction, and nothing is gathered before the exits.
namespace thicket {
namespace {

constexpr std::uint32_t kWordRows = 64;
constexpr std::uint32_t kWords = kGroupRows / kWordRows;

// Bit by bit: `second` where `which` is set, else `first`.
inline __m512i Choose(__m512i which, __m512i first, __m512i second) noexcept {
  return _mm512_ternarylogic_epi64(which, second, first, 0xCA);
}

// One level of a tree: 2^kLevel entries, of which a row's way through the levels above leaves one.
template <std::uint32_t kLevel>
class Level {
 public:
  Level(const GroupMasks& masks, const std::uint16_t* entries, const __m512i* ways) noexcept
      : masks_(masks), entries_(entries), ways_(ways) {}

  // The answers of the entries that kChosen levels of the way leave of every 2^kChosen. The first
  // level chooses first, between entries half a level apart: its way is known long before the last
  // one's, so that little is left to do when that is found.
  template <std::uint32_t kChosen = kLevel>
  [[nodiscard, gnu::always_inline]] __m512i Answers(
      std::uint32_t entry = 1U << kLevel) const noexcept {
    if constexpr (kChosen == 0) {
      return _mm512_load_si512(masks_.masks + masks_.mask_of[entries_[entry]]);
    } else {
      return Choose(ways_[kChosen - 1], Answers<kChosen - 1>(entry),
                    Answers<kChosen - 1>(entry + (1U << (kLevel - kChosen))));
    }
  }

 private:
  const GroupMasks& masks_;
  const std::uint16_t* entries_;
  const __m512i* ways_;
};

template <std::uint32_t kLevel, std::uint32_t kLevels>
inline void Descend(const GroupMasks& masks, const std::uint16_t* entries, __m512i* ways) noexcept {
  if constexpr (kLevel < kLevels) {
    ways[kLevel] = Level<kLevel>(masks, entries, ways).Answers();
    Descend<kLevel + 1, kLevels>(masks, entries, ways);
  }
}

// Where rows leave the levels of a tree that goes on: leaves, or places in the list of walks.
class Exits {
 public:
  Exits(const std::uint32_t* exits, const WalkRows& rows) noexcept : exits_(exits), rows_(rows) {}

  // Of sixteen rows from `first` on. A leaf that is none is written over when its walk has ended.
  void Take(__m512i numbers, std::uint32_t first) noexcept {
    const __m512i exit = _mm512_i32gather_epi32(numbers, exits_, 4);
    _mm512_storeu_si512(rows_.leaves + first, exit);
    const __m512i row = _mm512_add_epi32(Iota(), Broadcast(first));
    const __mmask16 is_row = _mm512_cmplt_epu32_mask(row, Broadcast(rows_.rows));
    const auto goes_on = static_cast<__mmask16>(is_row & ~_mm512_movepi32_mask(exit));
    _mm512_storeu_si512(rows_.room.at + walks_, _mm512_maskz_compress_epi32(goes_on, exit));
    _mm512_storeu_si512(rows_.room.job + walks_, _mm512_maskz_compress_epi32(goes_on, row));
    walks_ += static_cast<std::uint32_t>(__builtin_popcount(goes_on));
  }

  [[nodiscard]] std::uint32_t Walks() const noexcept { return walks_; }

 private:
  const std::uint32_t* exits_;
  const WalkRows rows_;
  std::uint32_t walks_ = 0;
};

// Of a tree that ends there: all exits are leaves.
class Leaves {
 public:
  Leaves(std::uint32_t first_exit, const WalkRows& rows) noexcept
      : first_exit_(Broadcast(first_exit)), leaves_(rows.leaves) {}

  void Take(__m512i numbers, std::uint32_t first) noexcept {
    _mm512_storeu_si512(leaves_ + first, _mm512_add_epi32(numbers, first_exit_));
  }

 private:
  __m512i first_exit_;
  std::uint32_t* leaves_;
};

// The bits of 512 rows' ways, level by level, as sixteen numbers of exits at a time.
template <std::uint32_t kLevels, typename Taker>
inline void Leave(const __m512i* ways, std::uint32_t first_row, std::uint32_t rows,
                  Taker& taker) noexcept {
  alignas(64) std::uint64_t words[kLevels][kWords];
  for (std::uint32_t level = 0; level < kLevels; ++level) {
    _mm512_store_si512(words[level], ways[level]);
  }
  for (std::uint32_t word = 0; word < kWords; ++word) {
    const std::uint32_t first = first_row + word * kWordRows;
    if (first >= rows) break;
    __m512i numbers = _mm512_setzero_si512();
#pragma GCC unroll 8
    for (std::uint32_t level = 0; level < kLevels; ++level) {
      const __m512i bit = _mm512_set1_epi8(static_cast<char>(1U << (kLevels - 1 - level)));
      numbers = _mm512_mask_add_epi8(numbers, words[level][word], numbers, bit);
    }
    taker.Take(_mm512_cvtepu8_epi32(_mm512_castsi512_si128(numbers)), first);
    taker.Take(_mm512_cvtepu8_epi32(_mm512_extracti32x4_epi32(numbers, 1)), first + 16);
    taker.Take(_mm512_cvtepu8_epi32(_mm512_extracti32x4_epi32(numbers, 2)), first + 32);
    taker.Take(_mm512_cvtepu8_epi32(_mm512_extracti32x4_epi32(numbers, 3)), first + 48);
  }
}

// All rows through a tree's first levels. Returns how many walks go on.
template <std::uint32_t kLevels>
std::uint32_t Through(const WalkPredicates& predicates, std::uint32_t tree,
                      const WalkRows& rows) noexcept {
  const std::uint32_t start = tree << kLevels;
  Leaves leaves(start, rows);
  Exits exits(predicates.exits + start, rows);
  for (std::uint32_t group = 0; group < rows.rows; group += kGroupRows) {
    const GroupMasks masks = MasksOf(predicates, rows.room, group / kGroupRows);
    __m512i ways[kLevels];
    Descend<0, kLevels>(masks, predicates.entries + start, ways);
    if (predicates.are_whole) {
      Leave<kLevels>(ways, group, rows.rows, leaves);
    } else {
      Leave<kLevels>(ways, group, rows.rows, exits);
    }
  }
  return exits.Walks();
}

std::uint32_t ThroughLevels(const WalkPredicates& predicates, std::uint32_t tree,
                            const WalkRows& rows) noexcept {
  static_assert(kPredicateLevelsMax == 8);
  switch (predicates.levels) {
    case 1:
      return Through<1>(predicates, tree, rows);
    case 2:
      return Through<2>(predicates, tree, rows);
    case 3:
      return Through<3>(predicates, tree, rows);
    case 4:
      return Through<4>(predicates, tree, rows);
    case 5:
      return Through<5>(predicates, tree, rows);
    case 6:
      return Through<6>(predicates, tree, rows);
    case 7:
      return Through<7>(predicates, tree, rows);
    default:
      return Through<8>(predicates, tree, rows);
  }
}

}  // namespace

void WalkRowsAvx512Masks(const WalkForest& forest, std::uint32_t tree, const WalkRows& rows) {
  if (forest.predicates.levels == 0) {
    WalkRowsAvx512(forest, tree, rows);
  } else {
    const std::uint32_t walks = ThroughLevels(forest.predicates, tree, rows);
    if (walks > 0) WalkListAvx512(forest, tree, rows, {walks, forest.predicates.levels});
  }
}

}  // namespace thicket

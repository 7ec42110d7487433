#include <cstddef>
#include <cstdint>

#include "forest/layouts/tops.h"
#include "kernels/avx2/avx2.h"
#include "kernels/kernel.h"

// The tops of trees of avx512_tops.cc with AVX2: 16 rows of a block at once, and levels below the
// first five by gathers.
namespace thicket {
namespace {

constexpr std::uint32_t kHalfBlock = 16;

inline __m256i Choose(__m256i which, __m256i first, __m256i second) noexcept {
  return _mm256_blendv_epi8(first, second, which);
}

// As in avx512_tops.cc, a lane's answer being all of its 16 bits.
template <std::uint32_t kLevel>
inline __m256i AnswerOf(const __m256i* ways, const __m256i* answers) noexcept {
  if constexpr (kLevel == 0) {
    return answers[0];
  } else {
    constexpr std::uint32_t kHalf = 1U << (kLevel - 1);
    return Choose(ways[0], AnswerOf<kLevel - 1>(ways + 1, answers),
                  AnswerOf<kLevel - 1>(ways + 1, answers + kHalf));
  }
}

// The levels from the root that are answered for all of their entries, as in avx512_tops.cc.
class FirstLevels {
 public:
  explicit FirstLevels(const std::uint32_t* words) noexcept {
    for (std::uint32_t i = 0; i < kEntries; ++i) {
      const std::uint32_t word = words[i + 1];
      offsets_[i] = std::size_t{word & 0xFFFFU} * kBlockLanes;
      cuts_[i] = _mm256_xor_si256(_mm256_set1_epi16(static_cast<short>(word >> 16U)), Middle());
    }
  }

  // Where 16 rows come to in the level below.
  [[nodiscard]] __m256i Below(const std::uint16_t* block) const noexcept {
    __m256i answers[kEntries];
#pragma GCC unroll 31
    for (std::uint32_t i = 0; i < kEntries; ++i) {
      answers[i] =
          _mm256_cmpgt_epi16(_mm256_xor_si256(Load(block + offsets_[i]), Middle()), cuts_[i]);
    }
    __m256i ways[kTopLevelsMin];
    ways[0] = AnswerOf<0>(ways, answers);
    ways[1] = AnswerOf<1>(ways, answers + 1);
    ways[2] = AnswerOf<2>(ways, answers + 3);
    ways[3] = AnswerOf<3>(ways, answers + 7);
    ways[4] = AnswerOf<4>(ways, answers + 15);
    __m256i places = _mm256_setzero_si256();
    for (const __m256i way : ways) {
      places = _mm256_sub_epi16(_mm256_slli_epi16(places, 1), way);  // A way is 0 or -1.
    }
    return places;
  }

 private:
  // Bins are unsigned and the comparison is not: both sides are moved down by half the range.
  static __m256i Middle() noexcept { return _mm256_set1_epi16(INT16_MIN); }

  static constexpr std::uint32_t kEntries = (1U << kTopLevelsMin) - 1;
  std::size_t offsets_[kEntries];
  __m256i cuts_[kEntries];
};

}  // namespace

void ThroughTopAvx2(const WalkForest& forest, std::uint32_t tree, const WalkRows& rows) {
  const std::size_t start = std::size_t{tree} << forest.top_levels;
  const std::uint32_t* const words = forest.top_words + start;
  const FirstLevels first_levels(words);
  // The entries below the last level are the exits.
  const auto* const exits =
      reinterpret_cast<const int*>(forest.top_exits + start) - (1 << forest.top_levels);
  std::uint32_t* const to = forest.is_top_whole ? rows.leaves : rows.room.at;
  for (std::uint32_t first = 0; first < rows.rows; first += kHalfBlock) {
    const std::uint32_t in_block = first % kBlockLanes;
    const std::uint16_t* const block =
        rows.room.blocks + std::size_t{first - in_block} * forest.columns + in_block;
    const __m256i places = first_levels.Below(block);
    for (std::uint32_t half = 0; half < kHalfBlock; half += kGroupLanes) {
      const __m128i eight =
          half == 0 ? _mm256_castsi256_si128(places) : _mm256_extracti128_si256(places, 1);
      __m256i entry =
          _mm256_add_epi32(_mm256_cvtepu16_epi32(eight), Broadcast(1U << kTopLevelsMin));
      for (std::uint32_t level = kTopLevelsMin; level < forest.top_levels; ++level) {
        const __m256i word = _mm256_i32gather_epi32(reinterpret_cast<const int*>(words), entry, 4);
        const __m256i column = _mm256_and_si256(word, Broadcast(0xFFFF));
        const __m256i place = _mm256_add_epi32(_mm256_slli_epi32(column, 5), Iota());
        entry = _mm256_sub_epi32(_mm256_add_epi32(entry, entry),
                                 IsBeyond(GatherBins(block + half, place), word));
      }
      Store(to + first + half, _mm256_i32gather_epi32(exits, entry, 4));
      Store(rows.room.job + first + half, _mm256_add_epi32(Iota(), Broadcast(first + half)));
    }
  }
}

}  // namespace thicket

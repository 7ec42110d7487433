#include <cstddef>
#include <cstdint>

#include <immintrin.h>

#include "forest/tops.h"
#include "forest/trees.h"
#include "kernels/kernel.h"
#include "kernels/passes.h"

// The walks of avx512.cc with AVX2: eight lanes instead of sixteen, no masks, no scatter. Lists,
// passes and tops of trees are the same.
namespace thicket {
namespace {

constexpr std::uint32_t kGroupLanes = 8;
constexpr std::uint32_t kGroups = 4;
constexpr std::uint32_t kPassLanes = kGroups * kGroupLanes;
static_assert(kPassLanes <= kListSlack);
constexpr std::uint32_t kHalfBlock = 16;

inline __m256i Load(const void* from) noexcept {
  return _mm256_loadu_si256(static_cast<const __m256i*>(from));
}
inline void Store(void* to, __m256i what) noexcept {
  _mm256_storeu_si256(static_cast<__m256i*>(to), what);
}
inline __m256i Broadcast(std::uint32_t value) noexcept {
  return _mm256_set1_epi32(static_cast<int>(value));
}
inline __m256i Iota() noexcept {
  return _mm256_set_epi32(7, 6, 5, 4, 3, 2, 1, 0);
}
inline __m256i Gather32(const std::uint16_t* base, __m256i at) noexcept {
  return _mm256_i32gather_epi32(reinterpret_cast<const int*>(base), at, 2);
}
inline __m256i GatherNodes(const Node* nodes, __m128i at) noexcept {
  return _mm256_i32gather_epi64(reinterpret_cast<const long long*>(nodes), at, 8);
}

// For each set of lanes, their numbers in order: four bits each, the first lowest.
struct Packings {
  std::uint32_t of[256];
};

constexpr Packings MakePackings() noexcept {
  Packings packings{};
  for (std::uint32_t set = 0; set < 256; ++set) {
    std::uint32_t place = 0;
    for (std::uint32_t lane = 0; lane < kGroupLanes; ++lane) {
      if ((set >> lane & 1U) != 0) packings.of[set] |= lane << (4 * place++);
    }
  }
  return packings;
}

constexpr Packings kPackings = MakePackings();

// The lanes of `what` that are in the set, side by side.
inline __m256i Packed(__m256i what, std::uint32_t set) noexcept {
  const __m256i shifts = _mm256_set_epi32(28, 24, 20, 16, 12, 8, 4, 0);
  return _mm256_permutevar8x32_epi32(what, _mm256_srlv_epi32(Broadcast(kPackings.of[set]), shifts));
}

// What a lane's node is compared with, as in avx512.cc.
class OneRow {
 public:
  explicit OneRow(const std::uint16_t* bins) noexcept : bins_(bins) {}

  [[nodiscard]] __m256i PlaceOf(__m256i job) const noexcept { return job; }
  [[nodiscard]] __m256i Fetch(__m256i /*place*/, __m256i column) const noexcept {
    return Gather32(bins_, column);
  }

 private:
  const std::uint16_t* bins_;
};

class BlocksOfRows {
 public:
  BlocksOfRows(const std::uint16_t* blocks, std::uint32_t columns) noexcept
      : blocks_(blocks), skip_(Broadcast((columns - 1) * std::uint32_t{kBlockLanes})) {}

  [[nodiscard]] __m256i PlaceOf(__m256i job) const noexcept {
    return _mm256_add_epi32(job, _mm256_mullo_epi32(_mm256_srli_epi32(job, 5), skip_));
  }
  [[nodiscard]] __m256i Fetch(__m256i place, __m256i column) const noexcept {
    return Gather32(blocks_, _mm256_add_epi32(place, _mm256_slli_epi32(column, 5)));
  }

 private:
  static_assert(kBlockLanes == 32, "places are computed by shifts of 5");
  const std::uint16_t* blocks_;
  __m256i skip_;
};

struct Group {
  __m256i at;
  __m256i child;
};

inline __m256i EvenOf(__m256i low, __m256i high) noexcept {
  return _mm256_castps_si256(
      _mm256_shuffle_ps(_mm256_castsi256_ps(low), _mm256_castsi256_ps(high), 0x88));
}
inline __m256i OddOf(__m256i low, __m256i high) noexcept {
  return _mm256_castps_si256(
      _mm256_shuffle_ps(_mm256_castsi256_ps(low), _mm256_castsi256_ps(high), 0xDD));
}

// All bits, which is to say -1, where the bin in a lane's low half is beyond the cut in the word's
// high one. Above the cut's own bits, the column decides nothing: the bin's side has zeros there.
inline __m256i IsBeyond(__m256i bin, __m256i word) noexcept {
  const __m256i high_bin = _mm256_slli_epi32(bin, 16);
  const __m256i within = _mm256_cmpeq_epi32(_mm256_max_epu32(high_bin, word), word);
  return _mm256_xor_si256(within, _mm256_set1_epi32(-1));
}

template <typename Bins>
inline void StepDown(const Node* nodes, const Bins& bins, __m256i place, Group& group) noexcept {
  // Lanes 0 1 4 5 and 2 3 6 7, which is the order that EvenOf and OddOf undo.
  const __m256i crossed = _mm256_permute4x64_epi64(group.at, 0xD8);
  const __m256i low = GatherNodes(nodes, _mm256_castsi256_si128(crossed));
  const __m256i high = GatherNodes(nodes, _mm256_extracti128_si256(crossed, 1));
  const __m256i word = EvenOf(low, high);
  group.child = OddOf(low, high);
  const __m256i column = _mm256_and_si256(word, Broadcast(0xFFFF));
  const __m256i next = _mm256_sub_epi32(group.child, IsBeyond(bins.Fetch(place, column), word));
  // A leaf's top bit is the sign that blendv looks at: a leaf stays where it is.
  group.at = _mm256_castps_si256(_mm256_blendv_ps(
      _mm256_castsi256_ps(next), _mm256_castsi256_ps(group.at), _mm256_castsi256_ps(group.child)));
}

// One pass: `count` walks go up to `steps` nodes further. Returns how many are still under way.
template <bool kAsksForNext, typename Bins>
std::uint32_t Pass(const Node* nodes, const Bins& bins, const WalkRows& rows, std::uint32_t count,
                   std::uint32_t steps, Ahead ahead = {}) noexcept {
  std::uint32_t* const ats = rows.room.at;
  std::uint32_t* const jobs = rows.room.job;
  for (std::uint32_t lane = 0; lane < kPassLanes; lane += kGroupLanes) {
    Store(ats + count + lane, _mm256_setzero_si256());
    Store(jobs + count + lane, _mm256_setzero_si256());
  }
  std::uint32_t kept = 0;
  for (std::uint32_t first = 0; first < count; first += kPassLanes) {
    Group groups[kGroups];
    __m256i places[kGroups];
    AskFor(ahead);
#pragma GCC unroll 4
    for (std::uint32_t g = 0; g < kGroups; ++g) {
      const std::uint32_t start = first + g * kGroupLanes;
      groups[g] = {.at = Load(ats + start), .child = _mm256_setzero_si256()};
      places[g] = bins.PlaceOf(Load(jobs + start));
    }
    for (std::uint32_t step = 0; step < steps; ++step) {
#pragma GCC unroll 4
      for (std::uint32_t g = 0; g < kGroups; ++g) StepDown(nodes, bins, places[g], groups[g]);
    }
#pragma GCC unroll 4
    for (std::uint32_t g = 0; g < kGroups; ++g) {
      const std::uint32_t start = first + g * kGroupLanes;
      if (start >= count) break;
      const std::uint32_t walks = count - start < kGroupLanes ? count - start : kGroupLanes;
      const __m256i job = Load(jobs + start);
      // All write; what a walk that goes on writes will be written over.
      alignas(32) std::uint32_t child[kGroupLanes];
      _mm256_store_si256(reinterpret_cast<__m256i*>(child), groups[g].child);
      for (std::uint32_t lane = 0; lane < walks; ++lane) {
        rows.leaves[jobs[start + lane]] = child[lane];
      }
      const auto leaves =
          static_cast<std::uint32_t>(_mm256_movemask_ps(_mm256_castsi256_ps(groups[g].child)));
      const std::uint32_t goes_on = ~leaves & ((1U << walks) - 1);
      Store(ats + kept, Packed(groups[g].at, goes_on));
      Store(jobs + kept, Packed(job, goes_on));
      if constexpr (kAsksForNext) {
        for (std::uint32_t lane = 0; lane < kGroupLanes; ++lane) {
          _mm_prefetch(reinterpret_cast<const char*>(nodes + ats[kept + lane]), _MM_HINT_T0);
        }
      }
      kept += static_cast<std::uint32_t>(__builtin_popcount(goes_on));
    }
  }
  return kept;
}

inline __m256i Choose(__m256i which, __m256i first, __m256i second) noexcept {
  return _mm256_blendv_epi8(first, second, which);
}

// As in avx512.cc, a lane's answer being all of its 16 bits.
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

// The levels from the root that are answered for all of their entries, as in avx512.cc.
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

// All rows through the top of a tree: they join the list of walks, or come to their leaves.
void ThroughTop(const WalkForest& forest, std::uint32_t tree, const WalkRows& rows) noexcept {
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
                                 IsBeyond(Gather32(block + half, place), word));
      }
      Store(to + first + half, _mm256_i32gather_epi32(exits, entry, 4));
      Store(rows.room.job + first + half, _mm256_add_epi32(Iota(), Broadcast(first + half)));
    }
  }
}

}  // namespace

bool IsAvx2Supported() {
  return __builtin_cpu_supports("avx2") != 0;
}

void WalkTreesAvx2(const WalkForest& forest, const WalkRows& rows) {
  for (std::uint32_t tree = 0; tree < forest.trees; tree += kGroupLanes) {
    const __m256i number = _mm256_add_epi32(Iota(), Broadcast(tree));
    Store(rows.room.at + tree, number);
    Store(rows.room.job + tree, number);
  }
  const OneRow bins(rows.bins);
  const bool is_near = IsNear(forest);
  std::uint32_t count = forest.trees;
  while (count > 0) {
    count = is_near ? Pass<false>(forest.nodes, bins, rows, count, kNearPassSteps)
                    : Pass<true>(forest.nodes, bins, rows, count, 1);
  }
}

void WalkRowsAvx2(const WalkForest& forest, std::uint32_t tree, const WalkRows& rows) {
  ThroughTop(forest, tree, rows);
  if (forest.is_top_whole) return;
  const BlocksOfRows bins(rows.room.blocks, forest.columns);
  std::uint32_t steps = FirstPassSteps(forest);
  std::uint32_t count = rows.rows;
  Ahead next_tree = LinesOf(forest, tree + 1, rows.rows / kPassLanes + 1);
  while (count > 0) {
    count = Pass<false>(forest.nodes, bins, rows, count, steps, next_tree);
    next_tree = {};
    steps = kPassSteps;
  }
}

}  // namespace thicket

#if defined(__GNUC__) && !defined(__clang__)
// GCC 12 warns of its own header: the intrinsics start from a register that nobody has written.
#pragma GCC diagnostic ignored "-Wmaybe-uninitialized"
#pragma GCC diagnostic ignored "-Wuninitialized"
#endif

#include <cstddef>
#include <cstdint>

#include <immintrin.h>

#include "forest/tops.h"
#include "forest/trees.h"
#include "kernels/kernel.h"
#include "kernels/passes.h"

// Walks with AVX-512 (F, DQ, BW, VL): a walk is a lane of a register, sixteen of them take a step
// at once by gathering their nodes, and four such groups take turns to cover each other's latency.
//
// The walks under way are a list: where each one stands (`at`) and whose it is (`job`). A pass over
// the list takes every walk some steps further; those that came to a leaf write its number and fall
// out, the others close the ranks. So no lane waits for the longest walk, and nothing branches on
// the data.
namespace thicket {
namespace {

constexpr std::uint32_t kGroupLanes = 16;
constexpr std::uint32_t kGroups = 4;
constexpr std::uint32_t kPassLanes = kGroups * kGroupLanes;
static_assert(kPassLanes <= kListSlack);

// A row of up to this many columns fits into two registers.
constexpr std::uint32_t kRegisterColumns = 64;

inline __m512i Load(const void* from) noexcept {
  return _mm512_loadu_si512(from);
}
inline __m512i Broadcast(std::uint32_t value) noexcept {
  return _mm512_set1_epi32(static_cast<int>(value));
}
inline __m512i Iota() noexcept {
  return _mm512_set_epi32(15, 14, 13, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1, 0);
}

// What a lane's node is compared with. Fetch returns each lane's bin in the low half of its 32
// bits; what is in the high half does not matter. `word` is the node's column and cut.
class RowInRegisters {
 public:
  struct Place {};

  RowInRegisters(const std::uint16_t* bins, std::uint32_t columns) noexcept
      : low_(_mm512_maskz_loadu_epi16(FirstOf(columns, 0), bins)),
        high_(_mm512_maskz_loadu_epi16(FirstOf(columns, 32), bins + 32)) {}

  static Place PlaceOf(__m512i /*job*/) noexcept { return {}; }
  [[nodiscard]] __m512i Fetch(Place /*place*/, __m512i word) const noexcept {
    return _mm512_permutex2var_epi16(low_, word, high_);
  }

 private:
  static __mmask32 FirstOf(std::uint32_t columns, std::uint32_t skipped) noexcept {
    if (columns <= skipped) return 0;
    const std::uint32_t count = columns - skipped;
    return count >= 32 ? ~__mmask32{0} : (__mmask32{1} << count) - 1;
  }

  __m512i low_;
  __m512i high_;
};

class RowInMemory {
 public:
  struct Place {};

  explicit RowInMemory(const std::uint16_t* bins) noexcept : bins_(bins) {}

  static Place PlaceOf(__m512i /*job*/) noexcept { return {}; }
  [[nodiscard]] __m512i Fetch(Place /*place*/, __m512i word) const noexcept {
    return _mm512_i32gather_epi32(_mm512_and_si512(word, Broadcast(0xFFFF)), bins_, 2);
  }

 private:
  const std::uint16_t* bins_;
};

class BlocksOfRows {
 public:
  using Place = __m512i;

  BlocksOfRows(const std::uint16_t* blocks, std::uint32_t columns) noexcept
      : blocks_(blocks), skip_(Broadcast((columns - 1) * std::uint32_t{kBlockLanes})) {}

  // Row r stands at its block's start and lane: r + r / 32 x (what a block has beyond 32).
  [[nodiscard]] Place PlaceOf(__m512i job) const noexcept {
    return _mm512_add_epi32(job, _mm512_mullo_epi32(_mm512_srli_epi32(job, 5), skip_));
  }
  [[nodiscard]] __m512i Fetch(Place place, __m512i word) const noexcept {
    const __m512i column = _mm512_and_si512(word, Broadcast(0xFFFF));
    return _mm512_i32gather_epi32(_mm512_add_epi32(place, _mm512_slli_epi32(column, 5)), blocks_,
                                  2);
  }

 private:
  static_assert(kBlockLanes == 32, "places are computed by shifts of 5");
  const std::uint16_t* blocks_;
  __m512i skip_;
};

struct Group {
  __m512i at;
  __m512i child;
};

// A leaf stays where it is, so that a walk may be taken further than it goes.
template <typename Bins>
inline void StepDown(const Node* nodes, const Bins& bins, typename Bins::Place place,
                     Group& group) noexcept {
  const __m512i words = _mm512_slli_epi32(Iota(), 1);
  const __m512i children = _mm512_or_si512(words, Broadcast(1));
  const __m512i low = _mm512_i32gather_epi64(_mm512_castsi512_si256(group.at), nodes, 8);
  const __m512i high = _mm512_i32gather_epi64(_mm512_extracti64x4_epi64(group.at, 1), nodes, 8);
  const __m512i word = _mm512_permutex2var_epi32(low, words, high);
  group.child = _mm512_permutex2var_epi32(low, children, high);
  // With the bin above the cut's own bits, the column below them decides nothing: the bin's side
  // has zeros there.
  const __m512i bin = _mm512_slli_epi32(bins.Fetch(place, word), 16);
  const __mmask16 beyond = _mm512_cmpgt_epu32_mask(bin, word);
  const __mmask16 is_leaf = _mm512_movepi32_mask(group.child);
  const __m512i next = _mm512_mask_add_epi32(group.child, beyond, group.child, Broadcast(1));
  group.at = _mm512_mask_mov_epi32(next, is_leaf, group.at);
}

// One pass: `count` walks go up to `steps` nodes further. Returns how many are still under way.
template <bool kAsksForNext, typename Bins>
std::uint32_t Pass(const Node* nodes, const Bins& bins, const WalkRows& rows, std::uint32_t count,
                   std::uint32_t steps, Ahead ahead = {}) noexcept {
  std::uint32_t* const ats = rows.room.at;
  std::uint32_t* const jobs = rows.room.job;
  // Lanes beyond the end walk from the first root, as anybody may, and are not listened to.
  for (std::uint32_t lane = 0; lane < kPassLanes; lane += kGroupLanes) {
    _mm512_storeu_si512(ats + count + lane, _mm512_setzero_si512());
    _mm512_storeu_si512(jobs + count + lane, _mm512_setzero_si512());
  }
  std::uint32_t kept = 0;
  for (std::uint32_t first = 0; first < count; first += kPassLanes) {
    Group groups[kGroups];
    typename Bins::Place places[kGroups];
    AskFor(ahead);
#pragma GCC unroll 4
    for (std::uint32_t g = 0; g < kGroups; ++g) {
      const std::uint32_t start = first + g * kGroupLanes;
      groups[g] = {.at = Load(ats + start), .child = _mm512_setzero_si512()};
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
      const __mmask16 is_walk = _mm512_cmplt_epu32_mask(Iota(), Broadcast(count - start));
      const __mmask16 is_leaf = _mm512_movepi32_mask(groups[g].child) & is_walk;
      const auto goes_on = static_cast<__mmask16>(is_walk & ~is_leaf);
      const __m512i job = Load(jobs + start);
      _mm512_mask_i32scatter_epi32(rows.leaves, is_leaf, job, groups[g].child, 4);
      _mm512_storeu_si512(ats + kept, _mm512_maskz_compress_epi32(goes_on, groups[g].at));
      _mm512_storeu_si512(jobs + kept, _mm512_maskz_compress_epi32(goes_on, job));
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

template <typename Bins>
void WalkTrees(const WalkForest& forest, const WalkRows& rows, const Bins& bins) noexcept {
  for (std::uint32_t tree = 0; tree < forest.trees; tree += kGroupLanes) {
    const __m512i number = _mm512_add_epi32(Iota(), Broadcast(tree));
    _mm512_storeu_si512(rows.room.at + tree, number);
    _mm512_storeu_si512(rows.room.job + tree, number);
  }
  const bool is_near = IsNear(forest);
  std::uint32_t count = forest.trees;
  while (count > 0) {
    count = is_near ? Pass<false>(forest.nodes, bins, rows, count, kNearPassSteps)
                    : Pass<true>(forest.nodes, bins, rows, count, 1);
  }
}

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

void ThroughTopOf(const WalkForest& forest, std::uint32_t tree, const WalkRows& rows) noexcept {
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

}  // namespace

bool IsAvx512Supported() {
  return __builtin_cpu_supports("avx512f") != 0 && __builtin_cpu_supports("avx512dq") != 0 &&
         __builtin_cpu_supports("avx512bw") != 0 && __builtin_cpu_supports("avx512vl") != 0;
}

void WalkTreesAvx512(const WalkForest& forest, const WalkRows& rows) {
  if (forest.columns <= kRegisterColumns) {
    WalkTrees(forest, rows, RowInRegisters(rows.bins, forest.columns));
  } else {
    WalkTrees(forest, rows, RowInMemory(rows.bins));
  }
}

void WalkRowsAvx512(const WalkForest& forest, std::uint32_t tree, const WalkRows& rows) {
  ThroughTopOf(forest, tree, rows);
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

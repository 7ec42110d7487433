#include "kernels/avx512/avx512.h"

#include <cstdint>

#include "forest/layouts/trees.h"
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

constexpr std::uint32_t kGroups = 4;
constexpr std::uint32_t kPassLanes = kGroups * kGroupLanes;
static_assert(kPassLanes <= kListSlack);

// A row of up to this many columns fits into two registers.
constexpr std::uint32_t kRegisterColumns = 64;

// Bins for the comparison with a lane's node. Fetch returns each lane's bin in the low half of its
// 32 bits; the high half is arbitrary. `word` is the node's column and cut.
class RowInRegisters {
 public:
  struct Place {};

  RowInRegisters(const std::uint16_t* bins, std::uint32_t columns) noexcept
      : low_(LoadBins(bins, columns, 0)), high_(LoadBins(bins, columns, 32)) {}

  static Place PlaceOf(__m512i /*job*/) noexcept { return {}; }
  [[nodiscard]] __m512i Fetch(Place /*place*/, __m512i word) const noexcept {
    return _mm512_permutex2var_epi16(low_, word, high_);
  }

 private:
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
  // Unused lanes walk from the first root, a valid address for any lane; their results are ignored.
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

// One addition in the type of the sums, whose numbers a double holds exactly.
struct InFloat64 {
  static __m512d Add(__m512d sums, __m512d values) noexcept { return _mm512_add_pd(sums, values); }
  static double Add(double sum, double value) noexcept { return sum + value; }
};
struct InFloat32 {
  static __m512d Add(__m512d sums, __m512d values) noexcept {
    return _mm512_cvtps_pd(_mm256_add_ps(_mm512_cvtpd_ps(sums), _mm512_cvtpd_ps(values)));
  }
  static double Add(double sum, double value) noexcept {
    return static_cast<double>(static_cast<float>(sum) + static_cast<float>(value));
  }
};

template <typename Type>
void AddLeavesIn(const double* values, const WalkRows& rows, double* sums) noexcept {
  constexpr std::uint32_t kSums = 8;
  const std::uint32_t count = rows.rows;
  const std::uint32_t* const leaves = rows.leaves;
  const __m256i number_bits = _mm256_set1_epi32(static_cast<int>(~kLeafBit));
  std::uint32_t row = 0;
  for (; row + kSums <= count; row += kSums) {
    const __m256i leaf = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(leaves + row));
    const __m512d added = _mm512_i32gather_pd(_mm256_and_si256(leaf, number_bits), values, 8);
    _mm512_storeu_pd(sums + row, Type::Add(_mm512_loadu_pd(sums + row), added));
  }
  for (; row < count; ++row) sums[row] = Type::Add(sums[row], values[leaves[row] & ~kLeafBit]);
}

}  // namespace

void WalkTreesAvx512(const WalkForest& forest, const WalkRows& rows) {
  if (forest.columns <= kRegisterColumns) {
    WalkTrees(forest, rows, RowInRegisters(rows.bins, forest.columns));
  } else {
    WalkTrees(forest, rows, RowInMemory(rows.bins));
  }
}

void WalkRowsAvx512(const WalkForest& forest, std::uint32_t tree, const WalkRows& rows) {
  ThroughTopAvx512(forest, tree, rows);
  if (!forest.is_top_whole) WalkListAvx512(forest, tree, rows, {rows.rows, forest.top_levels});
}

void WalkListAvx512(const WalkForest& forest, std::uint32_t tree, const WalkRows& rows,
                    Walks walks) {
  const BlocksOfRows bins(rows.room.blocks, forest.columns);
  std::uint32_t steps = FirstPassSteps(forest, walks.levels);
  std::uint32_t count = walks.count;
  Ahead next_tree = LinesOf(forest, tree + 1, count / kPassLanes + 1);
  while (count > 0) {
    count = Pass<false>(forest.nodes, bins, rows, count, steps, next_tree);
    next_tree = {};
    steps = kPassSteps;
  }
}

void AddLeavesAvx512(const double* values, const WalkRows& rows, double* sums) {
  AddLeavesIn<InFloat64>(values, rows, sums);
}

void AddLeavesFloat32Avx512(const double* values, const WalkRows& rows, double* sums) {
  AddLeavesIn<InFloat32>(values, rows, sums);
}

}  // namespace thicket

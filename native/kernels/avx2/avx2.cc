#include "kernels/avx2/avx2.h"

#include <cstdint>

#include "forest/layouts/trees.h"
#include "kernels/kernel.h"
#include "kernels/passes.h"

// The walks of avx512.cc with AVX2: eight lanes instead of sixteen, no masks, no scatter. Lists,
// passes and tops of trees are the same.
namespace thicket {
namespace {

constexpr std::uint32_t kGroups = 4;
constexpr std::uint32_t kPassLanes = kGroups * kGroupLanes;
static_assert(kPassLanes <= kListSlack);

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

// Bins for the comparison with a lane's node, as in avx512.cc.
class OneRow {
 public:
  explicit OneRow(const std::uint16_t* bins) noexcept : bins_(bins) {}

  [[nodiscard]] __m256i PlaceOf(__m256i job) const noexcept { return job; }
  [[nodiscard]] __m256i Fetch(__m256i /*place*/, __m256i column) const noexcept {
    return GatherBins(bins_, column);
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
    return GatherBins(blocks_, _mm256_add_epi32(place, _mm256_slli_epi32(column, 5)));
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

}  // namespace

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
  ThroughTopAvx2(forest, tree, rows);
  if (forest.is_top_whole) return;
  const BlocksOfRows bins(rows.room.blocks, forest.columns);
  std::uint32_t steps = FirstPassSteps(forest, forest.top_levels);
  std::uint32_t count = rows.rows;
  Ahead next_tree = LinesOf(forest, tree + 1, rows.rows / kPassLanes + 1);
  while (count > 0) {
    count = Pass<false>(forest.nodes, bins, rows, count, steps, next_tree);
    next_tree = {};
    steps = kPassSteps;
  }
}

}  // namespace thicket

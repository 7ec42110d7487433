#include <cstddef>
#include <cstdint>

#include "forest/layouts/leaf_mask.h"
#include "kernels/avx512/avx512.h"
#include "kernels/kernel.h"

// One row down all trees by leaf masks, with AVX-512 (F, DQ, BW, VL, CD, VBMI): a permutation
// fetches the bytes of a line's 64 columns from the row's registers, one comparison answers all of
// its nodes, and the masks of those that lie beyond are combined, until a register has what is left
// of eight trees. Nothing branches on the data.
namespace thicket {
namespace {

constexpr std::uint32_t kTreesAtOnce = 8;
constexpr std::size_t kPlaces = kMaskLinePlaces;

// A row's bins, a byte each: up to 64 of them, or 128. A fetch returns 64 of them by column.
template <bool kIsLong>
class RowOfBytes {
 public:
  RowOfBytes(const LeafMaskWalk& walk, const std::uint16_t* bins) noexcept
      : low_(Narrowed(*walk.bytes_from, bins, 0)),
        high_(kIsLong ? Narrowed(*walk.bytes_from, bins, kPlaces) : _mm512_setzero_si512()) {}

  [[nodiscard]] __m512i Fetch(__m512i columns) const noexcept {
    return kIsLong ? _mm512_permutex2var_epi8(low_, columns, high_)
                   : _mm512_permutexvar_epi8(columns, low_);
  }

 private:
  // Four bytes are read at each bin, and two are kept.
  static __m128i NarrowedGroup(const ByteColumns& from, const std::uint16_t* bins,
                               std::size_t first) noexcept {
    const __m512i column = _mm512_cvtepu16_epi32(
        _mm256_loadu_si256(reinterpret_cast<const __m256i*>(from.column + first)));
    const __m512i start = _mm512_cvtepu16_epi32(
        _mm256_loadu_si256(reinterpret_cast<const __m256i*>(from.start + first)));
    const __m512i bin =
        _mm512_and_si512(_mm512_i32gather_epi32(column, bins, 2), Broadcast(0xFFFF));
    return _mm512_cvtusepi32_epi8(_mm512_subs_epu16(bin, start));
  }
  static __m512i Narrowed(const ByteColumns& from, const std::uint16_t* bins,
                          std::size_t first) noexcept {
    const __m512i low = _mm512_castsi128_si512(NarrowedGroup(from, bins, first));
    const __m512i two = _mm512_inserti32x4(low, NarrowedGroup(from, bins, first + 16), 1);
    const __m512i three = _mm512_inserti32x4(two, NarrowedGroup(from, bins, first + 32), 2);
    return _mm512_inserti32x4(three, NarrowedGroup(from, bins, first + 48), 3);
  }

  __m512i low_;
  __m512i high_;
};

// Answers of tables for the codes of the row, for the eight lines of a block.
inline void AnswerCodes(const LeafMaskWalk& walk, const std::int32_t* codes, std::uint32_t block,
                        std::uint64_t* answers) noexcept {
  const auto lines = static_cast<std::ptrdiff_t>(walk.blocks * kMaskBlockLines);
  __m512i beyond = _mm512_setzero_si512();
  for (std::uint32_t at = 0; at < walk.code_count; ++at) {
    const CodeAnswers& of = walk.codes[at];
    const std::uint64_t* const by_code = walk.answers + of.first + codes[of.slot] * lines;
    beyond = _mm512_or_si512(beyond, Load(by_code + block * kMaskBlockLines));
  }
  _mm512_storeu_si512(answers, beyond);
}

// In 64 bits: first those of a, then those of b.
inline __m512i PairwiseAnd(__m512i a, __m512i b) noexcept {
  return _mm512_and_si512(_mm512_unpacklo_epi64(a, b), _mm512_unpackhi_epi64(a, b));
}
// In 128 bits.
inline __m512i LanewiseAnd(__m512i a, __m512i b) noexcept {
  return _mm512_and_si512(_mm512_shuffle_i64x2(a, b, 0x88), _mm512_shuffle_i64x2(a, b, 0xDD));
}

// Leaves that are left of eight trees, whose masks have kMaskBits each: 64 bits a tree, which
// repeat them. `next` answers the next line.
template <std::uint32_t kMaskBits>
struct Lines;

template <>
struct Lines<8> {
  static constexpr std::uint32_t kCount = 1;
  template <typename Next>
  static __m512i Left(Next next) noexcept {
    const auto [beyond, masks] = next();
    const __m512i all = _mm512_mask_mov_epi8(Broadcast(~0U), beyond, Load(masks));
    const __m512i four = _mm512_and_si512(all, _mm512_ror_epi64(all, 32));
    const __m512i two = _mm512_and_si512(four, _mm512_ror_epi64(four, 16));
    return _mm512_and_si512(two, _mm512_ror_epi64(two, 8));
  }
};

template <>
struct Lines<16> {
  static constexpr std::uint32_t kCount = 2;
  template <typename Next>
  static __m512i Left(Next next) noexcept {
    __m512i pairs[2];
    for (__m512i& pair : pairs) {
      const auto [beyond, masks] = next();
      const __m512i ab =
          _mm512_mask_mov_epi16(Broadcast(~0U), static_cast<__mmask32>(beyond), Load(masks));
      const __m512i cd = _mm512_mask_mov_epi16(
          Broadcast(~0U), static_cast<__mmask32>(beyond >> 32U), Load(masks + 64));
      pair = PairwiseAnd(ab, cd);
    }
    const __m512i all = _mm512_permutexvar_epi64(_mm512_set_epi64(7, 5, 6, 4, 3, 1, 2, 0),
                                                 LanewiseAnd(pairs[0], pairs[1]));
    const __m512i two = _mm512_and_si512(all, _mm512_ror_epi64(all, 32));
    return _mm512_and_si512(two, _mm512_ror_epi64(two, 16));
  }
};

inline __m512i OneOfEight(const __m512i* trees) noexcept {
  return LanewiseAnd(LanewiseAnd(PairwiseAnd(trees[0], trees[1]), PairwiseAnd(trees[2], trees[3])),
                     LanewiseAnd(PairwiseAnd(trees[4], trees[5]), PairwiseAnd(trees[6], trees[7])));
}

template <>
struct Lines<32> {
  static constexpr std::uint32_t kCount = 4;
  template <typename Next>
  static __m512i Left(Next next) noexcept {
    __m512i trees[8];
#pragma GCC unroll 4
    for (std::size_t line = 0; line < 4; ++line) {
      const auto [beyond, masks] = next();
      trees[2 * line] = TreeOf(beyond, masks);
      trees[2 * line + 1] = TreeOf(_kshiftri_mask64(beyond, 32), masks + 128);
    }
    const __m512i all = OneOfEight(trees);
    return _mm512_and_si512(all, _mm512_ror_epi64(all, 32));
  }

 private:
  static __m512i TreeOf(__mmask64 beyond, const std::uint8_t* masks) noexcept {
    const __m512i half =
        _mm512_mask_mov_epi32(Broadcast(~0U), static_cast<__mmask16>(beyond), Load(masks));
    return _mm512_mask_and_epi32(half, static_cast<__mmask16>(_kshiftri_mask64(beyond, 16)), half,
                                 Load(masks + 64));
  }
};

template <>
struct Lines<64> {
  static constexpr std::uint32_t kCount = 8;
  template <typename Next>
  static __m512i Left(Next next) noexcept {
    __m512i trees[8];
    for (__m512i& tree : trees) {
      const auto [beyond, masks] = next();
      tree = Broadcast(~0U);
#pragma GCC unroll 8
      for (std::uint32_t eighth = 0; eighth < 8; ++eighth) {
        tree = _mm512_mask_and_epi64(tree, static_cast<__mmask8>(beyond >> (8 * eighth)), tree,
                                     Load(masks + std::size_t{64} * eighth));
      }
    }
    return OneOfEight(trees);
  }
};

// The numbers of the leaves of eight trees.
template <std::uint32_t kMaskBits>
inline __m256i NumbersOf(const LeafMaskWalk& walk, std::uint32_t tree, __m512i leaf) noexcept {
  if (walk.has_runs) {
    const auto* const firsts = reinterpret_cast<const __m256i*>(walk.numbers + tree);
    return _mm256_add_epi32(_mm256_loadu_si256(firsts), _mm512_cvtepi64_epi32(leaf));
  }
  constexpr long long kBits = kMaskBits;
  const __m512i first_of_tree =
      _mm512_set_epi64(7 * kBits, 6 * kBits, 5 * kBits, 4 * kBits, 3 * kBits, 2 * kBits, kBits, 0);
  return _mm512_i64gather_epi32(_mm512_add_epi64(leaf, first_of_tree),
                                walk.numbers + std::size_t{tree} * kMaskBits, 4);
}

struct AnsweredLine {
  __mmask64 beyond;
  const std::uint8_t* masks;
};

template <std::uint32_t kMaskBits, bool kIsLong>
void WalkTrees(const LeafMaskWalk& walk, const WalkRows& rows) noexcept {
  constexpr std::size_t kLineBytes = MaskLineBytes(kMaskBits);
  const RowOfBytes<kIsLong> row(walk, rows.bins);
  const std::uint8_t* line = walk.lines;
  std::uint32_t tree = 0;
  for (std::uint32_t block = 0; block < walk.blocks; ++block) {
    std::uint64_t by_codes[kMaskBlockLines];
    AnswerCodes(walk, rows.codes, block, by_codes);
    const std::uint64_t* by_code = by_codes;
    const auto next = [&]() noexcept -> AnsweredLine {
      const __m512i bins = row.Fetch(Load(line));
      const __mmask64 beyond = _mm512_cmpgt_epu8_mask(bins, Load(line + kPlaces));
      const AnsweredLine answered{.beyond = _kor_mask64(beyond, _cvtu64_mask64(*by_code++)),
                                  .masks = line + 2 * kPlaces};
      line += kLineBytes;
      return answered;
    };
    for (std::size_t at = 0; at < kMaskBlockLines; at += Lines<kMaskBits>::kCount) {
      const __m512i leaf = _mm512_lzcnt_epi64(Lines<kMaskBits>::Left(next));
      _mm256_storeu_si256(reinterpret_cast<__m256i*>(rows.leaves + tree),
                          NumbersOf<kMaskBits>(walk, tree, leaf));
      tree += kTreesAtOnce;
    }
  }
}

template <std::uint32_t kMaskBits>
void WalkTrees(const LeafMaskWalk& walk, const WalkRows& rows) noexcept {
  if (walk.byte_columns <= kPlaces) {
    WalkTrees<kMaskBits, false>(walk, rows);
  } else {
    static_assert(kByteColumnsMax == 2 * kPlaces);
    WalkTrees<kMaskBits, true>(walk, rows);
  }
}

}  // namespace

void WalkTreesAvx512Vbmi(const WalkForest& forest, const WalkRows& rows) {
  switch (forest.leaf_masks.mask_bits) {
    case 8:
      return WalkTrees<8>(forest.leaf_masks, rows);
    case 16:
      return WalkTrees<16>(forest.leaf_masks, rows);
    case 32:
      return WalkTrees<32>(forest.leaf_masks, rows);
    case 64:
      return WalkTrees<64>(forest.leaf_masks, rows);
    default:
      return WalkTreesAvx512(forest, rows);
  }
}

}  // namespace thicket

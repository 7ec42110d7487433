#pragma once

#include <cstdint>

#include <immintrin.h>  // IWYU pragma: export

// Where a file with AVX2 begins: only for files that are compiled with that flag. All here is of
// the including file alone, as in avx512.h and for its reason.
namespace thicket {
namespace {

constexpr std::uint32_t kGroupLanes = 8;

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
inline __m256i GatherBins(const std::uint16_t* bins, __m256i at) noexcept {
  return _mm256_i32gather_epi32(reinterpret_cast<const int*>(bins), at, 2);
}

// All bits, which is to say -1, where the bin in a lane's low half is beyond the cut in the word's
// high one. Above the cut's own bits, the column decides nothing: the bin's side has zeros there.
inline __m256i IsBeyond(__m256i bin, __m256i word) noexcept {
  const __m256i high_bin = _mm256_slli_epi32(bin, 16);
  const __m256i within = _mm256_cmpeq_epi32(_mm256_max_epu32(high_bin, word), word);
  return _mm256_xor_si256(within, _mm256_set1_epi32(-1));
}

}  // namespace
}  // namespace thicket

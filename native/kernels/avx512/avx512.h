#pragma once

#if defined(__GNUC__) && !defined(__clang__)
// GCC 12 warns of its own header: the intrinsics start from a register that was never written.
#pragma GCC diagnostic ignored "-Wmaybe-uninitialized"
#pragma GCC diagnostic ignored "-Wuninitialized"
#endif

#include <cstdint>

#include <immintrin.h>  // IWYU pragma: export

// Where a file with AVX-512 begins: to be included first, and only by files that are compiled with
// these flags. All here is of the including file alone (an unnamed namespace on purpose): a
// function that files share could be kept in the copy that an older CPU cannot run.
namespace thicket {
namespace {

constexpr std::uint32_t kGroupLanes = 16;

inline __m512i Load(const void* from) noexcept {
  return _mm512_loadu_si512(from);
}
inline __m512i Broadcast(std::uint32_t value) noexcept {
  return _mm512_set1_epi32(static_cast<int>(value));
}
inline __m512i Iota() noexcept {
  return _mm512_set_epi32(15, 14, 13, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1, 0);
}

// A row's 32 bins from column `first` on; zeros where it has no more columns.
inline __m512i LoadBins(const std::uint16_t* bins, std::uint32_t columns,
                        std::uint32_t first) noexcept {
  const std::uint32_t count = columns > first ? columns - first : 0;
  const __mmask32 is_there = count >= 32 ? ~__mmask32{0} : (__mmask32{1} << count) - 1;
  return _mm512_maskz_loadu_epi16(is_there, bins + first);
}

}  // namespace
}  // namespace thicket

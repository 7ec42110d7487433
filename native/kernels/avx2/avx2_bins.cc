#include <cstdint>

#include "forest/columns/number_columns.h"
#include "kernels/avx2/avx2.h"
#include "kernels/bin_row.h"
#include "kernels/bins.h"

namespace thicket {
namespace {

static_assert(kWindowCuts == 16);

inline std::uint32_t Ones(unsigned mask) noexcept {
  return static_cast<std::uint32_t>(__builtin_popcount(mask));
}

struct Comparisons {
  static std::uint32_t CountBelow(const float* window, float x) noexcept {
    const __m256 all = _mm256_set1_ps(x);
    const auto low = _mm256_movemask_ps(_mm256_cmp_ps(_mm256_loadu_ps(window), all, _CMP_LT_OQ));
    const auto high =
        _mm256_movemask_ps(_mm256_cmp_ps(_mm256_loadu_ps(window + 8), all, _CMP_LT_OQ));
    return Ones(static_cast<unsigned>(low) | (static_cast<unsigned>(high) << 8U));
  }
  static std::uint32_t CountBelow(const double* window, double x) noexcept {
    const __m256d all = _mm256_set1_pd(x);
    unsigned below = 0;
#pragma GCC unroll 4
    for (std::uint32_t first = 0; first < kWindowCuts; first += 4) {
      const __m256d four = _mm256_loadu_pd(window + first);
      const int mask = _mm256_movemask_pd(_mm256_cmp_pd(four, all, _CMP_LT_OQ));
      below |= static_cast<unsigned>(mask) << first;
    }
    return Ones(below);
  }
};

}  // namespace

void BinNumbersAvx2(const BinTables& tables, const double* numbers, std::uint16_t* bins) {
  BinRow<Comparisons>(tables, numbers, bins);
}

}  // namespace thicket

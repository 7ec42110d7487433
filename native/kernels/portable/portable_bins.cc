#include <cstdint>

#include "forest/columns/number_columns.h"
#include "kernels/bin_row.h"
#include "kernels/bins.h"

namespace thicket {
namespace {

struct Halving {
  // Arithmetic in place of a choice, of which compilers make a branch.
  template <typename Cut>
  static std::uint32_t CountBelow(const Cut* window, Cut x) noexcept {
    std::uint32_t at = 0;
#pragma GCC unroll 4
    for (std::uint32_t half = kWindowCuts / 2; half > 0; half /= 2) {
      at += half & (0U - std::uint32_t{window[at + half - 1] < x});
    }
    return at + std::uint32_t{window[at] < x};
  }
};

}  // namespace

void BinNumbersPortable(const BinTables& tables, const double* numbers, std::uint16_t* bins) {
  BinRow<Halving>(tables, numbers, bins);
}

}  // namespace thicket

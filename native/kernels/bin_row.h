#pragma once

#include <cstddef>
#include <cstdint>

#include "forest/columns/number_columns.h"
#include "forest/view/limits.h"
#include "kernels/bins.h"

// The search for one row's bins, for files that each count the cut points of a window with their
// own instruction set. All here is of the including file alone, as in avx512.h and for its reason.
//
// Every list takes three steps: its bucket, the bucket's start, the window there. Step by step for
// many lists, each step asks for the lines that the next one reads, so that their misses overlap:
// one list after the other takes half as long again where a row has a hundred.
namespace thicket {
namespace {

// Lists that are on their way together; what is known of them fits into the registers' shadow on
// the stack, 256 bytes.
constexpr std::size_t kListsAtOnce = 64;

// Cut points below x, from a start on. `cuts` is the list.
template <typename Window, typename Cut>
inline std::uint32_t Beyond(const Cut* cuts, std::uint32_t start, std::uint32_t halving,
                            Cut x) noexcept {
  std::uint32_t at = start;
  for (std::uint32_t half = halving; half >= kWindowCuts; half /= 2) {
    at += half & (0U - std::uint32_t{cuts[at + half - 1] < x});
  }
  return at + Window::CountBelow(cuts + at, x);
}

template <typename Window>
inline std::uint32_t BeyondOf(const BinTables& tables, const NumberColumns& list,
                              std::uint32_t start, double x) noexcept {
  return list.is_single ? Beyond<Window>(tables.singles + list.cut_first, start, list.halving,
                                         static_cast<float>(x))
                        : Beyond<Window>(tables.doubles + list.cut_first, start, list.halving, x);
}

// The bytes of the window at a start, the first and the last.
struct WindowBytes {
  const char* first;
  const char* last;
};
inline WindowBytes WindowAt(const BinTables& tables, const NumberColumns& list,
                            std::uint32_t start) noexcept {
  const std::size_t cut_bytes = list.is_single ? sizeof(float) : sizeof(double);
  const char* const cuts = list.is_single ? reinterpret_cast<const char*>(tables.singles)
                                          : reinterpret_cast<const char*>(tables.doubles);
  const char* const first = cuts + (list.cut_first + start) * cut_bytes;
  return {.first = first, .last = first + kWindowCuts * cut_bytes - 1};
}

// Writes a bin into the columns of its list.
inline void PutBin(const NumberColumns& list, double x, std::uint32_t beyond,
                   std::uint16_t* bins) noexcept {
  constexpr auto kSegmentBins = static_cast<std::uint32_t>(kColumnCutsMax);
  for (std::uint32_t side = 0; side < list.side_count; ++side) {
    const NumberSide& to = list.sides[side];
    std::uint32_t bin = x != x ? to.missing_bin : list.always_beyond + beyond;
    for (std::uint32_t segment = 0; segment < list.segments; ++segment) {
      const std::uint32_t here = bin < kSegmentBins ? bin : kSegmentBins;
      bins[to.first_column + segment] = static_cast<std::uint16_t>(here);
      bin -= here;
    }
  }
}

template <typename Window>
inline void BinRow(const BinTables& tables, const double* numbers, std::uint16_t* bins) noexcept {
  std::uint32_t at[kListsAtOnce];
  for (std::size_t first = 0; first < tables.list_count; first += kListsAtOnce) {
    const NumberColumns* const lists = tables.lists + first;
    const std::size_t left = tables.list_count - first;
    const std::size_t count = left < kListsAtOnce ? left : kListsAtOnce;
    for (std::size_t i = 0; i < count; ++i) {
      at[i] = BucketOf(lists[i].buckets, numbers[lists[i].slot]);
      __builtin_prefetch(tables.starts + lists[i].start_first + at[i]);
    }
    for (std::size_t i = 0; i < count; ++i) {
      const std::uint32_t start = tables.starts[lists[i].start_first + at[i]];
      at[i] = start << lists[i].start_shift;
      // Here and in no function of its own: compilers leave out calls that only ask.
      const WindowBytes window = WindowAt(tables, lists[i], at[i]);
      __builtin_prefetch(window.first);
      __builtin_prefetch(window.last);
    }
    for (std::size_t i = 0; i < count; ++i) {
      const double x = numbers[lists[i].slot];
      PutBin(lists[i], x, BeyondOf<Window>(tables, lists[i], at[i], x), bins);
    }
  }
}

}  // namespace
}  // namespace thicket

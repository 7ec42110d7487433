#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>

// Data to bin a number. Plain numbers only, because every kernel reads them. Functions here are
// `static`, a copy in every file, because one compiled for a new CPU must not be linked into code
// that runs on an old one.
namespace thicket {

// The columns of one cut list that hold NaN to one side.
struct NumberSide {
  std::uint32_t first_column = 0;
  std::uint32_t missing_bin = 0;
};

// Numbers by buckets: x is in the bucket (order of float(x + offset) - lowest) >> shift, clamped to
// the ends. Adding, rounding and shifting keep the order of numbers, so every cut point of a lower
// bucket is below x.
struct CutBuckets {
  double offset = 0;
  std::int32_t lowest = 0;
  std::int32_t highest = 0;
  std::uint32_t shift = 0;
};

// A cut list whose feature is made from a number.
struct NumberColumns {
  // Among a row's numbers, those that are computed after those that are given.
  std::uint32_t slot = 0;
  // Cut points that even -infinity lies beyond, then those that are searched, ascending.
  std::uint32_t always_beyond = 0;
  std::uint32_t cut_count = 0;
  // True: the cut points are floats, in `singles`; else doubles, in `doubles`.
  bool is_single = false;
  std::size_t cut_first = 0;
  // A bucket's start: it and the next 2 x halving cut points (a window, where halving is 0) hold
  // all that are not below the bucket's numbers. Where numbers have more than 16 bits, they are
  // rounded down to multiples of 1 << start_shift and kept shifted.
  CutBuckets buckets;
  std::uint32_t halving = 0;
  std::uint32_t start_shift = 0;
  std::size_t start_first = 0;
  // A column, or several, for each side that NaN goes to.
  std::uint32_t segments = 0;
  std::uint32_t side_count = 0;
  NumberSide sides[2];  // NOLINT(modernize-avoid-c-arrays): no library type here.
};

// Cut points that a search compares at once, at its end.
inline constexpr std::uint32_t kWindowCuts = 16;

// Where a float stands among floats, -0 before +0. NaN is beyond the one or the other infinity.
[[nodiscard]] static inline std::int32_t OrderOf(float x) noexcept {
  std::int32_t bits = 0;
  std::memcpy(&bits, &x, sizeof(bits));
  return bits ^ static_cast<std::int32_t>(static_cast<std::uint32_t>(bits >> 31) >> 1U);
}

[[nodiscard]] static inline std::uint32_t BucketOf(const CutBuckets& buckets, double x) noexcept {
  std::int32_t order = OrderOf(static_cast<float>(x + buckets.offset));
  order = order < buckets.lowest ? buckets.lowest : order;
  order = order > buckets.highest ? buckets.highest : order;
  return (static_cast<std::uint32_t>(order) - static_cast<std::uint32_t>(buckets.lowest)) >>
         buckets.shift;
}

}  // namespace thicket

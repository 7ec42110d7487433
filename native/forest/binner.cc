#include "forest/binner.h"

#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstring>

#include "forest/check.h"
#include "forest/columns.h"
#include "forest/steps.h"
#include "forest/view.h"

namespace thicket {
namespace {

constexpr std::uint32_t kLowestCode = kTableSpecials;  // Below zero: -2 is the first entry.

// Rows whose numbers are looked up together: each look-up is a chain of loads that wait for one
// another, and the CPU overlaps the chains.
constexpr std::size_t kSearches = 8;

// Cut points that each x lies beyond, without a branch to mispredict. `count` is at least 1.
template <std::size_t kCount>
void CountBeyond(const double* cuts, std::size_t count, const double* x,
                 std::size_t* beyond) noexcept {
  std::array<const double*, kCount> at;
  at.fill(cuts);
  while (count > 1) {
    const std::size_t half = count / 2;
#pragma GCC unroll 8
    for (std::size_t i = 0; i < kCount; ++i) {
      // Arithmetic in place of a choice, of which compilers make a branch.
      at[i] += half & (0U - std::size_t{at[i][half - 1] < x[i]});
    }
    count -= half;
  }
#pragma GCC unroll 8
  for (std::size_t i = 0; i < kCount; ++i) {
    beyond[i] = static_cast<std::size_t>(at[i] - cuts) + (*at[i] < x[i] ? 1U : 0U);
  }
}

double AfterSteps(const Columns& columns, const NumberColumns& list, double x) noexcept {
  for (std::size_t step = 0; step < list.step_count; ++step) {
    x = ApplyStep(columns.steps[list.step_first + step], x);
  }
  return x;
}

// The next kCount rows' bins of one list.
template <std::size_t kCount>
void BinSome(const Columns& columns, const NumberColumns& list, const double* numbers,
             std::size_t number_slots, std::uint16_t* bins) noexcept {
  std::array<double, kCount> x;
  std::array<std::size_t, kCount> beyond{};
  for (std::size_t i = 0; i < kCount; ++i) {
    x[i] = AfterSteps(columns, list, numbers[i * number_slots]);
  }
  if (list.cut_count > 0) {
    CountBeyond<kCount>(columns.cuts.data() + list.cut_first, list.cut_count, x.data(),
                        beyond.data());
  }
  for (std::size_t i = 0; i < kCount; ++i) {
    const std::size_t bin = std::isnan(x[i]) ? list.missing_bin : list.always_beyond + beyond[i];
    std::uint16_t* const to = bins + i * columns.count;
    for (std::size_t segment = 0; segment < list.segments; ++segment) {
      to[segment] = SegmentBin(bin, segment);
    }
  }
}

// One list at a time: its cut points stay in the cache while all rows pass.
void BinNumbers(const Columns& columns, const RowBlock& block, std::uint16_t* bins) noexcept {
  const double* const numbers = block.rows.numbers.data() + block.first * block.number_slots;
  for (const NumberColumns& list : columns.numbers) {
    const double* from = numbers + list.slot;
    std::uint16_t* to = bins + list.first_column;
    std::size_t left = block.count;
    for (; left >= kSearches; left -= kSearches) {
      BinSome<kSearches>(columns, list, from, block.number_slots, to);
      from += kSearches * block.number_slots;
      to += kSearches * columns.count;
    }
    for (; left > 0; --left) {
      BinSome<1>(columns, list, from, block.number_slots, to);
      from += block.number_slots;
      to += columns.count;
    }
  }
}

// Copies whole runs of kBinsAtOnce bins, so that the length is known to the compiler: what is
// written too far belongs to columns, rows or slack that get their bins later.
void BinCodes(const Columns& columns, const RowBlock& block, std::uint16_t* bins) {
  for (std::size_t row = 0; row < block.count; ++row) {
    const std::int32_t* const codes =
        block.rows.codes.data() + (block.first + row) * block.code_slots;
    for (const TableColumns& table : columns.tables) {
      // A code below -2 wraps around to a huge entry, so one comparison sees both ends.
      const std::uint32_t entry = static_cast<std::uint32_t>(codes[table.slot]) + kLowestCode;
      if (entry >= table.entries) {
        RefuseCode(block.first + row, table.slot, codes[table.slot], table.entries);
      }
      const std::uint16_t* const from =
          columns.table_bins.data() + table.bin_first + std::size_t{entry} * table.width;
      std::uint16_t* const to = bins + row * columns.count + table.first_column;
      for (std::size_t at = 0; at < table.width; at += kBinsAtOnce) {
        std::memcpy(to + at, from + at, kBinsAtOnce * sizeof(std::uint16_t));
      }
    }
  }
}

}  // namespace

void BinRows(const Columns& columns, const RowBlock& block, std::uint16_t* bins) {
  // In this order: codes are copied a little too far, and columns of numbers come first in a row.
  BinCodes(columns, block, bins);
  BinNumbers(columns, block, bins);
}

}  // namespace thicket

#include "forest/binner.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>

#include "forest/check.h"
#include "forest/columns.h"
#include "forest/steps.h"
#include "forest/view.h"

namespace thicket {
namespace {

constexpr std::uint32_t kLowestCode = kTableSpecials;  // Below zero: -2 is the first entry.

// Numbers that are looked up together: each look-up is a chain of loads that wait for one another,
// and the CPU overlaps the chains.
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

// Writes a number's bins of one list into the bins of its row.
void PutBins(const NumberColumns& list, double x, std::size_t beyond,
             std::uint16_t* bins) noexcept {
  const std::size_t bin = std::isnan(x) ? list.missing_bin : list.always_beyond + beyond;
  for (std::size_t segment = 0; segment < list.segments; ++segment) {
    bins[list.first_column + segment] = SegmentBin(bin, segment);
  }
}

// The next kCount rows' bins of one list.
template <std::size_t kCount>
void BinSome(const Columns& columns, const NumberColumns& list, const double* numbers,
             std::size_t number_slots, std::uint16_t* bins) noexcept {
  std::array<double, kCount> x;
  std::array<std::size_t, kCount> beyond{};
  for (std::size_t i = 0; i < kCount; ++i) {
    x[i] = AfterSteps(columns, list, numbers[i * number_slots + list.slot]);
  }
  if (list.cut_count > 0) {
    CountBeyond<kCount>(columns.cuts.data() + list.cut_first, list.cut_count, x.data(),
                        beyond.data());
  }
  for (std::size_t i = 0; i < kCount; ++i) {
    PutBins(list, x[i], beyond[i], bins + i * columns.count);
  }
}

// A search among the cut points of one list, beside searches in others.
struct Search {
  const double* at;
  std::size_t left;
  double x;
};

Search SearchFor(const Columns& columns, const NumberColumns& list, double number) noexcept {
  static constexpr double kNoCut = 0;  // To look at where a list has no cut points.
  return {.at = list.cut_count > 0 ? columns.cuts.data() + list.cut_first : &kNoCut,
          .left = list.cut_count,
          .x = AfterSteps(columns, list, number)};
}

// Takes every search to its last cut point. One that is there early repeats its last step to no
// effect.
void Run(std::array<Search, kSearches>& searches) noexcept {
  std::size_t longest = 0;
  for (const Search& search : searches) longest = std::max(longest, search.left);
  for (; longest > 1; longest -= longest / 2) {
#pragma GCC unroll 8
    for (Search& search : searches) {
      const std::size_t half = search.left / 2;
      const std::size_t probe = half - std::size_t{half != 0};
      search.at += half & (0U - std::size_t{search.at[probe] < search.x});
      search.left -= half;
    }
  }
}

// One row's bins of the next kSearches lists.
void BinLists(const Columns& columns, std::span<const NumberColumns> lists, const double* numbers,
              std::uint16_t* bins) noexcept {
  std::array<Search, kSearches> searches;
  for (std::size_t i = 0; i < kSearches; ++i) {
    searches[i] = SearchFor(columns, lists[i], numbers[lists[i].slot]);
  }
  Run(searches);
  for (std::size_t i = 0; i < kSearches; ++i) {
    const Search& search = searches[i];
    std::size_t beyond = 0;
    if (lists[i].cut_count > 0) {
      beyond = static_cast<std::size_t>(search.at - columns.cuts.data()) - lists[i].cut_first;
      beyond += std::size_t{*search.at < search.x};
    }
    PutBins(lists[i], search.x, beyond, bins);
  }
}

// Many rows list by list, so that a list's cut points stay in the cache while the rows pass; the
// few that are left row by row.
void PutNumbers(const Columns& columns, const RowBlock& block, std::uint16_t* bins) noexcept {
  const double* const numbers = block.rows.numbers.data() + block.first * block.number_slots;
  const std::size_t together = block.count / kSearches * kSearches;
  for (const NumberColumns& list : columns.numbers) {
    for (std::size_t row = 0; row < together; row += kSearches) {
      BinSome<kSearches>(columns, list, numbers + row * block.number_slots, block.number_slots,
                         bins + row * columns.count);
    }
  }
  for (std::size_t row = together; row < block.count; ++row) {
    const double* const from = numbers + row * block.number_slots;
    std::uint16_t* const to = bins + row * columns.count;
    std::span<const NumberColumns> lists = columns.numbers;
    for (; lists.size() >= kSearches; lists = lists.subspan(kSearches)) {
      BinLists(columns, lists, from, to);
    }
    for (const NumberColumns& list : lists) {
      BinSome<1>(columns, list, from, block.number_slots, to);
    }
  }
}

// The entry of a row's code in a table. Throws where there is none.
std::uint32_t EntryOf(const TableColumns& table, const RowBlock& block, std::size_t row) {
  const std::int32_t code = block.rows.codes[(block.first + row) * block.code_slots + table.slot];
  // A code below -2 wraps around to a huge entry, so one comparison sees both ends.
  const std::uint32_t entry = static_cast<std::uint32_t>(code) + kLowestCode;
  if (entry >= table.entries) RefuseCode(block.first + row, table.slot, code, table.entries);
  return entry;
}

// Copies whole runs of kBinsAtOnce bins, so that the length is known to the compiler: what is
// written too far belongs to columns, rows or slack that get their bins later.
void BinCodes(const Columns& columns, const RowBlock& block, std::uint16_t* bins) {
  for (std::size_t row = 0; row < block.count; ++row) {
    for (const TableColumns& table : columns.tables) {
      const std::uint32_t entry = EntryOf(table, block, row);
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
  PutNumbers(columns, block, bins);
}

void BinNumbers(const Columns& columns, const RowBlock& block, std::uint16_t* bins) {
  for (const TableColumns& table : columns.tables) {
    for (std::size_t row = 0; row < block.count; ++row) {
      static_cast<void>(EntryOf(table, block, row));
    }
  }
  PutNumbers(columns, block, bins);
}

}  // namespace thicket

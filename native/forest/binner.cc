#include "forest/binner.h"

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

// Cut points that x lies beyond, without a branch to mispredict. `count` is at least 1.
std::size_t CountBeyond(const double* cuts, std::size_t count, double x) noexcept {
  const double* base = cuts;
  while (count > 1) {
    const std::size_t half = count / 2;
    base += base[half - 1] < x ? half : 0;
    count -= half;
  }
  return static_cast<std::size_t>(base - cuts) + (*base < x ? 1U : 0U);
}

std::size_t BinOf(const Columns& columns, const NumberColumns& list, double x) noexcept {
  for (std::size_t step = 0; step < list.step_count; ++step) {
    x = ApplyStep(columns.steps[list.step_first + step], x);
  }
  if (std::isnan(x)) return list.missing_bin;
  if (list.cut_count == 0) return list.always_beyond;
  return list.always_beyond + CountBeyond(columns.cuts.data() + list.cut_first, list.cut_count, x);
}

// One list at a time: its cut points stay in the cache while all rows pass.
void BinNumbers(const Columns& columns, const RowBlock& block, std::uint16_t* bins) {
  for (const NumberColumns& list : columns.numbers) {
    for (std::size_t row = 0; row < block.count; ++row) {
      const double x = block.rows.numbers[(block.first + row) * block.number_slots + list.slot];
      const std::size_t bin = BinOf(columns, list, x);
      std::uint16_t* to = bins + row * columns.count + list.first_column;
      for (std::size_t segment = 0; segment < list.segments; ++segment) {
        to[segment] = SegmentBin(bin, segment);
      }
    }
  }
}

void BinCodes(const Columns& columns, const RowBlock& block, std::uint16_t* bins) {
  for (const TableColumns& table : columns.tables) {
    for (std::size_t row = 0; row < block.count; ++row) {
      const std::int32_t code =
          block.rows.codes[(block.first + row) * block.code_slots + table.slot];
      // A code below -2 wraps around to a huge entry, so one comparison sees both ends.
      const std::uint32_t entry = static_cast<std::uint32_t>(code) + kLowestCode;
      if (entry >= table.entries) {
        RefuseCode(block.first + row, table.slot, code, table.entries);
      }
      if (table.width == 0) continue;
      std::memcpy(bins + row * columns.count + table.first_column,
                  columns.table_bins.data() + table.bin_first + std::size_t{entry} * table.width,
                  table.width * sizeof(std::uint16_t));
    }
  }
}

}  // namespace

void BinRows(const Columns& columns, const RowBlock& block, std::uint16_t* bins) {
  BinNumbers(columns, block, bins);
  BinCodes(columns, block, bins);
}

}  // namespace thicket

#include "scoring/binner.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <vector>

#include "forest/columns/columns.h"
#include "forest/columns/table_columns.h"
#include "forest/view/check.h"
#include "forest/view/steps.h"
#include "forest/view/view.h"
#include "kernels/bins.h"
#include "kernels/kernel.h"

namespace thicket {
namespace {

// Rows whose computed numbers are made at once: whole blocks, and few enough to stay near.
constexpr std::size_t kComputedRows = 2 * kBlockLanes;

BinTables TablesOf(const Columns& columns) noexcept {
  return {.lists = columns.numbers.data(),
          .list_count = columns.numbers.size(),
          .singles = columns.cuts.singles.data(),
          .doubles = columns.cuts.doubles.data(),
          .starts = columns.cuts.starts.data(),
          .tables = columns.tables.data(),
          .table_count = columns.tables.size(),
          .table_bins = columns.table_bins.data(),
          .table_lanes = columns.table_lanes.data(),
          .columns = columns.count};
}

RowsToBin RowsOf(const RowBlock& block) noexcept {
  return {.numbers = block.rows.numbers.data() + block.first * block.number_slots,
          .number_step = block.number_slots,
          .codes = block.rows.codes.data() + block.first * block.code_slots,
          .code_step = block.code_slots,
          .rows = block.count};
}

// The rows' numbers with those that are computed behind them.
RowsToBin WithComputed(const Columns& columns, RowsToBin rows, std::vector<double>& room) {
  const std::size_t given = rows.number_step;
  const std::size_t step = given + columns.computed.size();
  room.resize(rows.rows * step);
  for (std::size_t row = 0; row < rows.rows; ++row) {
    const double* const from = rows.numbers + row * given;
    double* const to = room.data() + row * step;
    std::copy_n(from, given, to);
    for (std::size_t number = 0; number < columns.computed.size(); ++number) {
      const ComputedNumber& computed = columns.computed[number];
      double x = from[computed.slot];
      for (std::size_t at = 0; at < computed.step_count; ++at) {
        x = ApplyStep(columns.steps[computed.step_first + at], x);
      }
      to[given + number] = x;
    }
  }
  rows.numbers = room.data();
  rows.number_step = step;
  return rows;
}

// Calls bin(rows, first) for all rows; in parts where numbers are to be computed.
template <typename Bin>
void WithAllNumbers(const Columns& columns, const RowsToBin& all, Bin bin) {
  if (columns.computed.empty()) {
    bin(all, std::size_t{0});
    return;
  }
  thread_local std::vector<double> room;
  for (std::size_t first = 0; first < all.rows; first += kComputedRows) {
    RowsToBin part = all;
    part.numbers += first * all.number_step;
    part.codes += first * all.code_step;
    part.rows = std::min(all.rows - first, kComputedRows);
    bin(WithComputed(columns, part, room), first);
  }
}

constexpr std::uint32_t kLowestCode = kTableSpecials;  // Below zero: -2 is the first entry.

// Where a row's code is in its table; refuses one that is not.
std::uint32_t EntryOf(const TableColumns& table, const RowBlock& block, std::size_t row) {
  const std::int32_t code = block.rows.codes[(block.first + row) * block.code_slots + table.slot];
  // A code below -2 wraps around to a huge entry, so one comparison sees both ends.
  const std::uint32_t entry = static_cast<std::uint32_t>(code) + kLowestCode;
  if (entry >= table.entries) RefuseCode(block.first + row, table.slot, code, table.entries);
  return entry;
}

void CheckCodes(const Columns& columns, const RowBlock& block) {
  for (std::size_t row = 0; row < block.count; ++row) {
    for (const TableColumns& table : columns.tables) static_cast<void>(EntryOf(table, block, row));
  }
}

// Copies whole runs of kBinsAtOnce bins, so that the length is known to the compiler: what is
// written too far belongs to columns, rows or slack that get their bins later.
void BinCodes(const Columns& columns, const RowBlock& block, std::uint16_t* bins) {
  for (std::size_t row = 0; row < block.count; ++row) {
    for (const TableColumns& table : columns.tables) {
      const std::uint16_t* const from = columns.table_bins.data() + table.bin_first +
                                        std::size_t{EntryOf(table, block, row)} * table.width;
      std::uint16_t* const to = bins + row * columns.count + table.first_column;
      for (std::size_t at = 0; at < table.width; at += kBinsAtOnce) {
        std::memcpy(to + at, from + at, kBinsAtOnce * sizeof(std::uint16_t));
      }
    }
  }
}

void PutNumbers(const Kernel& kernel, const Columns& columns, const RowBlock& block,
                std::uint16_t* bins) {
  const BinTables tables = TablesOf(columns);
  WithAllNumbers(columns, RowsOf(block), [&](const RowsToBin& rows, std::size_t first) {
    for (std::size_t row = 0; row < rows.rows; ++row) {
      kernel.bin_numbers(tables, rows.numbers + row * rows.number_step,
                         bins + (first + row) * columns.count);
    }
  });
}

}  // namespace

void BinRows(const Kernel& kernel, const Columns& columns, const RowBlock& block,
             std::uint16_t* bins) {
  // In this order: codes are copied a little too far, and columns of numbers come first in a row.
  BinCodes(columns, block, bins);
  PutNumbers(kernel, columns, block, bins);
}

void BinNumberColumns(const Kernel& kernel, const Columns& columns, const RowBlock& block,
                      std::uint16_t* bins) {
  CheckCodes(columns, block);
  PutNumbers(kernel, columns, block, bins);
}

void BinColumns(const Kernel& kernel, const Columns& columns, const RowBlock& block,
                std::uint16_t* blocks) {
  const BinTables tables = TablesOf(columns);
  WithAllNumbers(columns, RowsOf(block), [&](const RowsToBin& rows, std::size_t first) {
    if (!kernel.bin_blocks(tables, rows, blocks + first * columns.count)) {
      CheckCodes(columns, block);  // Throws: it knows how to say what is wrong.
    }
  });
}

}  // namespace thicket

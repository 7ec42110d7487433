#pragma once

#include <cstddef>
#include <cstdint>

#include "forest/columns/number_columns.h"
#include "forest/columns/table_columns.h"

namespace thicket {

// The part of forest/columns/columns.h that binning reads. Plain pointers and numbers only, as in
// WalkForest.
struct BinTables {
  const NumberColumns* lists;
  std::size_t list_count;
  const float* singles;
  const double* doubles;
  const std::uint16_t* starts;
  const TableColumns* tables;
  std::size_t table_count;
  const std::uint16_t* table_bins;
  const std::uint16_t* table_lanes;
  std::size_t columns;
};

// Encoded rows, each so many values after the one before.
struct RowsToBin {
  const double* numbers;
  std::size_t number_step;
  const std::int32_t* codes;
  std::size_t code_step;
  std::size_t rows;
};

// The bins of one row's numbers: bins[column].
using BinNumbers = void(const BinTables& tables, const double* numbers, std::uint16_t* bins);

// All bins of many rows, by columns: blocks of kBlockLanes rows, [block][column][lane]. The last
// block is written as if it were whole. Returns whether all codes are in their tables.
using BinBlocks = bool(const BinTables& tables, const RowsToBin& rows, std::uint16_t* blocks);

BinNumbers BinNumbersPortable;
BinNumbers BinNumbersAvx2;
BinNumbers BinNumbersAvx512;
BinBlocks BinBlocksAvx512;

}  // namespace thicket

#pragma once

#include <cstddef>
#include <cstdint>

// Data to bin a code. Plain numbers only, because every kernel reads them.
namespace thicket {

// All columns whose features are tables over one code slot stand side by side, so that binning a
// code copies one row of this block.
struct TableColumns {
  std::uint32_t slot = 0;
  std::uint32_t first_column = 0;
  std::uint32_t width = 0;
  std::uint32_t entries = 0;
  std::size_t bin_first = 0;
  // In `table_lanes`: a table of up to kTableLanes entries once more, column by column, each
  // column with room for as many entries.
  std::size_t lane_first = 0;
};

// Entries that kernels look up in registers.
inline constexpr std::size_t kTableLanes = 64;

}  // namespace thicket

#pragma once

#include <cstddef>
#include <cstdint>

#include "forest/columns/columns.h"
#include "forest/view/view.h"
#include "kernels/kernel.h"

namespace thicket {

// Which of a caller's rows, and how wide they are there.
struct RowBlock {
  const RowsView& rows;
  std::size_t number_slots;
  std::size_t code_slots;
  std::size_t first;
  std::size_t count;
};

// All use the kernel's instruction set, and throw where a code is not in a table.

// Writes the bins of the block's rows, `columns.count` apart, and up to kBinsAtOnce beyond the
// last.
void BinRows(const Kernel& kernel, const Columns& columns, const RowBlock& block,
             std::uint16_t* bins);

// The same for the columns of numbers alone, where codes are looked up by others: they are checked.
void BinNumberColumns(const Kernel& kernel, const Columns& columns, const RowBlock& block,
                      std::uint16_t* bins);

// Writes all bins by columns: [block of kBlockLanes rows][column][lane], the last block as if it
// were whole. For a kernel that has bin_blocks.
void BinColumns(const Kernel& kernel, const Columns& columns, const RowBlock& block,
                std::uint16_t* blocks);

}  // namespace thicket

#pragma once

#include <cstddef>
#include <cstdint>

#include "forest/columns.h"
#include "forest/view.h"

namespace thicket {

// Which of a caller's rows, and how wide they are there.
struct RowBlock {
  const RowsView& rows;
  std::size_t number_slots;
  std::size_t code_slots;
  std::size_t first;
  std::size_t count;
};

// Writes the bins of the block's rows, `columns.count` apart, and up to kBinsAtOnce beyond the
// last. Throws where a code is not in a table.
void BinRows(const Columns& columns, const RowBlock& block, std::uint16_t* bins);

// The same for the columns of numbers alone, where codes are looked up by others: they are checked.
void BinNumbers(const Columns& columns, const RowBlock& block, std::uint16_t* bins);

}  // namespace thicket

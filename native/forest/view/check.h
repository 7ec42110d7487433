#pragma once

#include <cstdint>

#include "forest/view/view.h"

namespace thicket {

// The only door: throws a ForestError that names what is wrong, or returns, and then every range,
// length, number and link of the view holds. In particular every walk from a root ends in a leaf.
void CheckForest(const ForestView& view);

// The same for rows that are to be scored: enough memory for `rows` rows of the given shape.
void CheckRowLengths(const RowsView& rows, std::size_t number_slots, std::size_t code_slots,
                     std::size_t outputs, std::size_t raw_length);

[[noreturn]] void RefuseCode(std::size_t row, std::size_t slot, std::int32_t code,
                             std::size_t entries);

}  // namespace thicket

#pragma once

#include <cstddef>
#include <span>

#include "forest/forest.h"
#include "forest/kernel_choice.h"
#include "forest/view/view.h"

namespace thicket {

// Raw scores of encoded rows, block by block: bins, then trees, then sums in the order of the
// trees. Uses memory of the calling thread that grows to its bound once, so that scoring a row
// allocates nothing. Throws ForestError where the rows are not as the forest needs them.
void ScoreRows(const Forest& forest, const KernelChoice& choice, const RowsView& rows,
               std::span<double> raw);

// Rows that go through the trees together, where there are so many.
[[nodiscard]] std::size_t BlockRowsMax(const Forest& forest, const KernelChoice& choice) noexcept;

}  // namespace thicket

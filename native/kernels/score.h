#pragma once

#include <span>

#include "forest/forest.h"
#include "forest/view.h"
#include "kernels/kernel.h"

namespace thicket {

// Raw scores of encoded rows, block by block: bins, then trees. Uses memory of the calling thread
// that grows to its bound once, so that scoring a row allocates nothing. Throws ForestError where
// the rows are not as the forest needs them.
void ScoreRows(const Forest& forest, const Kernel& kernel, const RowsView& rows,
               std::span<double> raw);

}  // namespace thicket

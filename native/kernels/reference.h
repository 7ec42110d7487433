#pragma once

#include <span>

#include "forest/view/view.h"

namespace thicket {

// The judge: features in floating point, one node at a time, straight from the description, as the
// source library does it. Slow and plain on purpose; every kernel must agree with it bit for bit.
// Checks the forest and the rows itself. `raw` is rows x outputs.
void ScoreReference(const ForestView& view, const RowsView& rows, std::span<double> raw);

}  // namespace thicket

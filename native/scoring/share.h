#pragma once

#include <cstddef>
#include <span>

#include "forest/forest.h"
#include "forest/kernel_choice.h"
#include "forest/view/view.h"

namespace thicket {

// ScoreRows by several threads, the caller's among them: blocks of rows go to free threads, so
// that a disturbed thread takes fewer. A row's sum is made by one thread, so the answers
// are those of ScoreRows, and so are its errors.
void ScoreRowsByThreads(const Forest& forest, const KernelChoice& choice, const RowsView& rows,
                        std::span<double> raw, std::size_t threads);

}  // namespace thicket

#pragma once

#include <memory>

#include "forest/forest.h"
#include "forest/view.h"

namespace thicket {

// Checks, compiles. Throws ForestError, or std::bad_alloc where memory does not suffice. Tiles cost
// a third of the time and the memory, and not every machine has a kernel for them.
[[nodiscard]] std::unique_ptr<Forest> BuildForest(const ForestView& view, bool with_tiles = true);

}  // namespace thicket

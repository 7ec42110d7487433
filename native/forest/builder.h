#pragma once

#include <memory>

#include "forest/forest.h"
#include "forest/layouts/layout_set.h"
#include "forest/view/view.h"

namespace thicket {

// Checks, compiles. Throws ForestError, or std::bad_alloc where memory does not suffice.
[[nodiscard]] std::unique_ptr<Forest> BuildForest(const ForestView& view,
                                                  LayoutSet layouts = LayoutSet::All());

}  // namespace thicket

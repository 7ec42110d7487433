#pragma once

#include <cstdint>
#include <vector>

#include "forest/layouts/trees.h"
#include "forest/memory/pages.h"
#include "forest/view/view.h"

namespace thicket {

struct LeafNumbers {
  LeafValues table;
  BuildVector<std::uint32_t> numbers;  // One for each leaf of the view.
};

// Leaves with the same values, bit for bit, get the same number.
[[nodiscard]] LeafNumbers NumberLeaves(const EnsembleView& trees);

}  // namespace thicket

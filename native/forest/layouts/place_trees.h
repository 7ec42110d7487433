#pragma once

#include <cstdint>
#include <span>

#include "forest/columns/columns.h"
#include "forest/layouts/shape.h"
#include "forest/layouts/trees.h"
#include "forest/view/view.h"

namespace thicket {

// Places the nodes in memory so that a walk touches few cache lines.
//
// A line holds four pairs of siblings. From the root down, a line takes the pair below a node and
// then three more, each time the pair below that node in the line which most rows visit: a
// connected piece of the tree, two to three levels of it. What is left of a branch once three pairs
// or fewer remain goes whole into one line together with others of its tree, so that lines are
// full.
[[nodiscard]] Trees PlaceTrees(const EnsembleView& view, const Shape& shape,
                               std::span<const CutRef> cuts,
                               std::span<const std::uint32_t> leaf_numbers);

}  // namespace thicket

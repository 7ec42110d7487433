#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "forest/columns/columns.h"
#include "forest/kernel_choice.h"
#include "forest/layouts/layout_set.h"
#include "forest/layouts/place_leaf_masks.h"
#include "forest/layouts/place_tiles.h"
#include "forest/layouts/predicates.h"
#include "forest/layouts/tops.h"
#include "forest/layouts/trees.h"
#include "forest/view/view.h"

namespace thicket {

// A compiled forest: immutable, shared by all threads, and nothing in it but what scoring reads.
struct Forest {
  std::size_t number_slots = 0;
  std::size_t code_slots = 0;
  Columns columns;
  Trees trees;
  Tops tops;
  Predicates predicates;  // None where trees ask too much for it.
  Tiles tiles;            // None where the forest has more columns than a tile can name.
  LeafMasks leaf_masks;   // None where a tree is too large for them.
  LeafValues leaves;
  std::vector<std::uint32_t> tree_outputs;  // Empty where every tree adds to all outputs.
  Sums sums = Sums::kFloat64;
  std::vector<double> base;  // As the sums hold it.
  KernelChoice choice;

  // For people.
  std::size_t inner_nodes = 0;
  std::size_t leaf_count = 0;
  std::size_t depth_max = 0;
  double visits_per_row = 0;

  [[nodiscard]] std::size_t Outputs() const noexcept { return base.size(); }
  // True where the forest holds its trees in this layout.
  [[nodiscard]] bool Has(Layout layout) const noexcept;
  // Frees all other layouts. Nodes stay.
  void KeepOnly(LayoutSet kept);
  [[nodiscard]] std::size_t Bytes() const noexcept;
};

}  // namespace thicket

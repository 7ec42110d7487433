#include "forest/builder.h"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <utility>

#include "forest/check.h"
#include "forest/columns.h"
#include "forest/forest.h"
#include "forest/layout.h"
#include "forest/leaf_numbers.h"
#include "forest/shape.h"
#include "forest/tops.h"
#include "forest/view.h"

namespace thicket {

std::unique_ptr<Forest> BuildForest(const ForestView& view) {
  CheckForest(view);
  const EnsembleView& ensemble = view.ensemble;
  auto forest = std::make_unique<Forest>();
  forest->number_slots = view.number_slots;
  forest->code_slots = view.code_slots;
  forest->inner_nodes = ensemble.InnerNodes();
  forest->leaf_count = ensemble.Leaves();
  forest->base.assign(ensemble.base.begin(), ensemble.base.end());
  forest->tree_outputs.assign(ensemble.tree_outputs.begin(), ensemble.tree_outputs.end());

  ColumnPlan plan = PlanColumns(view);
  LeafNumbers leaves = NumberLeaves(ensemble);
  const Shape shape = ShapeOf(ensemble);
  forest->depth_max = shape.depth_max;
  forest->visits_per_row = shape.visits_per_row;
  forest->trees = PlaceTrees(ensemble, shape, plan.nodes, leaves.numbers);
  forest->tops = MakeTops(forest->trees, shape.depth_max);
  forest->columns = std::move(plan.columns);
  forest->leaves = std::move(leaves.table);
  return forest;
}

std::size_t Forest::Bytes() const noexcept {
  return sizeof(Forest) + columns.Bytes() + trees.slab.Bytes() + tops.Bytes() +
         leaves.values.capacity() * sizeof(double) + base.capacity() * sizeof(double) +
         tree_outputs.capacity() * sizeof(std::uint32_t);
}

}  // namespace thicket

#include "forest/builder.h"

#include <cstddef>
#include <future>
#include <memory>
#include <utility>

#include "forest/columns/columns.h"
#include "forest/forest.h"
#include "forest/layouts/layout_set.h"
#include "forest/layouts/leaf_numbers.h"
#include "forest/layouts/place_leaf_masks.h"
#include "forest/layouts/place_tiles.h"
#include "forest/layouts/place_trees.h"
#include "forest/layouts/predicates.h"
#include "forest/layouts/shape.h"
#include "forest/layouts/tile.h"
#include "forest/layouts/tops.h"
#include "forest/view/check.h"
#include "forest/view/sums.h"
#include "forest/view/view.h"

namespace thicket {
namespace {

// A smaller forest is built before a second thread has started.
constexpr std::size_t kSharedNodesMin = 50'000;

}  // namespace

std::unique_ptr<Forest> BuildForest(const ForestView& view, LayoutSet layouts) {
  CheckForest(view);
  const EnsembleView& ensemble = view.ensemble;
  auto forest = std::make_unique<Forest>();
  forest->number_slots = view.number_slots;
  forest->code_slots = view.code_slots;
  forest->inner_nodes = ensemble.InnerNodes();
  forest->leaf_count = ensemble.Leaves();
  forest->sums = ensemble.SumsOf();
  for (const double base : ensemble.base) {
    forest->base.push_back(RoundedTo(forest->sums, base));
  }
  forest->tree_outputs.assign(ensemble.tree_outputs.begin(), ensemble.tree_outputs.end());

  // Independent parts are made at the same time where another thread is available, else on demand.
  const std::launch when = ensemble.InnerNodes() >= kSharedNodesMin
                               ? std::launch::async | std::launch::deferred
                               : std::launch::deferred;
  std::future<LeafNumbers> leaves_soon = std::async(when, [&] { return NumberLeaves(ensemble); });
  std::future<Shape> shape_soon = std::async(when, [&] { return ShapeOf(ensemble); });
  ColumnPlan plan = PlanColumns(view);
  LeafNumbers leaves = leaves_soon.get();
  const Shape shape = shape_soon.get();
  forest->depth_max = shape.depth_max;
  forest->visits_per_row = shape.visits_per_row;

  const bool has_tiles = layouts.Has(Layout::kTiles) && plan.columns.count <= kTileColumnsMax;
  std::future<Tiles> tiles_soon = std::async(when, [&] {
    return has_tiles ? PlaceTiles(ensemble, shape, plan.nodes, leaves.numbers,
                                  leaves.table.values.size() / leaves.table.width)
                     : Tiles{};
  });
  forest->trees = PlaceTrees(ensemble, shape, plan.nodes, leaves.numbers);
  forest->tops = MakeTops(forest->trees, shape.depth_max);
  if (layouts.Has(Layout::kPredicates)) {
    forest->predicates = MakePredicates(forest->trees, leaves.table, shape.depth_max);
  }
  if (layouts.Has(Layout::kLeafMasks)) {
    forest->leaf_masks = PlaceLeafMasks(ensemble, plan, leaves.numbers);
  }
  forest->tiles = tiles_soon.get();
  forest->columns = std::move(plan.columns);
  forest->leaves = std::move(leaves.table);
  return forest;
}

}  // namespace thicket

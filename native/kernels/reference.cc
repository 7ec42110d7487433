#include "kernels/reference.h"

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "forest/view/check.h"
#include "forest/view/steps.h"
#include "forest/view/sums.h"
#include "forest/view/view.h"

namespace thicket {
namespace {

double FeatureOf(const ForestView& view, const RowsView& rows, std::size_t row,
                 std::size_t feature) {
  const FeatureView& features = view.features;
  const std::size_t slot = features.slot[feature];
  if (features.IsTable(feature)) {
    const std::span<const double> table = features.Table(feature);
    const std::int32_t code = rows.codes[row * view.code_slots + slot];
    const std::int64_t entry = std::int64_t{code} + std::int64_t{kTableSpecials};
    if (entry < 0 || entry >= static_cast<std::int64_t>(table.size())) {
      RefuseCode(row, slot, code, table.size());
    }
    return table[static_cast<std::size_t>(entry)];
  }
  double x = rows.numbers[row * view.number_slots + slot];
  for (std::size_t at = features.step_start[feature]; at < features.step_start[feature + 1]; ++at) {
    x = ApplyStep({static_cast<StepOp>(features.step_op[at]), features.step_operand[at]}, x);
  }
  return x;
}

bool GoesLeft(const EnsembleView& trees, std::size_t node, double x) {
  if (std::isnan(x)) return trees.missing_left[node] != 0;
  return static_cast<Comparison>(trees.comparison) == Comparison::kLessOrEqual
             ? x <= trees.threshold[node]
             : x < trees.threshold[node];
}

std::size_t LeafOfRow(const EnsembleView& trees, std::size_t tree, std::span<const double> row) {
  std::int32_t at = trees.roots[tree];
  while (!IsLeaf(at)) {
    const std::size_t node = InnerOf(at);
    at = GoesLeft(trees, node, row[trees.feature[node]]) ? trees.left[node] : trees.right[node];
  }
  return LeafOf(at);
}

// One addition in the type Sum, both of whose numbers a double holds exactly.
template <typename Sum>
void Add(double& sum, double value) {
  sum = static_cast<double>(static_cast<Sum>(sum) + static_cast<Sum>(value));
}

// The base, then tree after tree.
template <typename Sum>
void AddTrees(const EnsembleView& trees, std::span<const double> row, std::span<double> raw) {
  for (std::size_t output = 0; output < trees.outputs; ++output) {
    raw[output] = RoundedTo(trees.SumsOf(), trees.base[output]);
  }
  for (std::size_t tree = 0; tree < trees.Trees(); ++tree) {
    const std::size_t leaf = LeafOfRow(trees, tree, row);
    if (!trees.tree_outputs.empty()) {
      Add<Sum>(raw[trees.tree_outputs[tree]], trees.leaf_values[leaf]);
      continue;
    }
    for (std::size_t output = 0; output < trees.outputs; ++output) {
      Add<Sum>(raw[output], trees.leaf_values[leaf * trees.outputs + output]);
    }
  }
}

}  // namespace

void ScoreReference(const ForestView& view, const RowsView& rows, std::span<double> raw) {
  CheckForest(view);
  const EnsembleView& trees = view.ensemble;
  CheckRowLengths(rows, view.number_slots, view.code_slots, trees.outputs, raw.size());
  const auto add_trees = trees.SumsOf() == Sums::kFloat32 ? &AddTrees<float> : &AddTrees<double>;
  std::vector<double> features(view.features.Count());
  for (std::size_t row = 0; row < rows.rows; ++row) {
    for (std::size_t feature = 0; feature < features.size(); ++feature) {
      features[feature] = FeatureOf(view, rows, row, feature);
    }
    add_trees(trees, features, raw.subspan(row * trees.outputs, trees.outputs));
  }
}

}  // namespace thicket

#include "test/owned_forest.h"

#include <cstddef>
#include <cstdint>
#include <vector>

#include "forest/view/steps.h"
#include "forest/view/view.h"

namespace thicket::samples {

ForestView OwnedForest::View() const {
  return {.number_slots = number_slots,
          .code_slots = code_slots,
          .features = {.kind = kind,
                       .slot = slot,
                       .step_start = step_start,
                       .step_op = step_op,
                       .step_operand = step_operand,
                       .table_start = table_start,
                       .table_values = table_values},
          .ensemble = {.roots = roots,
                       .feature = feature,
                       .threshold = threshold,
                       .left = left,
                       .right = right,
                       .missing_left = missing_left,
                       .visits = visits,
                       .outputs = outputs,
                       .tree_outputs = tree_outputs,
                       .leaf_values = leaf_values,
                       .comparison = comparison,
                       .sums = sums,
                       .base = base}};
}

std::uint32_t OwnedForest::AddNumber(std::uint32_t from_slot, const std::vector<Step>& steps) {
  kind.push_back(0);
  slot.push_back(from_slot);
  for (const Step& step : steps) {
    step_op.push_back(static_cast<std::uint8_t>(step.op));
    step_operand.push_back(step.operand);
  }
  step_start.push_back(static_cast<std::uint32_t>(step_op.size()));
  table_start.push_back(static_cast<std::uint32_t>(table_values.size()));
  return static_cast<std::uint32_t>(kind.size() - 1);
}

std::uint32_t OwnedForest::AddTable(std::uint32_t from_slot, const std::vector<double>& values) {
  kind.push_back(1);
  slot.push_back(from_slot);
  table_values.insert(table_values.end(), values.begin(), values.end());
  step_start.push_back(static_cast<std::uint32_t>(step_op.size()));
  table_start.push_back(static_cast<std::uint32_t>(table_values.size()));
  return static_cast<std::uint32_t>(kind.size() - 1);
}

std::int32_t OwnedForest::AddLeaf(const std::vector<double>& values) {
  const std::size_t leaf = leaf_values.size() / values.size();
  leaf_values.insert(leaf_values.end(), values.begin(), values.end());
  return ~static_cast<std::int32_t>(leaf);
}

std::int32_t OwnedForest::AddInner(std::uint32_t on_feature, double at_threshold,
                                   bool missing_goes_left) {
  feature.push_back(on_feature);
  threshold.push_back(at_threshold);
  missing_left.push_back(missing_goes_left ? 1 : 0);
  left.push_back(0);
  right.push_back(0);
  return static_cast<std::int32_t>(feature.size() - 1);
}

void OwnedForest::Link(std::int32_t inner, std::int32_t left_child, std::int32_t right_child) {
  left[InnerOf(inner)] = left_child;
  right[InnerOf(inner)] = right_child;
}

}  // namespace thicket::samples

#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "forest/view/steps.h"
#include "forest/view/view.h"

namespace thicket::samples {

// A description that grows feature by feature and node by node, and the memory its view looks at.
struct OwnedForest {
  std::size_t number_slots = 0;
  std::size_t code_slots = 0;
  std::vector<std::uint8_t> kind;
  std::vector<std::uint32_t> slot;
  std::vector<std::uint32_t> step_start{0};
  std::vector<std::uint8_t> step_op;
  std::vector<double> step_operand;
  std::vector<std::uint32_t> table_start{0};
  std::vector<double> table_values;

  std::vector<std::int32_t> roots;
  std::vector<std::uint32_t> feature;
  std::vector<double> threshold;
  std::vector<std::int32_t> left;
  std::vector<std::int32_t> right;
  std::vector<std::uint8_t> missing_left;
  std::vector<double> visits;
  std::size_t outputs = 1;
  std::vector<std::uint32_t> tree_outputs;
  std::vector<double> leaf_values;
  std::uint32_t comparison = 0;
  std::uint32_t sums = 0;
  std::vector<double> base{0};

  [[nodiscard]] ForestView View() const;

  std::uint32_t AddNumber(std::uint32_t from_slot, const std::vector<Step>& steps);
  std::uint32_t AddTable(std::uint32_t from_slot, const std::vector<double>& values);
  std::int32_t AddLeaf(const std::vector<double>& values);
  // Reserves an inner node, so that its children can come after it.
  std::int32_t AddInner(std::uint32_t on_feature, double at_threshold, bool missing_goes_left);
  void Link(std::int32_t inner, std::int32_t left_child, std::int32_t right_child);
};

}  // namespace thicket::samples

#pragma once

#include <cstddef>
#include <cstdint>
#include <random>
#include <vector>

#include "forest/steps.h"
#include "forest/view.h"

// Forests and rows for tests, fuzz and bench: memory that a view can look at.
namespace thicket::samples {

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
  std::vector<double> base{0};

  [[nodiscard]] ForestView View() const;

  std::uint32_t AddNumber(std::uint32_t from_slot, const std::vector<Step>& steps);
  std::uint32_t AddTable(std::uint32_t from_slot, const std::vector<double>& values);
  std::int32_t AddLeaf(const std::vector<double>& values);
  // Reserves an inner node, so that its children can come after it.
  std::int32_t AddInner(std::uint32_t on_feature, double at_threshold, bool missing_goes_left);
  void Link(std::int32_t inner, std::int32_t left_child, std::int32_t right_child);
};

// One number, two leaves: 1 where x goes left of the threshold, 2 otherwise.
[[nodiscard]] OwnedForest Stump(double threshold, std::uint32_t comparison = 0);

// The same trees once more, after those that are there.
void RepeatTrees(OwnedForest& forest);

struct OwnedRows {
  std::size_t rows = 0;
  std::vector<double> numbers;
  std::vector<std::int32_t> codes;

  [[nodiscard]] RowsView View() const { return {.rows = rows, .numbers = numbers, .codes = codes}; }
};

using Random = std::mt19937_64;

// Everything the description allows, nasty values first.
[[nodiscard]] OwnedForest RandomForest(Random& random);

// Trees whose leaves are all equally deep, over two numbers.
[[nodiscard]] OwnedForest CompleteForest(std::size_t trees, std::size_t depth, Random& random);

// Rows on and beside the forest's cut points, and far away from them.
[[nodiscard]] OwnedRows RandomRows(const OwnedForest& forest, std::size_t rows, Random& random);

}  // namespace thicket::samples

#pragma once

#include <cstddef>
#include <cstdint>
#include <random>
#include <vector>

#include "forest/view/view.h"
#include "test/owned_forest.h"

// Forests and rows for tests and fuzz.
namespace thicket::samples {

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

// Leaves and sums of float32 from now on.
void SumInFloat32(OwnedForest& forest);

using Random = std::mt19937_64;

// Everything the description allows, nasty values first.
[[nodiscard]] OwnedForest RandomForest(Random& random);

// Trees whose leaves are all equally deep, over two numbers.
[[nodiscard]] OwnedForest CompleteForest(std::size_t trees, std::size_t depth, Random& random);

// Rows on and beside the forest's cut points, and far away from them.
[[nodiscard]] OwnedRows RandomRows(const OwnedForest& forest, std::size_t rows, Random& random);

}  // namespace thicket::samples

#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "forest/limits.h"
#include "forest/pages.h"
#include "forest/steps.h"
#include "forest/view.h"

// What the trees read instead of features: columns of small integers.
//
// A *cut list* holds the cut points of the nodes that share one feature (and, where NaN can reach
// them, one side for NaN). A value's bin is the number of those cut points that it lies beyond, and
// a node with cut c goes left where bin <= c. A list longer than kColumnCutsMax spreads over
// several columns, its segments: each holds the bin relative to its start, clamped to its ends, so
// that the comparison with a cut of that segment still comes out right.
namespace thicket {

// Where a node looks, and what it compares with.
struct CutRef {
  std::uint16_t column = 0;
  std::uint16_t cut = 0;
};

// A cut list whose feature is made from a number.
struct NumberColumns {
  std::uint32_t slot = 0;
  std::uint32_t first_column = 0;
  std::uint32_t segments = 0;
  // Cut points that even -infinity lies beyond, then those in `cuts`, ascending.
  std::uint32_t always_beyond = 0;
  std::uint32_t cut_count = 0;
  std::uint32_t missing_bin = 0;
  std::size_t cut_first = 0;
  // Steps to apply first; none where the cut points were pulled back to the raw number.
  std::size_t step_first = 0;
  std::size_t step_count = 0;
};

// All columns whose features are tables over one code slot stand side by side, so that binning a
// code copies one row of this block.
struct TableColumns {
  std::uint32_t slot = 0;
  std::uint32_t first_column = 0;
  std::uint32_t width = 0;
  std::uint32_t entries = 0;
  std::size_t bin_first = 0;
};

// Bins that are copied at once from a table; as many more follow the last.
inline constexpr std::size_t kBinsAtOnce = 8;

struct Columns {
  std::vector<NumberColumns> numbers;
  std::vector<TableColumns> tables;
  std::vector<double> cuts;
  std::vector<std::uint16_t> table_bins;
  std::vector<Step> steps;
  std::size_t count = 0;       // columns
  std::size_t cut_points = 0;  // of all lists

  [[nodiscard]] std::size_t Bytes() const noexcept;
};

struct ColumnPlan {
  Columns columns;
  BuildVector<CutRef> nodes;  // One for each inner node of the view.
};

// Requires a view that CheckForest has accepted.
[[nodiscard]] ColumnPlan PlanColumns(const ForestView& view);

// The bin of a whole list, seen by one of its segments.
[[nodiscard]] inline std::uint16_t SegmentBin(std::size_t bin, std::size_t segment) noexcept {
  const std::size_t start = segment * kColumnCutsMax;
  return static_cast<std::uint16_t>(bin <= start ? 0 : std::min(bin - start, kColumnCutsMax));
}

}  // namespace thicket

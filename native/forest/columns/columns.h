#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "forest/columns/cut_index.h"
#include "forest/columns/number_columns.h"
#include "forest/columns/table_columns.h"
#include "forest/memory/pages.h"
#include "forest/view/limits.h"
#include "forest/view/steps.h"
#include "forest/view/view.h"

// Columns of small integers, which the trees read instead of features.
//
// A *cut list* holds the cut points of the nodes that share one feature. A value's bin is the
// number of those cut points that it lies beyond, and a node with cut c goes left where bin <= c.
// Where NaN can reach nodes that send it to different sides, each side has a column of its own:
// only the bin of NaN differs. A list longer than kColumnCutsMax spreads over several columns, its
// segments: each holds the bin relative to its start, clamped to its ends, so that the comparison
// with a cut of that segment still comes out right.
namespace thicket {

// Where a node looks, and what it compares with.
struct CutRef {
  std::uint16_t column = 0;
  std::uint16_t cut = 0;
};

// A number that is computed for each row, because its cut points could not be pulled back.
struct ComputedNumber {
  std::uint32_t slot = 0;  // The source of the computation.
  std::size_t step_first = 0;
  std::size_t step_count = 0;
};

// Bins that are copied at once from a table; as many more follow the last.
inline constexpr std::size_t kBinsAtOnce = 8;

struct Columns {
  std::vector<NumberColumns> numbers;
  CutPoints cuts;
  std::vector<ComputedNumber> computed;
  std::vector<Step> steps;
  std::vector<TableColumns> tables;
  std::vector<std::uint16_t> table_bins;
  std::vector<std::uint16_t> table_lanes;
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

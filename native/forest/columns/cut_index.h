#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "forest/columns/number_columns.h"

// Where a search for a number among cut points starts.
//
// A table by buckets of numbers says how many cut points lie below each bucket; the few that are
// left are compared all at once. Buckets are those of a float's first bits, which become finer
// towards zero, as most long-tailed numbers do; or, after adding a number that is large for the
// list, of equal widths. Whichever needs the smaller table for windows of kWindowCuts is taken.
// Where a table as long as the list does not suffice, halving leads from a start to its window: so
// the worst list that there can be is searched as any list would be without a table.
namespace thicket {

// The cut points of all lists, each list followed by what windows may reach beyond its end, and
// the starts of all buckets.
struct CutPoints {
  std::vector<float> singles;
  std::vector<double> doubles;
  std::vector<std::uint16_t> starts;

  // One of a list's cut points: of a float, some double that is rounded to it.
  [[nodiscard]] double Of(const NumberColumns& list, std::size_t at) const noexcept {
    return list.is_single ? static_cast<double>(singles[list.cut_first + at])
                          : doubles[list.cut_first + at];
  }
  [[nodiscard]] std::size_t Bytes() const noexcept;
  void ShrinkToFit();
};

// Adds a list's cut points, which ascend, and writes into `list` how they are searched.
void AddCutPoints(std::span<const double> cuts, NumberColumns& list, CutPoints& to);

}  // namespace thicket

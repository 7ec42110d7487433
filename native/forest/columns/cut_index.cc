#include "forest/columns/cut_index.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>
#include <vector>

#include "forest/columns/number_columns.h"
#include "forest/memory/pages.h"

namespace thicket {
namespace {

// Buckets, how many there are, and how many cut points the fullest holds.
struct Division {
  CutBuckets buckets;
  std::size_t count = 0;
  std::size_t fullest = 0;

  [[nodiscard]] bool FitsWindows() const noexcept { return fullest <= kWindowCuts; }
  [[nodiscard]] bool IsBetterThan(const Division& other) const noexcept {
    if (FitsWindows() && other.FitsWindows()) return count < other.count;
    return fullest < other.fullest;
  }
};

std::uint32_t BucketAt(const CutBuckets& buckets, std::int32_t order) noexcept {
  return (static_cast<std::uint32_t>(order) - static_cast<std::uint32_t>(buckets.lowest)) >>
         buckets.shift;
}

// True where no bucket has more cut points than a window. Buckets ascend, as orders do.
bool FitWindows(std::span<const std::int32_t> orders, const CutBuckets& buckets) noexcept {
  for (std::size_t at = kWindowCuts; at < orders.size(); ++at) {
    if (BucketAt(buckets, orders[at]) == BucketAt(buckets, orders[at - kWindowCuts])) return false;
  }
  return true;
}

std::size_t Fullest(std::span<const std::int32_t> orders, const CutBuckets& buckets) noexcept {
  std::size_t fullest = 0;
  std::size_t first = 0;
  for (std::size_t at = 0; at < orders.size(); ++at) {
    if (BucketAt(buckets, orders[at]) != BucketAt(buckets, orders[first])) first = at;
    fullest = std::max(fullest, at - first + 1);
  }
  return fullest;
}

// The widest buckets under this offset that fit windows, but not more buckets than cut points.
Division Divide(std::span<const double> cuts, double offset) {
  BuildVector<std::int32_t> orders(cuts.size());
  std::ranges::transform(cuts, orders.begin(),
                         [=](double cut) { return OrderOf(static_cast<float>(cut + offset)); });
  Division division{
      .buckets = {
          .offset = offset, .lowest = orders.front(), .highest = orders.back(), .shift = 32}};
  const std::uint32_t last =
      static_cast<std::uint32_t>(orders.back()) - static_cast<std::uint32_t>(orders.front());
  while (division.buckets.shift > 0) {
    const std::size_t count = std::size_t{last >> (division.buckets.shift - 1)} + 1;
    if (count > std::max<std::size_t>(cuts.size(), kWindowCuts)) break;
    --division.buckets.shift;
    division.count = count;
    // Fewer buckets than this cannot fit.
    if (count * kWindowCuts < cuts.size()) continue;
    if (FitWindows(orders, division.buckets)) break;
  }
  division.fullest = Fullest(orders, division.buckets);
  return division;
}

Division BestDivision(std::span<const double> cuts) {
  Division best = Divide(cuts, 0);
  const double range = cuts.back() - cuts.front();
  // After adding eight ranges and more, the numbers of the list share their exponent, so that
  // buckets are equally wide.
  for (const double offset : {8 * range - cuts.front(), -cuts[cuts.size() / 2]}) {
    if (best.FitsWindows() && best.count * 4 <= cuts.size()) break;
    if (!std::isfinite(offset)) continue;
    const Division division = Divide(cuts, offset);
    if (division.IsBetterThan(best)) best = division;
  }
  return best;
}

// True where the double after each cut point is rounded to another float than the cut point: then
// x is beyond it exactly where float(x) is beyond float(cut).
bool AreSingles(std::span<const double> cuts) noexcept {
  return std::ranges::all_of(cuts, [](double cut) {
    const double next = std::nextafter(cut, std::numeric_limits<double>::infinity());
    return next == cut || static_cast<float>(next) > static_cast<float>(cut);
  });
}

// Copies the list and fills it up to `length`, with what no number is beyond.
template <typename Cut>
std::size_t Append(std::span<const double> cuts, std::size_t length, std::vector<Cut>& to) {
  const std::size_t first = to.size();
  to.resize(first + length, std::numeric_limits<Cut>::infinity());
  std::ranges::transform(cuts, to.begin() + static_cast<std::ptrdiff_t>(first),
                         [](double cut) { return static_cast<Cut>(cut); });
  return first;
}

// The starts of all buckets; none so late that a search would leave the list.
void AddStarts(std::span<const double> cuts, std::size_t buckets, std::size_t start_max,
               NumberColumns& list, std::vector<std::uint16_t>& starts) {
  list.start_first = starts.size();
  std::size_t below = 0;
  for (std::size_t bucket = 0; bucket < buckets; ++bucket) {
    while (below < cuts.size() && BucketOf(list.buckets, cuts[below]) < bucket) ++below;
    starts.push_back(static_cast<std::uint16_t>(std::min(below, start_max) >> list.start_shift));
  }
}

}  // namespace

std::size_t CutPoints::Bytes() const noexcept {
  return singles.capacity() * sizeof(float) + doubles.capacity() * sizeof(double) +
         starts.capacity() * sizeof(std::uint16_t);
}

void CutPoints::ShrinkToFit() {
  singles.shrink_to_fit();
  doubles.shrink_to_fit();
  starts.shrink_to_fit();
}

void AddCutPoints(std::span<const double> cuts, NumberColumns& list, CutPoints& to) {
  list.cut_count = static_cast<std::uint32_t>(cuts.size());
  const Division division = cuts.empty() ? Division{.buckets = {}, .count = 1} : BestDivision(cuts);
  list.buckets = division.buckets;
  while ((cuts.size() >> list.start_shift) > std::numeric_limits<std::uint16_t>::max()) {
    ++list.start_shift;
  }
  // Rounding a start down lengthens its search by so much.
  const std::size_t rounding = (std::size_t{1} << list.start_shift) - 1;
  const std::size_t longest = division.fullest + rounding;
  std::size_t reach = kWindowCuts;
  while (reach < longest) reach *= 2;
  list.halving = static_cast<std::uint32_t>(reach > kWindowCuts ? reach / 2 : 0);
  // The last start is none that is rounded, so that its search ends with the list.
  const std::size_t beyond_reach = cuts.size() > reach ? cuts.size() - reach : 0;
  const std::size_t start_max = (beyond_reach + rounding) & ~rounding;
  const std::size_t length = start_max + reach;
  AddStarts(cuts, division.count, start_max, list, to.starts);
  list.is_single = AreSingles(cuts);
  list.cut_first =
      list.is_single ? Append(cuts, length, to.singles) : Append(cuts, length, to.doubles);
}

}  // namespace thicket

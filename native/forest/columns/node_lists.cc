#include "forest/columns/node_lists.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <ranges>
#include <span>
#include <utility>
#include <vector>

#include "forest/memory/pages.h"
#include "forest/view/view.h"

namespace thicket {
namespace {

constexpr unsigned kDigitBits = 11;
constexpr std::size_t kDigits = std::size_t{1} << kDigitBits;
constexpr std::size_t kPlaces = 3;  // Sign, exponent and the first 21 bits of the fraction.
constexpr std::size_t kUncountedBits = 64 - kPlaces * kDigitBits;
// Below this, comparing is faster than counting.
constexpr std::size_t kRadixLengthMin = 4'096;

// Doubles as integers of the same order; no NaN comes here, and zeros are all +0.
std::uint64_t KeyOf(double x) noexcept {
  const auto bits = std::bit_cast<std::uint64_t>(x);
  return (bits >> 63U) != 0 ? ~bits : bits | (std::uint64_t{1} << 63U);
}

// Nodes whose thresholds share the counted digits stand together; few of them differ at all.
void SortRuns(std::span<NodeCut> cuts) {
  const auto top = [](const NodeCut& cut) { return KeyOf(cut.threshold) >> kUncountedBits; };
  for (auto run = cuts.begin(); run != cuts.end();) {
    const auto end =
        std::find_if(run, cuts.end(), [&](const NodeCut& cut) { return top(cut) != top(*run); });
    const std::ranges::subrange same(run, end);
    if (!std::ranges::is_sorted(same, {}, &NodeCut::threshold)) {
      std::ranges::sort(same, {}, &NodeCut::threshold);
    }
    run = end;
  }
}

// Counting sort by the leading digits, the last of them first; comparing does the rest. A digit
// that all keys share costs nothing. A forest may hold a million thresholds of one feature, where
// comparing alone takes several times as long.
void RadixSort(std::span<NodeCut> cuts, BuildVector<NodeCut>& room) {
  const auto digit = [](const NodeCut& cut, std::size_t place) {
    return (KeyOf(cut.threshold) >> (kUncountedBits + place * kDigitBits)) & (kDigits - 1);
  };
  std::vector<std::array<std::uint32_t, kDigits>> starts(kPlaces);
  for (const NodeCut& cut : cuts) {
    for (std::size_t place = 0; place < kPlaces; ++place) ++starts[place][digit(cut, place)];
  }
  room.resize(cuts.size());
  std::span<NodeCut> from = cuts;
  std::span<NodeCut> to = room;
  for (std::size_t place = 0; place < kPlaces; ++place) {
    std::array<std::uint32_t, kDigits>& start = starts[place];
    if (start[digit(from.front(), place)] == from.size()) continue;
    std::uint32_t before = 0;
    for (std::uint32_t& count : start) before += std::exchange(count, before);
    for (const NodeCut& cut : from) to[start[digit(cut, place)]++] = cut;
    std::swap(from, to);
  }
  if (from.data() != cuts.data()) std::ranges::copy(from, cuts.begin());
  SortRuns(cuts);
}

void Sort(std::span<NodeCut> cuts, BuildVector<NodeCut>& room) {
  if (cuts.size() >= kRadixLengthMin) {
    RadixSort(cuts, room);
  } else {
    std::ranges::sort(cuts, {}, &NodeCut::threshold);
  }
}

}  // namespace

NodeLists::NodeLists(const EnsembleView& trees, std::size_t features)
    : cuts_(trees.InnerNodes()), start_(features + 1, 0) {
  for (std::size_t node = 0; node < trees.InnerNodes(); ++node) ++start_[trees.feature[node] + 1];
  for (std::size_t list = 1; list < start_.size(); ++list) start_[list] += start_[list - 1];

  std::vector<std::size_t> next(start_.begin(), start_.end() - 1);
  for (std::size_t node = 0; node < trees.InnerNodes(); ++node) {
    // Adding zero makes -0 a +0, which every comparison takes for equal.
    cuts_[next[trees.feature[node]]++] = {.threshold = trees.threshold[node] + 0.0,
                                          .node = static_cast<std::uint32_t>(node)};
  }
  BuildVector<NodeCut> room;
  for (std::size_t feature = 0; feature < features; ++feature) {
    Sort(std::span(cuts_).subspan(start_[feature], start_[feature + 1] - start_[feature]), room);
  }
}

std::span<const NodeCut> NodeLists::Of(std::size_t feature) const noexcept {
  return std::span(cuts_).subspan(start_[feature], start_[feature + 1] - start_[feature]);
}

}  // namespace thicket

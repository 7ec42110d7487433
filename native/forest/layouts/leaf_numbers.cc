#include "forest/layouts/leaf_numbers.h"

#include <bit>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "forest/layouts/trees.h"
#include "forest/view/view.h"

namespace thicket {
namespace {

constexpr std::uint32_t kFree = ~std::uint32_t{0};
constexpr std::size_t kRoomFirst = 1'024;

std::uint64_t HashOf(std::span<const double> values) noexcept {
  std::uint64_t hash = 0;
  for (const double value : values) {
    // A multiplication spreads every bit upwards, the shift brings them down again.
    hash = (hash ^ std::bit_cast<std::uint64_t>(value)) * 0x9E3779B97F4A7C15ULL;
    hash ^= hash >> 32U;
  }
  return hash;
}

// Bit for bit: -0 is not 0. Almost always one value, for which a call of memcmp would cost more
// than the rest of the look-up.
bool AreSame(const double* known, std::span<const double> values) noexcept {
  for (std::size_t at = 0; at < values.size(); ++at) {
    if (std::bit_cast<std::uint64_t>(known[at]) != std::bit_cast<std::uint64_t>(values[at])) {
      return false;
    }
  }
  return true;
}

// An open hash table of the distinct values seen so far, never more than half full.
class DistinctValues {
 public:
  explicit DistinctValues(LeafValues& table) : table_(table), room_(kRoomFirst, kFree) {}

  std::uint32_t NumberOf(std::span<const double> values) {
    std::uint32_t& place = PlaceOf(values);
    if (place != kFree) return place;
    const std::uint32_t number = count_++;
    place = number;
    table_.values.insert(table_.values.end(), values.begin(), values.end());
    if (std::size_t{count_} * 2 > room_.size()) Grow();
    return number;
  }

 private:
  std::uint32_t& PlaceOf(std::span<const double> values) noexcept {
    const std::size_t mask = room_.size() - 1;
    std::size_t at = HashOf(values) & mask;
    while (room_[at] != kFree && !AreSame(table_.Of(room_[at]), values)) at = (at + 1) & mask;
    return room_[at];
  }

  void Grow() {
    room_.assign(room_.size() * 2, kFree);
    for (std::uint32_t number = 0; number < count_; ++number) {
      PlaceOf({table_.Of(number), table_.width}) = number;
    }
  }

  LeafValues& table_;
  std::vector<std::uint32_t> room_;
  std::uint32_t count_ = 0;
};

}  // namespace

LeafNumbers NumberLeaves(const EnsembleView& trees) {
  LeafNumbers leaves{.table = {.width = trees.LeafWidth(), .values = {}}, .numbers = {}};
  leaves.numbers.reserve(trees.Leaves());
  DistinctValues distinct(leaves.table);
  for (std::size_t leaf = 0; leaf < trees.Leaves(); ++leaf) {
    const auto values = trees.leaf_values.subspan(leaf * leaves.table.width, leaves.table.width);
    leaves.numbers.push_back(distinct.NumberOf(values));
  }
  leaves.table.values.shrink_to_fit();
  return leaves;
}

}  // namespace thicket

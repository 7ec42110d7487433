#pragma once

#include <cstdint>
#include <initializer_list>

namespace thicket {

// A form in which a forest holds its trees. Every forest has nodes. Each other form costs time and
// memory, and not every machine has a kernel that reads it.
enum class Layout : std::uint8_t { kNodes, kTiles, kLeafMasks, kPredicates };

class LayoutSet {
 public:
  constexpr LayoutSet(std::initializer_list<Layout> layouts) noexcept {
    for (const Layout layout : layouts) Add(layout);
  }
  static constexpr LayoutSet All() noexcept {
    return {Layout::kNodes, Layout::kTiles, Layout::kLeafMasks, Layout::kPredicates};
  }

  constexpr void Add(Layout layout) noexcept { bits_ |= BitOf(layout); }
  [[nodiscard]] constexpr bool Has(Layout layout) const noexcept {
    return (bits_ & BitOf(layout)) != 0;
  }

 private:
  static constexpr std::uint32_t BitOf(Layout layout) noexcept {
    return 1U << static_cast<std::uint32_t>(layout);
  }

  std::uint32_t bits_ = 0;
};

}  // namespace thicket

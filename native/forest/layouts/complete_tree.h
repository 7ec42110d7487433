#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "forest/layouts/trees.h"

namespace thicket {

// The first levels of a tree as a complete tree without links: entry 1 is the root, entry e has the
// children 2 e and 2 e + 1, and behind the last level come 2^levels exits. Below a leaf stands the
// leaf itself.
class CompleteTree {
 public:
  explicit CompleteTree(std::uint32_t levels) : places_(std::size_t{2} << levels) {}

  void Read(const Trees& trees, std::size_t tree);

  // Entries of the levels, of which the one at 0 is none; and as many exits.
  [[nodiscard]] std::size_t Entries() const noexcept { return places_.size() / 2; }
  // Places of nodes.
  [[nodiscard]] std::uint32_t At(std::size_t entry) const noexcept { return places_[entry]; }
  [[nodiscard]] std::uint32_t Exit(std::size_t exit) const noexcept {
    return places_[Entries() + exit];
  }

 private:
  std::vector<std::uint32_t> places_;
};

}  // namespace thicket

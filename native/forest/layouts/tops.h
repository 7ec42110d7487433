#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "forest/layouts/trees.h"

// The first levels of every tree once more, each as a complete tree without links, for kernels that
// send many rows down one tree.
//
//   entry 1 is the root, entry e has the children 2 e and 2 e + 1      words     [ - | 1 | 2 3 | 4
//   .. 7 | ... ] entry 2^levels + i below the last level is exit i                  exits     [ i ]
//
// Below a leaf everything goes left, and every exit is the leaf.
namespace thicket {

// Four of the levels' tables fit into registers; a ninth level would need as many again.
inline constexpr std::uint32_t kTopLevelsMax = 8;
// Kernels answer these for all of their entries, whether a row comes by or not; one more would cost
// as much as looking it up.
inline constexpr std::uint32_t kTopLevelsMin = 5;

struct Tops {
  std::uint32_t levels = kTopLevelsMin;
  // 2^levels for each tree: column in the low half, cut in the high one, as in a node.
  std::vector<std::uint32_t> words;
  // 2^levels for each tree: the nodes where walks go on. Where no tree goes further (`is_whole`),
  // numbers of leaves instead.
  std::vector<std::uint32_t> exits;
  bool is_whole = false;

  [[nodiscard]] std::size_t Bytes() const noexcept {
    return (words.capacity() + exits.capacity()) * sizeof(std::uint32_t);
  }
};

[[nodiscard]] Tops MakeTops(const Trees& trees, std::size_t depth_max);

}  // namespace thicket

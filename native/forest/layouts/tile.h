#pragma once

#include <cstddef>
#include <cstdint>
#include <type_traits>

// The trees once more, in pieces of up to seven nodes that are answered by one comparison of a
// register: for kernels that send one row down all trees.
//
//   tile, 32 bytes    | cut 0 .. cut 6 u16 | shape u16 | leaves u8 | column 0 .. column 6 u8 |
//   child u32 | leaf u32 |
//
// A tile is a connected piece of a tree. From its root it takes, six times, the most visited of the
// nodes below. Its nodes are numbered in preorder, its exits from left to right; the seven answers
// and the shape give the exit by a table. Bit e of `leaves` is set where exit e is a leaf: the r-th
// of them has the number at place leaf + r, the r-th of the others goes on at tile child + r.
//
// Numbers of leaves stand behind the last tile; but where they fit behind the cuts of their own
// tile, which a walk has in its cache, they stand there. A place counts in numbers, from the first
// tile on. Numbers take two bytes each, or four where a forest has too many different leaves.
namespace thicket {

inline constexpr std::size_t kTileNodes = 7;
inline constexpr std::size_t kTileAnswers = std::size_t{1} << kTileNodes;

struct Tile {
  std::uint16_t cut[kTileNodes];
  std::uint16_t shape;
  std::uint8_t leaves;
  std::uint8_t column[kTileNodes];
  std::uint32_t child;
  std::uint32_t leaf;
};
static_assert(sizeof(Tile) == 32, "two tiles fill a cache line, and none straddles two");
static_assert(std::is_trivially_copyable_v<Tile>,
              "tiles are built in one place and moved to another");

// A row of so many columns fits into four registers of AVX-512.
inline constexpr std::size_t kTileColumnsMax = 128;

}  // namespace thicket

#pragma once

#include <cstddef>
#include <cstdint>

// The trees once more, for kernels that send one row down all trees: small trees whole, a line of
// 64 questions answered by one comparison of bytes. The idea is QuickScorer's: a node that goes
// beyond rules out the leaves on its left, and the first leaf that no node rules out is the row's.
//
//   line    | column u8 x 64 | cut u8 x 64 | mask x 64 |
//
// A tree has as many places in a line as its masks have bits: 8, 16, 32 or 64, whichever holds the
// leaves of the largest tree; so a line has eight trees, four, two or one. A mask is zero where its
// node rules out a leaf, and the leftmost leaf is the highest bit. A place without a node has the
// cut that no byte lies beyond.
//
// Columns are bytes of their own: up to 255 cut points of one column of numbers each. What nodes
// ask of codes is answered beforehand, line by line for every entry of a table.
namespace thicket {

inline constexpr std::size_t kMaskLinePlaces = 64;
// Bytes of one line with masks of so many bits.
[[nodiscard]] constexpr std::size_t MaskLineBytes(std::size_t mask_bits) noexcept {
  return kMaskLinePlaces * (2 + mask_bits / 8);
}

// Lines that are answered together: their answers from a table fill a register.
inline constexpr std::size_t kMaskBlockLines = 8;
inline constexpr std::size_t kMaskBlockPlaces = kMaskBlockLines * kMaskLinePlaces;

// A place without a node; byte columns have fewer cut points than that.
inline constexpr std::uint8_t kNeverBeyond = 255;

// A row of so many bytes fits into two registers of AVX-512.
inline constexpr std::size_t kByteColumnsMax = 128;

// Where byte columns come from: min(bin of `column` - start, 255), or 0 where that is below.
struct ByteColumns {
  std::uint16_t column[kByteColumnsMax];
  std::uint16_t start[kByteColumnsMax];
};

// Answers of tables for code c of a slot: one word for each line, from `first` + c x lines on.
// Codes begin at -2, and `first` is the word of code 0.
struct CodeAnswers {
  std::uint32_t slot;
  std::uint32_t first;
};

// The part that a kernel sees.
struct LeafMaskWalk {
  const std::uint8_t* lines;
  std::uint32_t mask_bits;  // 0 where the forest has no leaf masks.
  std::uint32_t blocks;
  std::uint32_t byte_columns;
  const ByteColumns* bytes_from;
  const CodeAnswers* codes;
  std::uint32_t code_count;
  const std::uint64_t* answers;
  // mask_bits for each tree: the number of each of its leaves. Or one, where the leaves of every
  // tree are numbered from left to right: that of the first.
  const std::uint32_t* numbers;
  bool has_runs;
};

}  // namespace thicket

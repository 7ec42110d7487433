#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

// The neutral description of a forest and of rows, as spans over the caller's memory
// (JavaScript's typed arrays, a test's vectors). Field by field it is the contract in
// src/forest/addon.ts. Nothing in a view is trusted before check.h has seen it.
namespace thicket {

enum class FeatureKind : std::uint8_t { kNumber = 0, kTable = 1 };

enum class StepOp : std::uint8_t {
  kReplaceMissing = 0,
  kSubtract = 1,
  kDivide = 2,
  kMultiply = 3,
  kAdd = 4,
  kToFloat32 = 5,
};
inline constexpr std::uint8_t kStepOps = 6;

enum class Comparison : std::uint8_t { kLessOrEqual = 0, kLess = 1 };

// The type in which a row's sums are made: every addition is rounded to it.
enum class Sums : std::uint8_t { kFloat64 = 0, kFloat32 = 1 };

// The first two entries of every table; category c follows at c + kTableSpecials. Codes of rows are
// lower by kTableSpecials: missing is -2, unknown is -1.
inline constexpr std::size_t kTableMissing = 0;
inline constexpr std::size_t kTableUnknown = 1;
inline constexpr std::size_t kTableSpecials = 2;

struct FeatureView {
  std::span<const std::uint8_t> kind;
  std::span<const std::uint32_t> slot;
  std::span<const std::uint32_t> step_start;
  std::span<const std::uint8_t> step_op;
  std::span<const double> step_operand;
  std::span<const std::uint32_t> table_start;
  std::span<const double> table_values;

  [[nodiscard]] std::size_t Count() const noexcept { return kind.size(); }
  [[nodiscard]] bool IsTable(std::size_t feature) const noexcept {
    return kind[feature] == static_cast<std::uint8_t>(FeatureKind::kTable);
  }
  [[nodiscard]] std::span<const double> Table(std::size_t feature) const noexcept {
    return table_values.subspan(table_start[feature],
                                table_start[feature + 1] - table_start[feature]);
  }
};

// Children and roots: an inner node's number, or ~leaf. ensemble_arrays.h names the arrays.
struct EnsembleView {
  std::span<const std::int32_t> roots;
  std::span<const std::uint32_t> feature;
  std::span<const double> threshold;
  std::span<const std::int32_t> left;
  std::span<const std::int32_t> right;
  std::span<const std::uint8_t> missing_left;
  std::span<const double> visits;
  std::size_t outputs = 0;
  // Empty, or the one output that each tree adds to.
  std::span<const std::uint32_t> tree_outputs;
  std::span<const double> leaf_values;
  std::uint32_t comparison = 0;
  std::uint32_t sums = 0;
  // Rounded to the type of the sums before the first tree is added.
  std::span<const double> base;

  [[nodiscard]] Sums SumsOf() const noexcept { return static_cast<Sums>(sums); }
  [[nodiscard]] std::size_t Trees() const noexcept { return roots.size(); }
  [[nodiscard]] std::size_t InnerNodes() const noexcept { return feature.size(); }
  // Numbers of one leaf.
  [[nodiscard]] std::size_t LeafWidth() const noexcept {
    return tree_outputs.empty() ? outputs : 1;
  }
  [[nodiscard]] std::size_t Leaves() const noexcept {
    const std::size_t width = LeafWidth();
    return width == 0 ? 0 : leaf_values.size() / width;
  }
};

struct ForestView {
  std::size_t number_slots = 0;
  std::size_t code_slots = 0;
  FeatureView features;
  EnsembleView ensemble;
};

// Row-major encoded rows.
struct RowsView {
  std::size_t rows = 0;
  std::span<const double> numbers;
  std::span<const std::int32_t> codes;
};

[[nodiscard]] constexpr bool IsLeaf(std::int32_t child) noexcept {
  return child < 0;
}
[[nodiscard]] constexpr std::size_t LeafOf(std::int32_t child) noexcept {
  return static_cast<std::uint32_t>(~child);
}
[[nodiscard]] constexpr std::size_t InnerOf(std::int32_t child) noexcept {
  return static_cast<std::uint32_t>(child);
}

}  // namespace thicket

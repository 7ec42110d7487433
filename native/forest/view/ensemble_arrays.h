#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <tuple>

#include "forest/view/view.h"

// The arrays of EnsembleView, each named once: the addon's arguments, the checks of lengths and the
// bench's files follow this table. A new array is a member there and a line here.
namespace thicket {

// Arrays have one entry for each of these.
enum class Per : std::uint8_t { kTree, kInnerNode, kLeafNumber, kOutput };

template <typename Element>
struct EnsembleArray {
  const char* name;  // The name in src/forest/ensemble-arrays.ts; the order is the same, too.
  std::span<const Element> EnsembleView::* of;
  Per per;
  bool may_be_empty = false;
};

inline constexpr std::tuple kEnsembleArrays{
    EnsembleArray{"roots", &EnsembleView::roots, Per::kTree},
    EnsembleArray{"feature", &EnsembleView::feature, Per::kInnerNode},
    EnsembleArray{"threshold", &EnsembleView::threshold, Per::kInnerNode},
    EnsembleArray{"left", &EnsembleView::left, Per::kInnerNode},
    EnsembleArray{"right", &EnsembleView::right, Per::kInnerNode},
    EnsembleArray{"missingLeft", &EnsembleView::missing_left, Per::kInnerNode},
    EnsembleArray{"visits", &EnsembleView::visits, Per::kInnerNode, true},
    EnsembleArray{"leafValues", &EnsembleView::leaf_values, Per::kLeafNumber},
    EnsembleArray{"base", &EnsembleView::base, Per::kOutput},
    EnsembleArray{"treeOutputs", &EnsembleView::tree_outputs, Per::kTree, true},
};

inline constexpr std::size_t kEnsembleArrayCount = std::tuple_size_v<decltype(kEnsembleArrays)>;

// Calls `use` with each EnsembleArray, in their order.
template <typename Use>
void ForEachEnsembleArray(Use use) {
  std::apply([&use](const auto&... arrays) { (use(arrays), ...); }, kEnsembleArrays);
}

}  // namespace thicket

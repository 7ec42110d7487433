#include "forest/layouts/place_trees.h"

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <utility>
#include <vector>

#include "forest/columns/columns.h"
#include "forest/layouts/shape.h"
#include "forest/layouts/trees.h"
#include "forest/memory/slab.h"
#include "forest/view/view.h"

namespace thicket {
namespace {

constexpr std::size_t kLinePairs = kLineNodes / 2;

std::size_t RoundUpToLine(std::size_t nodes) noexcept {
  return (nodes + kLineNodes - 1) / kLineNodes * kLineNodes;
}

// A placed inner node whose children are not placed yet.
struct Open {
  std::uint32_t inner;
  std::uint32_t place;
};

class Placer {
 public:
  Placer(const EnsembleView& view, const Shape& shape, std::span<const CutRef> cuts,
         std::span<const std::uint32_t> leaf_numbers)
      : view_(view), shape_(shape), cuts_(cuts), leaf_numbers_(leaf_numbers) {
    const std::size_t first = RoundUpToLine(view.Trees() + kLanesMax);
    std::size_t count = first;
    for (const std::int32_t root : view.roots) {
      if (!IsLeaf(root))
        count += RoundUpToLine(2 * std::size_t{shape.subtree_inner[InnerOf(root)]});
    }
    trees_ = {.slab = Slab(count * sizeof(Node)), .node_count = count, .tree_count = view.Trees()};
    nodes_ = trees_.Nodes();
    next_ = static_cast<std::uint32_t>(first);
  }

  Trees Place() {
    const std::size_t trees = view_.Trees();
    for (std::size_t stop = trees; stop < trees + kLanesMax; ++stop) {
      nodes_[stop] = {.column = 0, .cut = UINT16_MAX, .child = static_cast<std::uint32_t>(stop)};
    }
    for (std::size_t tree = 0; tree < trees; ++tree) {
      const std::int32_t root = view_.roots[tree];
      const auto place = static_cast<std::uint32_t>(tree);
      PutNode(root, place);
      if (!IsLeaf(root)) PlaceTree({.inner = static_cast<std::uint32_t>(root), .place = place});
    }
    return std::move(trees_);
  }

 private:
  void PlaceTree(Open root) {
    open_.assign(1, root);
    while (!open_.empty()) {
      const Open top = open_.back();
      open_.pop_back();
      const std::size_t pairs = shape_.subtree_inner[top.inner];
      if (pairs < kLinePairs) {
        small_.at(pairs).push_back(top);
      } else {
        FillLine(top);
      }
    }
    PlaceSmall();
    next_ = static_cast<std::uint32_t>(RoundUpToLine(next_));
  }

  // One whole line, hottest branches first; what stays open goes on the stack, hottest on top.
  void FillLine(Open top) {
    // Coldest first. Each of the pairs takes one out and puts two in at most.
    std::array<Open, kLinePairs + 1> edge{top};
    std::size_t edges = 1;
    const auto insert = [&](Open child) {
      std::size_t at = edges++;
      for (; at > 0 && Heat(edge.at(at - 1)) > Heat(child); --at) edge.at(at) = edge.at(at - 1);
      edge.at(at) = child;
    };
    for (std::size_t pair = 0; pair < kLinePairs; ++pair) PutPair(edge.at(--edges), insert);
    open_.insert(open_.end(), edge.begin(), edge.begin() + static_cast<std::ptrdiff_t>(edges));
  }

  // Branches of three, two and one pairs, so joined that as few as possible straddle two lines.
  void PlaceSmall() {
    std::vector<Open>& ones = small_[1];
    std::vector<Open>& threes = small_[3];
    while (!threes.empty() && !ones.empty()) {
      PlaceBranch(PopBack(threes));
      PlaceBranch(PopBack(ones));
    }
    for (std::vector<Open>* rest : {&small_[2], &ones, &threes}) {
      while (!rest->empty()) PlaceBranch(PopBack(*rest));
    }
  }

  static Open PopBack(std::vector<Open>& from) {
    const Open last = from.back();
    from.pop_back();
    return last;
  }

  void PlaceBranch(Open top) {
    std::array<Open, kLinePairs> edge{top};
    std::size_t edges = 1;
    while (edges > 0) PutPair(edge.at(--edges), [&](Open child) { edge.at(edges++) = child; });
  }

  // The children of a node take the next two places; `opens` hears of each that has children
  // itself.
  template <typename Opens>
  void PutPair(Open parent, Opens opens) {
    nodes_[parent.place].child = next_;
    for (const std::int32_t child : {view_.left[parent.inner], view_.right[parent.inner]}) {
      const std::uint32_t place = next_++;
      PutNode(child, place);
      if (!IsLeaf(child)) opens(Open{.inner = static_cast<std::uint32_t>(child), .place = place});
    }
  }

  void PutNode(std::int32_t child, std::uint32_t place) {
    if (IsLeaf(child)) {
      nodes_[place] = {.column = 0, .cut = 0, .child = leaf_numbers_[LeafOf(child)] | kLeafBit};
    } else {
      const CutRef cut = cuts_[InnerOf(child)];
      nodes_[place] = {.column = cut.column, .cut = cut.cut, .child = 0};
    }
  }

  [[nodiscard]] double Heat(const Open& open) const noexcept {
    return view_.visits.empty() ? static_cast<double>(shape_.subtree_inner[open.inner])
                                : view_.visits[open.inner];
  }

  const EnsembleView& view_;
  const Shape& shape_;
  std::span<const CutRef> cuts_;
  std::span<const std::uint32_t> leaf_numbers_;
  Trees trees_;
  Node* nodes_ = nullptr;
  std::uint32_t next_ = 0;
  std::vector<Open> open_;
  std::array<std::vector<Open>, kLinePairs> small_;
};

}  // namespace

Trees PlaceTrees(const EnsembleView& view, const Shape& shape, std::span<const CutRef> cuts,
                 std::span<const std::uint32_t> leaf_numbers) {
  return Placer(view, shape, cuts, leaf_numbers).Place();
}

}  // namespace thicket

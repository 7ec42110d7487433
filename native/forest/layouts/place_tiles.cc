#include "forest/layouts/place_tiles.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <span>
#include <utility>
#include <vector>

#include "forest/columns/columns.h"
#include "forest/layouts/shape.h"
#include "forest/layouts/tile.h"
#include "forest/memory/pages.h"
#include "forest/memory/slab.h"
#include "forest/view/view.h"

namespace thicket {
namespace {

// A shape in preorder, from the highest bit down: 1 for a node, 0 for an exit. Seven nodes have
// eight exits; a marker stands before them.
constexpr std::size_t kShapeCodes = std::size_t{1} << (2 * kTileNodes + 2);
constexpr std::uint16_t kNoShape = UINT16_MAX;

constexpr std::size_t kShortNumbersMax = std::size_t{1} << 16U;
// Marks, until all tiles are there, a place that counts from the first number behind them.
constexpr std::uint32_t kFar = std::uint32_t{1} << 31U;

// Walks down one shape with one set of answers, where both are in preorder.
class ShapeWalk {
 public:
  ShapeWalk(std::uint32_t code, std::size_t answers) noexcept
      : code_(code), next_(std::bit_floor(code) >> 1U), answers_(answers) {}

  std::uint8_t Exit() noexcept {
    Visit(true);
    return exit_;
  }

 private:
  // The next subtree of the shape; `is_taken` where the walk leads into it.
  void Visit(bool is_taken) noexcept {
    const bool is_node = (code_ & next_) != 0;
    next_ >>= 1U;
    if (!is_node) {
      if (is_taken) exit_ = exits_;
      ++exits_;
      return;
    }
    const bool goes_right = (answers_ >> nodes_++ & 1U) != 0;
    Visit(is_taken && !goes_right);
    Visit(is_taken && goes_right);
  }

  std::uint32_t code_;
  std::uint32_t next_;  // The bit to read.
  std::size_t answers_;
  std::size_t nodes_ = 0;
  std::uint8_t exits_ = 0;
  std::uint8_t exit_ = 0;
};

// Shapes in the order in which they are met: the usual ones come first and stay near together.
class Shapes {
 public:
  Shapes() : numbers_(kShapeCodes, kNoShape) {}

  std::uint16_t NumberOf(std::uint32_t code) {
    std::uint16_t& number = numbers_[code];
    if (number == kNoShape) {
      number = count_++;
      for (std::size_t answers = 0; answers < kTileAnswers; ++answers) {
        exits_.push_back(ShapeWalk(code, answers).Exit());
      }
    }
    return number;
  }

  std::vector<std::uint8_t> TakeExits() { return std::move(exits_); }

 private:
  std::vector<std::uint16_t> numbers_;
  std::vector<std::uint8_t> exits_;
  std::uint16_t count_ = 0;
};

class Tiler {
 public:
  Tiler(const EnsembleView& view, const Shape& shape, std::span<const CutRef> cuts,
        std::span<const std::uint32_t> leaf_numbers, std::size_t leaf_numbers_end)
      : view_(view), shape_(shape), cuts_(cuts), leaf_numbers_(leaf_numbers) {
    tiled_.has_short_numbers = leaf_numbers_end <= kShortNumbersMax;
    is_taken_.resize(view.InnerNodes());
    // Every tile but those of trees without nodes has one at least. Memory that is not written to
    // costs nothing, so there is room for all that may come.
    const std::size_t tiles = view.InnerNodes() + view.Trees();
    tiled_.slab =
        Slab(tiles * sizeof(Tile) + (view.Leaves() + kTileNumbersSlack) * sizeof(std::uint32_t));
    tiles_ = static_cast<Tile*>(tiled_.slab.Data());
  }

  Tiles Place() {
    tiled_.count = view_.Trees();
    for (std::uint32_t tree = 0; tree < view_.Trees(); ++tree) {
      open_.assign(1, {.node = view_.roots[tree], .tile = tree});
      while (!open_.empty()) {
        const Open top = open_.back();
        open_.pop_back();
        PlaceTile(top);
      }
    }
    if (tiled_.has_short_numbers) {
      Assemble<std::uint16_t>();
    } else {
      Assemble<std::uint32_t>();
    }
    tiled_.exits = shapes_.TakeExits();
    tiled_.exits.resize(tiled_.exits.size() + kTileExitsSlack);
    return std::move(tiled_);
  }

 private:
  struct Open {
    std::int32_t node;
    std::uint32_t tile;
  };

  void PlaceTile(Open top) {
    Take(top.node);
    tile_ = {};
    tile_leaves_ = 0;
    tile_.child = static_cast<std::uint32_t>(tiled_.count);
    code_ = 1;
    nodes_ = 0;
    exits_ = 0;
    next_tile_ = tile_.child;
    Fill(top.node);
    tile_.shape = shapes_.NumberOf(code_);
    PlaceLeaves(top.tile);
    tiles_[top.tile] = tile_;
    tiled_.count = next_tile_;
  }

  void PlaceLeaves(std::uint32_t tile) {
    if (tiled_.has_short_numbers && nodes_ + tile_leaves_ <= kTileNodes) {
      tile_.leaf =
          static_cast<std::uint32_t>(tile * (sizeof(Tile) / sizeof(std::uint16_t)) + nodes_);
      for (std::size_t leaf = 0; leaf < tile_leaves_; ++leaf) {
        tile_.cut[nodes_ + leaf] = static_cast<std::uint16_t>(tile_numbers_.at(leaf));
      }
      return;
    }
    tile_.leaf = static_cast<std::uint32_t>(far_numbers_.size()) | kFar;
    far_numbers_.insert(far_numbers_.end(), tile_numbers_.begin(),
                        tile_numbers_.begin() + static_cast<std::ptrdiff_t>(tile_leaves_));
  }

  // The numbers that found no room in their tiles stand behind the last one.
  template <typename Number>
  void Assemble() {
    const std::span<Tile> tiles(tiles_, tiled_.count);
    const auto first_far = static_cast<std::uint32_t>(tiles.size_bytes() / sizeof(Number));
    for (Tile& tile : tiles) {
      if ((tile.leaf & kFar) != 0) tile.leaf = (tile.leaf & ~kFar) + first_far;
    }
    std::ranges::transform(far_numbers_, static_cast<Number*>(tiled_.slab.Data()) + first_far,
                           [](std::uint32_t number) { return static_cast<Number>(number); });
    tiled_.slab.Shrink(tiles.size_bytes() +
                       (far_numbers_.size() + kTileNumbersSlack) * sizeof(Number));
  }

  // Marks the nodes of the tile below `root`, the most visited first.
  void Take(std::int32_t root) {
    std::array<std::int32_t, kTileNodes + 1> edge{};  // Coldest first.
    std::size_t edges = 0;
    const auto insert = [&](std::int32_t child) {
      if (IsLeaf(child)) return;
      std::size_t at = edges++;
      for (; at > 0 && Heat(edge.at(at - 1)) > Heat(child); --at) edge.at(at) = edge.at(at - 1);
      edge.at(at) = child;
    };
    insert(root);
    for (std::size_t taken = 0; taken < kTileNodes && edges > 0; ++taken) {
      const std::size_t node = InnerOf(edge.at(--edges));
      is_taken_[node] = 1;
      insert(view_.left[node]);
      insert(view_.right[node]);
    }
  }

  // In preorder: what is marked becomes a node of the tile, all else an exit.
  void Fill(std::int32_t at) {
    code_ <<= 1U;
    if (IsLeaf(at)) {
      tile_.leaves = static_cast<std::uint8_t>(tile_.leaves | 1U << exits_++);
      tile_numbers_.at(tile_leaves_++) = leaf_numbers_[LeafOf(at)];
    } else if (is_taken_[InnerOf(at)] == 0) {
      ++exits_;
      open_.push_back({.node = at, .tile = next_tile_++});
    } else {
      code_ |= 1U;
      const CutRef cut = cuts_[InnerOf(at)];
      tile_.cut[nodes_] = cut.cut;
      tile_.column[nodes_++] = static_cast<std::uint8_t>(cut.column);
      Fill(view_.left[InnerOf(at)]);
      Fill(view_.right[InnerOf(at)]);
    }
  }

  [[nodiscard]] double Heat(std::int32_t inner) const noexcept {
    return view_.visits.empty() ? static_cast<double>(shape_.subtree_inner[InnerOf(inner)])
                                : view_.visits[InnerOf(inner)];
  }

  const EnsembleView& view_;
  const Shape& shape_;
  std::span<const CutRef> cuts_;
  std::span<const std::uint32_t> leaf_numbers_;
  Tiles tiled_;
  Tile* tiles_ = nullptr;
  BuildVector<std::uint32_t> far_numbers_;
  BuildVector<std::uint8_t> is_taken_;
  std::vector<Open> open_;
  Shapes shapes_;
  // Of the tile at work.
  Tile tile_{};
  std::uint32_t code_ = 1;
  std::size_t nodes_ = 0;
  std::uint32_t exits_ = 0;
  std::uint32_t next_tile_ = 0;
  std::array<std::uint32_t, kTileNodes + 1> tile_numbers_{};
  std::size_t tile_leaves_ = 0;
};

}  // namespace

Tiles PlaceTiles(const EnsembleView& view, const Shape& shape, std::span<const CutRef> cuts,
                 std::span<const std::uint32_t> leaf_numbers, std::size_t leaf_numbers_end) {
  return Tiler(view, shape, cuts, leaf_numbers, leaf_numbers_end).Place();
}

}  // namespace thicket

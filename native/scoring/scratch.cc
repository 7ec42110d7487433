#include "scoring/scratch.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "forest/layouts/trees.h"
#include "forest/view/limits.h"
#include "kernels/kernel.h"

namespace thicket {
namespace {

template <typename Item>
void GrowTo(std::vector<Item>& room, std::size_t count) {
  if (room.size() < count) room.resize(count);
}

}  // namespace

void Scratch::GrowFor(const WalkForest& forest, std::size_t rows, bool go_tree_by_tree) {
  const std::size_t list = std::max<std::size_t>(rows, forest.trees) + kListSlack;
  GrowTo(bins_, (rows + kLanesMax) * forest.columns);
  GrowTo(leaves_, list);
  GrowTo(at_, list);
  GrowTo(job_, list);
  if (!go_tree_by_tree) return;
  const WalkPredicates& predicates = forest.predicates;
  const std::size_t groups = (rows + kGroupRows - 1) / kGroupRows;
  GrowTo(blocks_, (rows + kBlockLanes) * forest.columns);
  GrowTo(masks_, groups * predicates.masks);
  GrowTo(mask_of_, groups * predicates.count);
  GrowTo(rank_starts_, std::size_t{predicates.most_ranked} + 2);
}

WalkRows Scratch::Rows(std::size_t rows, const std::int32_t* codes) noexcept {
  return {.bins = bins_.data(),
          .codes = codes,
          .rows = static_cast<std::uint32_t>(rows),
          .leaves = leaves_.data(),
          .room = {.blocks = blocks_.data(),
                   .at = at_.data(),
                   .job = job_.data(),
                   .masks = masks_.data(),
                   .mask_of = mask_of_.data(),
                   .rank_starts = rank_starts_.data()}};
}

}  // namespace thicket

#include "tuner/tuner.h"

#include <algorithm>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "forest/builder.h"
#include "forest/kernel_choice.h"
#include "forest/layouts/layout_set.h"
#include "kernels/kernel.h"
#include "scoring/score.h"
#include "test/owned_forest.h"
#include "test/samples.h"

namespace thicket {
namespace {

TEST(Tuner, TakesKernelsThatRunHereAndSaysWhatEachTook) {
  samples::Random random(11);
  const samples::OwnedForest owned = samples::RandomForest(random);
  const auto forest = BuildForest(owned.View());
  const KernelChoice choice = ChooseKernels(*forest);
  ASSERT_NE(choice.row, nullptr);
  ASSERT_NE(choice.batch, nullptr);
  EXPECT_TRUE(choice.row->is_supported());
  EXPECT_TRUE(choice.batch->is_supported());
  EXPECT_GE(choice.batch_rows_min, 2U);
  const auto was_timed = [&](const Kernel& kernel) {
    return std::ranges::find(choice.timings, kernel.name, &KernelTiming::kernel) !=
           choice.timings.end();
  };
  for (const Kernel& kernel : Kernels()) {
    if (!kernel.is_supported() || !forest->Has(kernel.rows_by)) continue;
    EXPECT_TRUE(was_timed(kernel)) << kernel.name;
  }
  for (const KernelTiming& timing : choice.timings) {
    EXPECT_GT(timing.nanos_per_row, 0);
    // Of batches, only those of kernels near the best are reported.
    if (timing.rows > 1) continue;
    EXPECT_NE(choice.reason.find(timing.kernel), std::string::npos) << choice.reason;
  }
  EXPECT_NE(choice.reason.find(choice.batch->name), std::string::npos) << choice.reason;
}

TEST(Tuner, AKernelWhoseLayoutAForestDoesNotHaveIsNotOffered) {
  samples::Random random(13);
  // Trees of 128 leaves.
  const auto forest = BuildForest(samples::CompleteForest(5, 7, random).View());
  ASSERT_FALSE(forest->leaf_masks.AreThere());
  const KernelChoice choice = ChooseKernels(*forest);
  EXPECT_NE(choice.row->rows_by, Layout::kLeafMasks);
  EXPECT_EQ(choice.reason.find("vbmi"), std::string::npos) << choice.reason;
}

TEST(Tuner, TheRowKernelIsTheOneWhoseRowAloneTookLeast) {
  samples::Random random(12);
  const auto forest = BuildForest(samples::RandomForest(random).View());
  const KernelChoice choice = ChooseKernels(*forest);
  const KernelTiming* best = nullptr;
  for (const KernelTiming& timing : choice.timings) {
    if (timing.rows == 1 && (best == nullptr || timing.nanos_per_row < best->nanos_per_row)) {
      best = &timing;
    }
  }
  ASSERT_NE(best, nullptr);
  EXPECT_EQ(choice.row->name, best->kernel);
}

TEST(Tuner, AForestWithoutColumnsIsTunedToo) {
  samples::OwnedForest forest;
  forest.roots.push_back(forest.AddLeaf({2}));
  const auto built = BuildForest(forest.View());
  std::vector<double> raw(3);
  ScoreRows(*built, ChooseKernels(*built), {.rows = 3, .numbers = {}, .codes = {}}, raw);
  EXPECT_EQ(raw, (std::vector<double>{2, 2, 2}));
}

}  // namespace
}  // namespace thicket

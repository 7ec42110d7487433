#include "forest/registry.h"

#include <atomic>
#include <cstddef>
#include <memory>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

#include "forest/builder.h"
#include "forest/forest.h"
#include "forest/view/fault.h"
#include "kernels/kernel.h"
#include "scoring/score.h"
#include "test/owned_forest.h"
#include "test/samples.h"
#include "tuner/tuner.h"

namespace thicket {
namespace {

std::unique_ptr<const Forest> Any() {
  return BuildForest(samples::Stump(0.5).View());
}

class RegistryTest : public testing::Test {
 protected:
  Registry registry_;
  EnvironmentId here_ = registry_.Enter();
  EnvironmentId there_ = registry_.Enter();
  std::size_t live_before_ = registry_.Live();

  [[nodiscard]] std::size_t Live() const { return registry_.Live() - live_before_; }
};

TEST_F(RegistryTest, TheLastReleaseFreesTheForest) {
  const ForestHandle handle = registry_.Add(Any(), here_);
  registry_.Retain(handle);
  registry_.Release(handle, here_);
  EXPECT_EQ(Live(), 1U);
  registry_.Release(handle, there_);
  EXPECT_EQ(Live(), 0U);
}

TEST_F(RegistryTest, AHandleIsDeadAfterItsLastRelease) {
  const ForestHandle handle = registry_.Add(Any(), here_);
  registry_.Release(handle, here_);
  EXPECT_THROW(registry_.Release(handle, here_), ForestError);
  EXPECT_THROW(registry_.Retain(handle), ForestError);
  EXPECT_THROW(static_cast<void>(registry_.Get(handle)), ForestError);
  EXPECT_NE(registry_.Add(Any(), here_), handle);
  registry_.Leave(here_);
}

TEST_F(RegistryTest, ARunningCallKeepsAReleasedForest) {
  const ForestHandle handle = registry_.Add(Any(), here_);
  std::shared_ptr<const Forest> call = registry_.Get(handle);
  registry_.Release(handle, here_);
  EXPECT_EQ(Live(), 1U);
  EXPECT_EQ(call->Outputs(), 1U);
  call.reset();
  EXPECT_EQ(Live(), 0U);
}

TEST_F(RegistryTest, AThreadThatEndsGivesBackWhatItBuilt) {
  registry_.Add(Any(), there_);
  registry_.Leave(there_);
  EXPECT_EQ(Live(), 0U);
}

TEST_F(RegistryTest, AThreadThatEndsTakesNothingFromThoseItHandedOnTo) {
  const ForestHandle handle = registry_.Add(Any(), there_);
  registry_.Retain(handle);
  registry_.Release(handle, there_);
  registry_.Leave(there_);
  EXPECT_EQ(Live(), 1U);
  registry_.Release(handle, here_);
  EXPECT_EQ(Live(), 0U);
}

TEST_F(RegistryTest, AUseForTheTimeOfACallOutlivesTheThreadThatScores) {
  const ForestHandle handle = registry_.Add(Any(), here_);
  registry_.Retain(handle);
  static_cast<void>(registry_.Get(handle));
  registry_.Leave(there_);
  registry_.Release(handle, here_);
  EXPECT_EQ(Live(), 1U);
  registry_.Release(handle, here_);
  EXPECT_EQ(Live(), 0U);
}

TEST_F(RegistryTest, ThreadsScoreWhileOthersLoadAndUnload) {
  constexpr int kRounds = 200;
  const samples::OwnedForest owned = samples::Stump(0.5);
  const ForestHandle shared = registry_.Add(Any(), here_);
  std::atomic<int> wrong{0};
  const auto work = [&](bool loads) {
    const EnvironmentId me = registry_.Enter();
    const std::vector<double> numbers{0.25, 0.75};
    for (int round = 0; round < kRounds; ++round) {
      const ForestHandle handle = loads ? registry_.Add(BuildForest(owned.View()), me) : shared;
      if (!loads) registry_.Retain(handle);
      std::vector<double> raw(2);
      ScoreRows(*registry_.Get(handle), OnlyKernel(KernelNamed("portable"), 2),
                {.rows = 2, .numbers = numbers, .codes = {}}, raw);
      if (raw != std::vector<double>{1, 2}) ++wrong;
      if (!loads || round % 2 == 0) registry_.Release(handle, me);
    }
    registry_.Leave(me);  // Half of the loaded forests are given back only here.
  };
  {
    std::vector<std::jthread> threads;
    for (const bool loads : {false, true, false, true}) threads.emplace_back(work, loads);
  }
  EXPECT_EQ(wrong, 0);
  EXPECT_EQ(Live(), 1U);
  registry_.Leave(here_);
  EXPECT_EQ(Live(), 0U);
}

}  // namespace
}  // namespace thicket

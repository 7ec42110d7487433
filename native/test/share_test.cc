#include "scoring/share.h"

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

#include "forest/builder.h"
#include "forest/forest.h"
#include "forest/kernel_choice.h"
#include "forest/view/fault.h"
#include "kernels/kernel.h"
#include "scoring/score.h"
#include "test/owned_forest.h"
#include "test/samples.h"
#include "tuner/tuner.h"

namespace thicket {
namespace {

using samples::OwnedForest;
using samples::OwnedRows;
using samples::Random;

constexpr double kUnwritten = std::numeric_limits<double>::infinity();

class ShareTest : public testing::Test {
 protected:
  [[nodiscard]] std::vector<double> ScoresBy(std::size_t threads, const OwnedRows& rows) const {
    std::vector<double> raw(rows.rows, kUnwritten);
    ScoreRowsByThreads(*forest_, choice_, rows.View(), raw, threads);
    return raw;
  }

  [[nodiscard]] std::vector<double> ScoresByOne(const OwnedRows& rows) const {
    std::vector<double> raw(rows.rows, kUnwritten);
    ScoreRows(*forest_, choice_, rows.View(), raw);
    return raw;
  }

  Random random_{5};
  OwnedForest owned_ = samples::CompleteForest(9, 6, random_);
  std::unique_ptr<const Forest> forest_ = BuildForest(owned_.View());
  KernelChoice choice_ = OnlyKernel(KernelNamed("portable"), 8);
};

TEST_F(ShareTest, HoweverManyThreadsShareTheRowsTheAnswersAreThoseOfOne) {
  for (const std::size_t count : {0U, 1U, 2U, 7U, 1'000U, 10'001U}) {
    const OwnedRows rows = samples::RandomRows(owned_, count, random_);
    const std::vector<double> expected = ScoresByOne(rows);
    for (const std::size_t threads : {0U, 1U, 2U, 3U, 16U}) {
      EXPECT_EQ(ScoresBy(threads, rows), expected) << count << " rows by " << threads;
    }
  }
}

TEST_F(ShareTest, LargeBatchesOfSeveralCallersDoNotMeet) {
  const OwnedRows rows = samples::RandomRows(owned_, 10'000, random_);
  const std::vector<double> expected = ScoresByOne(rows);
  std::atomic<int> wrong{0};
  {
    std::vector<std::jthread> callers;
    callers.reserve(3);
    for (int caller = 0; caller < 3; ++caller) {
      callers.emplace_back([&] {
        if (ScoresBy(3, rows) != expected) ++wrong;
      });
    }
  }
  EXPECT_EQ(wrong, 0);
}

TEST_F(ShareTest, TooLittleMemoryIsRefusedBeforeAnyThreadStarts) {
  const OwnedRows rows = samples::RandomRows(owned_, 100, random_);
  std::vector<double> raw(99);
  EXPECT_THROW(ScoreRowsByThreads(*forest_, choice_, rows.View(), raw, 2), ForestError);
}

TEST(ShareFaultTest, TheFirstRowWithAFaultIsNamedAsByOneThread) {
  OwnedForest owned;
  owned.code_slots = 1;
  const std::uint32_t feature = owned.AddTable(0, {0, 0, 1});
  const std::int32_t inner = owned.AddInner(feature, 0.5, false);
  const std::int32_t left = owned.AddLeaf({1});
  owned.Link(inner, left, owned.AddLeaf({2}));
  owned.roots = {inner};
  const auto forest = BuildForest(owned.View());
  OwnedRows rows{.rows = 20'000, .numbers = {}, .codes = std::vector<std::int32_t>(20'000)};
  for (const std::size_t row : {19'999U, 15'000U, 9'001U}) rows.codes[row] = 7;
  std::vector<double> raw(rows.rows);
  try {
    ScoreRowsByThreads(*forest, OnlyKernel(KernelNamed("portable"), 8), rows.View(), raw, 4);
    FAIL() << "a code that no table has was taken";
  } catch (const ForestError& error) {
    EXPECT_NE(std::string(error.what()).find("row 9001 "), std::string::npos) << error.what();
  }
}

}  // namespace
}  // namespace thicket

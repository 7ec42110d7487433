#include "bench/turns.h"

#include <algorithm>
#include <cstddef>
#include <span>
#include <utility>
#include <vector>

#include "bench/forest_file.h"
#include "forest/forest.h"
#include "forest/kernel_choice.h"
#include "scoring/score.h"
#include "tuner/thread_clock.h"

namespace thicket::bench {
namespace {

// A turn of one contestant: some hundred rows of the slowest, and a round of all in half a second.
constexpr double kTurnNanos = 25e6;
// Asking for the time takes as long as a row of a small forest, so it is asked once in so many
// rows.
constexpr std::size_t kRowsUnasked = 64;

// The forest without its trees, as long as this lives.
class WithoutTrees {
 public:
  explicit WithoutTrees(Forest& forest)
      : forest_(forest), count_(std::exchange(forest.trees.tree_count, 0)) {}
  ~WithoutTrees() { forest_.trees.tree_count = count_; }
  WithoutTrees(const WithoutTrees&) = delete;
  WithoutTrees& operator=(const WithoutTrees&) = delete;
  WithoutTrees(WithoutTrees&&) = delete;
  WithoutTrees& operator=(WithoutTrees&&) = delete;

 private:
  Forest& forest_;
  std::size_t count_;
};

void TakeTurn(const Forest& forest, const ForestFile& file, Contestant& contestant,
              std::vector<double>& raw) {
  const std::size_t calls_unasked = std::max<std::size_t>(kRowsUnasked / contestant.rows, 1);
  std::size_t rows = 0;
  const double start = WorkedNanos();
  double worked = 0;
  do {
    for (std::size_t call = 0; call < calls_unasked; ++call) {
      if (contestant.next_row + contestant.rows > file.Rows()) contestant.next_row = 0;
      ScoreRows(forest, contestant.choice, file.Rows(contestant.next_row, contestant.rows), raw);
      contestant.next_row += contestant.rows;
    }
    rows += calls_unasked * contestant.rows;
    worked = WorkedNanos() - start;
  } while (worked < kTurnNanos);
  contestant.turns.push_back(worked / static_cast<double>(rows));
}

}  // namespace

void TakeTurns(Forest& forest, const ForestFile& file, std::vector<Contestant>& contestants,
               std::size_t rounds) {
  std::vector<double> raw(file.Rows() * forest.Outputs());
  for (std::size_t round = 0; round < rounds; ++round) {
    for (Contestant& contestant : contestants) {
      if (contestant.has_trees) {
        TakeTurn(forest, file, contestant, raw);
      } else {
        const WithoutTrees without(forest);
        TakeTurn(forest, file, contestant, raw);
      }
    }
  }
}

void MakeCalls(const Forest& forest, const ForestFile& file, const KernelChoice& choice,
               std::size_t rows, std::size_t calls, std::span<double> raw) {
  std::size_t first = 0;
  for (std::size_t call = 0; call < calls; ++call) {
    if (first + rows > file.Rows()) first = 0;
    ScoreRows(forest, choice, file.Rows(first, rows), raw);
    first += rows;
  }
}

}  // namespace thicket::bench

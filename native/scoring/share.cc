#include "scoring/share.h"

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <span>
#include <system_error>
#include <thread>
#include <vector>

#include "forest/forest.h"
#include "forest/kernel_choice.h"
#include "forest/view/check.h"
#include "forest/view/view.h"
#include "scoring/score.h"

namespace thicket {
namespace {

// Rows of one block: as many as are scored together anyway, but so that every thread has its share.
std::size_t SharedRows(const Forest& forest, const KernelChoice& choice, std::size_t rows,
                       std::size_t threads) noexcept {
  const std::size_t together = BlockRowsMax(forest, choice);
  const std::size_t turns = (rows + threads * together - 1) / (threads * together);
  return (rows + threads * turns - 1) / (threads * turns);
}

class SharedBatch {
 public:
  SharedBatch(const Forest& forest, const KernelChoice& choice, const RowsView& rows,
              std::span<double> raw, std::size_t threads)
      : forest_(forest),
        choice_(choice),
        rows_(rows),
        raw_(raw),
        block_rows_(SharedRows(forest, choice, rows.rows, threads)) {}

  // Runs in every thread until no block is left. Any error ends the work of all.
  void Work() noexcept {
    try {
      while (!has_failed_) {
        const std::size_t first = next_.fetch_add(block_rows_);
        if (first >= rows_.rows) return;
        ScoreBlock(first, std::min(block_rows_, rows_.rows - first));
      }
    } catch (...) {
      has_failed_ = true;
    }
  }

  [[nodiscard]] bool HasFailed() const noexcept { return has_failed_; }

 private:
  void ScoreBlock(std::size_t first, std::size_t count) {
    const auto part = [=](auto values, std::size_t width) {
      return values.subspan(first * width, count * width);
    };
    const RowsView block{.rows = count,
                         .numbers = part(rows_.numbers, forest_.number_slots),
                         .codes = part(rows_.codes, forest_.code_slots)};
    ScoreRows(forest_, choice_, block, part(raw_, forest_.Outputs()));
  }

  const Forest& forest_;
  const KernelChoice& choice_;
  const RowsView& rows_;
  const std::span<double> raw_;
  const std::size_t block_rows_;
  std::atomic<std::size_t> next_ = 0;
  std::atomic<bool> has_failed_ = false;
};

}  // namespace

void ScoreRowsByThreads(const Forest& forest, const KernelChoice& choice, const RowsView& rows,
                        std::span<double> raw, std::size_t threads) {
  threads = std::min(threads, rows.rows);
  if (threads <= 1) {
    ScoreRows(forest, choice, rows, raw);
    return;
  }
  CheckRowLengths(rows, forest.number_slots, forest.code_slots, forest.Outputs(), raw.size());
  SharedBatch batch(forest, choice, rows, raw, threads);
  {
    // They end with their work: a thread costs some 20 us to start, and none waits for the next
    // batch with scratch memory of its own.
    std::vector<std::jthread> others;
    others.reserve(threads - 1);
    try {
      while (others.size() + 1 < threads) others.emplace_back([&batch] { batch.Work(); });
    } catch (const std::system_error&) {  // NOLINT(bugprone-empty-catch)
      // The system has no more threads to give: fewer do the work.
    }
    batch.Work();
  }
  // Once more, in order: then it is the first row with a fault that is named. And where memory did
  // not suffice for all threads, it may for one.
  if (batch.HasFailed()) ScoreRows(forest, choice, rows, raw);
}

}  // namespace thicket

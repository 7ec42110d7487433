#include <algorithm>
#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <deque>
#include <exception>
#include <limits>
#include <memory>
#include <ratio>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "bench/answers.h"
#include "bench/forest_file.h"
#include "bench/steps.h"
#include "bench/turns.h"
#include "forest/builder.h"
#include "forest/forest.h"
#include "forest/kernel_choice.h"
#include "forest/layouts/trees.h"
#include "kernels/kernel.h"
#include "scoring/score.h"
#include "tuner/thread_clock.h"
#include "tuner/tuner.h"

// Every kernel on one of the bench's forests, for `npm run bench:kernels`, which says how the
// figures are read; they go to stdout as JSON.
//
//   thicket_bench measure FILE ROUNDS          all kernels in turns, and the parts of a call
//   thicket_bench choose FILE                  what the tuner chooses
//   thicket_bench call FILE KERNEL ROWS CALLS  calls of one kernel, for tools that count
//   thicket_bench step FILE KERNEL ROWS CALLS  how often each instruction of these calls is run
namespace thicket::bench {
namespace {

// Rows of the calls that are timed; from the second on, the trees come one after the other.
constexpr std::array<std::size_t, 4> kCalls{1, 64, 1'024, 4'096};
constexpr std::size_t kNever = std::numeric_limits<std::size_t>::max();

void AddKernels(const Forest& forest, std::vector<Contestant>& contestants) {
  for (const std::size_t rows : kCalls) {
    for (const Kernel& kernel : Kernels()) {
      if (!kernel.is_supported()) continue;
      const bool is_alone = rows == 1;
      if (is_alone ? forest.Has(kernel.rows_by) && OwnsRowWalk(kernel)
                   : forest.Has(kernel.batches_by) && OwnsBatchWalk(kernel)) {
        contestants.push_back(
            {.what = "kernel", .rows = rows, .choice = OnlyKernel(kernel, is_alone ? kNever : 1)});
      }
    }
  }
}

// The parts of a call, with the kernels that the tuner chose. A kernel that walks nothing reports
// the first leaf for every walk, so that sums have values to add, which are near.
class Parts {
 public:
  Parts(const KernelChoice& choice, std::vector<Contestant>& contestants) {
    for (const std::size_t rows : kCalls) {
      const bool is_batch = rows >= choice.batch_rows_min;
      const Kernel& kernel = is_batch ? *choice.batch : *choice.row;
      const std::size_t from = is_batch ? 1 : kNever;
      contestants.push_back({.what = "chosen", .rows = rows, .choice = OnlyKernel(kernel, from)});
      const Kernel& idle = Idle(kernel, false);
      contestants.push_back({.what = "sums", .rows = rows, .choice = OnlyKernel(idle, from)});
      contestants.push_back(
          {.what = "binning", .rows = rows, .choice = OnlyKernel(idle, from), .has_trees = false});
      if (is_batch) {
        contestants.push_back({.what = "layingOut",
                               .rows = rows,
                               .choice = OnlyKernel(Idle(kernel, true), from),
                               .has_trees = false});
      }
    }
  }

 private:
  const Kernel& Idle(const Kernel& kernel, bool lays_out) {
    Kernel& idle = idle_.emplace_back(kernel);
    if (!lays_out) idle.lay_out = [](const WalkForest& /*forest*/, const WalkRows& /*rows*/) {};
    idle.walk_trees = [](const WalkForest& forest, const WalkRows& rows) {
      std::fill_n(rows.leaves, forest.trees, 0U);
    };
    idle.walk_rows = [](const WalkForest& /*forest*/, std::uint32_t /*tree*/,
                        const WalkRows& rows) { std::fill_n(rows.leaves, rows.rows, 0U); };
    return idle;
  }

  std::deque<Kernel> idle_;  // Its elements stay where they are.
};

double MillisSince(std::chrono::steady_clock::time_point start) {
  return std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - start)
      .count();
}

void PrintName(const char* key, std::string_view name) {
  std::printf("\"%s\": \"%.*s\"", key, static_cast<int>(name.size()), name.data());
}

// Chooses and prints what was chosen.
void PrintChoice(Forest& forest) {
  const auto start = std::chrono::steady_clock::now();
  const double worked = WorkedNanos();
  forest.choice = ChooseKernels(forest);
  const double worked_millis = (WorkedNanos() - worked) / 1e6;
  const KernelChoice& choice = forest.choice;
  std::printf("{\"ms\": %.2f, \"workedMs\": %.2f, ", MillisSince(start), worked_millis);
  PrintName("row", choice.row->name);
  std::printf(", ");
  PrintName("batch", choice.batch->name);
  std::printf(", \"batchRowsMin\": %zu, \"timings\": [", choice.batch_rows_min);
  for (const KernelTiming& timing : choice.timings) {
    std::printf("%s{", &timing == choice.timings.data() ? "" : ", ");
    PrintName("kernel", timing.kernel);
    std::printf(", \"rows\": %zu, \"nsPerRow\": %.1f}", timing.rows, timing.nanos_per_row);
  }
  std::printf("]}");
}

void PrintContestant(Contestant& contestant) {
  std::vector<double>& turns = contestant.turns;
  std::ranges::sort(turns);
  const bool is_alone = contestant.choice.batch_rows_min > contestant.rows;
  const Kernel& kernel = *contestant.choice.row;
  std::printf("{\"what\": \"%s\", \"rows\": %zu, \"by\": \"%s\", ", contestant.what,
              contestant.rows, is_alone ? "row" : "tree");
  PrintName("kernel", kernel.name);
  std::printf(", \"nsPerRow\": %.2f, \"nsPerRowBest\": %.2f}", turns[turns.size() / 2],
              turns.front());
}

// In the order of the table, which is that of what they need.
void PrintKernels() {
  const char* before = "";
  for (const Kernel& kernel : Kernels()) {
    if (!kernel.is_supported()) continue;
    std::printf("%s{", before);
    PrintName("name", kernel.name);
    std::printf(", ");
    PrintName("needs", kernel.needs);
    std::printf("}");
    before = ", ";
  }
}

void PrintForest(const Forest& forest) {
  std::printf("{\"trees\": %zu, \"innerNodes\": %zu, \"columns\": %zu, \"cutPoints\": %zu, ",
              forest.trees.tree_count, forest.inner_nodes, forest.columns.count,
              forest.columns.cut_points);
  std::printf(
      "\"bytes\": {\"nodes\": %zu, \"tiles\": %zu, \"leafMasks\": %zu, \"tops\": %zu, "
      "\"predicates\": %zu, \"columns\": %zu, \"leafValues\": %zu, \"all\": %zu}}",
      forest.trees.slab.Bytes(), forest.tiles.Bytes(), forest.leaf_masks.Bytes(),
      forest.tops.Bytes(), forest.predicates.Bytes(), forest.columns.Bytes(),
      forest.leaves.values.size() * sizeof(double), forest.Bytes());
}

void Measure(const ForestFile& file, std::size_t rounds) {
  const std::unique_ptr<Forest> forest = BuildForest(file.Forest());
  std::printf("{\"kernels\": [");
  PrintKernels();
  std::printf("], \"forest\": ");
  PrintForest(*forest);
  std::printf(", \"tuner\": ");
  PrintChoice(*forest);
  CheckAnswers(*forest, file);
  std::vector<Contestant> contestants;
  AddKernels(*forest, contestants);
  const Parts parts(forest->choice, contestants);
  TakeTurns(*forest, file, contestants, rounds);
  std::printf(", \"contestants\": [\n");
  for (Contestant& contestant : contestants) {
    if (&contestant != contestants.data()) std::printf(",\n");
    PrintContestant(contestant);
  }
  std::printf("]}\n");
}

std::size_t NumberOf(const char* text) {
  char* end = nullptr;
  const unsigned long long number = std::strtoull(text, &end, 10);
  if (*text == '\0' || *end != '\0' || number == 0) {
    throw std::runtime_error(std::string(text) + " is no number above zero");
  }
  return number;
}

// Calls whose forest and room are warm: as many have been before them.
void Count(std::span<char*> arguments, bool steps) {
  const ForestFile file(arguments[2]);
  const std::size_t rows = NumberOf(arguments[4]);
  const std::size_t calls = NumberOf(arguments[5]);
  const KernelChoice choice = OnlyKernel(KernelNamed(arguments[3]), rows == 1 ? kNever : 1);
  if (rows > file.Rows()) throw std::runtime_error("the file has fewer rows");
  const std::unique_ptr<const Forest> forest = BuildForest(file.Forest());
  std::vector<double> raw(rows * forest->Outputs());
  const auto make_calls = [&] { MakeCalls(*forest, file, choice, rows, calls, raw); };
  // Not by the name that counting tools look for.
  for (std::size_t call = 0; call < calls; ++call)
    ScoreRows(*forest, choice, file.Rows(0, rows), raw);
  if (steps) {
    PrintSteps(make_calls);
  } else {
    make_calls();
  }
}

void Run(std::span<char*> arguments) {
  const std::string_view mode = arguments.size() > 1 ? arguments[1] : "";
  if (mode == "measure" && arguments.size() == 4) {
    Measure(ForestFile(arguments[2]), NumberOf(arguments[3]));
  } else if (mode == "choose" && arguments.size() == 3) {
    PrintChoice(*BuildForest(ForestFile(arguments[2]).Forest()));
  } else if ((mode == "call" || mode == "step") && arguments.size() == 6) {
    Count(arguments, mode == "step");
  } else {
    throw std::runtime_error("its arguments are at the top of bench.cc");
  }
}

}  // namespace
}  // namespace thicket::bench

int main(int argc, char** argv) {
  try {
    thicket::bench::Run({argv, static_cast<std::size_t>(argc)});
    return EXIT_SUCCESS;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "thicket_bench: %s\n", error.what());
    return EXIT_FAILURE;
  }
}

#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "bench/forest_file.h"
#include "forest/forest.h"
#include "forest/kernel_choice.h"

namespace thicket::bench {

// A contestant: calls of so many rows, scored in one way.
struct Contestant {
  const char* what;
  std::size_t rows;
  KernelChoice choice;
  // Without trees a call is the binning alone, and what a call costs at all.
  bool has_trees = true;
  // Nanoseconds of a row, turn by turn.
  std::vector<double> turns = {};
  std::size_t next_row = 0;
};

// A B C A B C, so that a noisy moment hits all of them. Every turn goes on with other rows, and
// what counts is the thread's own processor time.
void TakeTurns(Forest& forest, const ForestFile& file, std::vector<Contestant>& contestants,
               std::size_t rounds);

// Nothing but `calls` calls, for tools that count what they do and find them by this name. `raw`
// has room for one call.
void MakeCalls(const Forest& forest, const ForestFile& file, const KernelChoice& choice,
               std::size_t rows, std::size_t calls, std::span<double> raw);

}  // namespace thicket::bench

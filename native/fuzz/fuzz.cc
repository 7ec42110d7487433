#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>

#include "test/agreement.h"
#include "test/samples.h"

// Differential fuzz: random forests and rows, every kernel against the reference, bit for bit.
//
//   thicket_fuzz [SECONDS [SEED]]
//
// A failure prints the seed of its case; running with 0 seconds and that seed repeats it alone.
int main(int argc, char** argv) {
  using Clock = std::chrono::steady_clock;
  const double seconds = argc > 1 ? std::strtod(argv[1], nullptr) : 10;
  std::uint64_t seed = argc > 2 ? std::strtoull(argv[2], nullptr, 10) : 1;
  const Clock::time_point end = Clock::now() + std::chrono::duration_cast<Clock::duration>(
                                                   std::chrono::duration<double>(seconds));
  std::size_t cases = 0;
  std::size_t row_count = 0;
  do {
    thicket::samples::Random random(seed);
    const auto forest = thicket::samples::RandomForest(random);
    // Now and then several groups of rows.
    const std::size_t rows = 1 + random() % (random() % 16 == 0 ? 1'500 : 200);
    const std::string wrong =
        thicket::samples::Disagreement(forest, thicket::samples::RandomRows(forest, rows, random));
    if (!wrong.empty()) {
      std::fprintf(stderr, "seed %llu: %s\n", static_cast<unsigned long long>(seed), wrong.c_str());
      return 1;
    }
    ++cases;
    row_count += rows;
    ++seed;
  } while (Clock::now() < end);
  std::printf("%zu forests, %zu rows: every kernel agrees with the reference, bit for bit\n", cases,
              row_count);
  return 0;
}

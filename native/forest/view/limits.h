#pragma once

#include <cstddef>
#include <cstdint>

// Every bound of the native core, each with its reason. What the builder accepts lies within them,
// so the numbers of a forest always fit the types that carry them.
namespace thicket {

// Cut points in one column. Bins then run from 0 to 65,534 and a cut never reaches 65,535, which is
// the mark of a node that always goes on to its own child.
inline constexpr std::size_t kColumnCutsMax = 65'534;

// Columns of one forest: a node names its column in 16 bits.
inline constexpr std::size_t kColumnsMax = 65'536;

// Trees of one forest. Twenty times the largest that we have met; a row's leaf numbers then need
// 256 KiB of scratch memory.
inline constexpr std::size_t kTreesMax = 65'536;

// Inner nodes of one forest. Twice as many places, the roots and the ends of the trees' last lines
// must fit into 31 bits.
inline constexpr std::size_t kInnerNodesMax = std::size_t{1} << 28U;

// Rows whose answers to one question fill one 512-bit register.
inline constexpr std::size_t kGroupRows = 512;

// Predicates of one column that are compared with one by one. Ranking the rows takes about as long
// as so many comparisons, hardly depends on their number, and needs more masks.
inline constexpr std::size_t kComparedPredicatesMax = 256;

// Predicates of one forest: trees name them in 16 bits.
inline constexpr std::size_t kPredicatesMax = 65'536;

// Entries of all trees' first levels, at 6 bytes: four thousand trees of eight levels.
inline constexpr std::size_t kPredicateEntriesMax = std::size_t{1} << 20U;

// Values of all exits, where trees end there: 4 MB, which is four thousand trees of 128 leaves.
inline constexpr std::size_t kExitValuesMax = std::size_t{1} << 19U;

// Masks of one group of rows: a megabyte, half of a usual L2.
inline constexpr std::size_t kMasksMax = 16'384;

// Memory for the masks of one block of rows, which the block's rows are made fewer to fit in: half
// of a usual L2, beside the block itself.
inline constexpr std::size_t kMaskBytesMax = std::size_t{1} << 20U;

// Memory for the tops of all trees: two thousand trees of eight levels. More trees get fewer
// levels.
inline constexpr std::size_t kTopsBytesMax = std::size_t{4} << 20U;

// Memory for what tables answer to leaf masks: with more, a row would wait for it rather than
// compute, and the build would take long.
inline constexpr std::size_t kCodeAnswersBytesMax = std::size_t{2} << 20U;

// Raw scores of one row. The largest multi-output forests in use stay below 1,000.
inline constexpr std::size_t kOutputsMax = 4'096;

// Features of one forest, and encoded values of one row of each kind. A wide one-hot pipeline has
// thousands.
inline constexpr std::size_t kFeaturesMax = std::size_t{1} << 20U;
inline constexpr std::size_t kSlotsMax = std::size_t{1} << 20U;

// Elementary operations on the way from a number to a feature. A pipeline of scalers has under ten.
inline constexpr std::size_t kFeatureStepsMax = 64;

// Rows of one call from JavaScript: more would only keep a thread from its other work.
inline constexpr std::size_t kCallRowsMax = std::size_t{1} << 24U;

// Threads of one call: as many as the setting for scoring threads allows.
inline constexpr std::size_t kThreadsMax = 256;

// Memory for the bins of one block of rows, per thread: a quarter of a usual L2 of 1 to 2 MB, so
// that a tree and the rows that walk down it stay there together.
inline constexpr std::size_t kBlockBytesMax = std::size_t{512} * 1024;

// Rows of one block, where rows are short: enough to make the ends of a tree's walk unimportant.
inline constexpr std::size_t kBlockRowsMax = 4'096;

// Timed runs of one call, so that a slip of the finger cannot hold the process for hours.
inline constexpr std::size_t kTimedRunsMax = 1'000'000;

// Raw scores of one timed run, which have no array of the caller's to bound them: 128 MiB.
inline constexpr std::size_t kTimedScoresMax = std::size_t{1} << 24U;

// Processor time that choosing a forest's kernels may take at its load: a tenth of what a load may
// take in all. Others who want the processor take none of it, so that a busy machine does not
// choose by fewer measurements; but no load waits longer than the second bound.
inline constexpr double kTunerNanosMax = 50e6;
inline constexpr double kTunerWallNanosMax = 4 * kTunerNanosMax;

}  // namespace thicket

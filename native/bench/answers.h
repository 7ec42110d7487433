#pragma once

#include "bench/forest_file.h"
#include "forest/forest.h"

namespace thicket::bench {

// Throws std::runtime_error with a sentence where a kernel or the reference gives a row of the file
// another raw score than the source library, by a single bit. A fast wrong answer is no figure.
void CheckAnswers(const Forest& forest, const ForestFile& file);

}  // namespace thicket::bench

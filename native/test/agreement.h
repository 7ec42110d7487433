#pragma once

#include <string>

#include "test/owned_forest.h"
#include "test/samples.h"

namespace thicket::samples {

// Scores by the reference and by every kernel that runs here, the rows in one call and one by one.
// Returns an empty string where all agree bit for bit, else a sentence on the first that does not.
[[nodiscard]] std::string Disagreement(const OwnedForest& forest, const OwnedRows& rows);

}  // namespace thicket::samples

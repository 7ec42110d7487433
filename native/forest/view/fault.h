#pragma once

#include <cstdint>
#include <exception>
#include <string>
#include <utility>

namespace thicket {

// Faults of a forest that a caller hands us, or of a call on one. Tests match these;
// the words of the sentence are for people.
enum class Fault : std::uint8_t {
  kLengths,            // Parallel arrays differ in length, or have the wrong length.
  kTooMany,            // A bound of limits.h is exceeded.
  kEmpty,              // No tree, no leaf or no output.
  kFeatureKind,        // Neither number nor table, or data of the other kind.
  kFeatureSlot,        // A feature reads a value that rows do not have.
  kFeatureRange,       // The ranges of steps or table entries do not follow each other.
  kFeatureStep,        // An operation that does not exist.
  kTableLength,        // A table without room for missing and unknown, or tables that disagree.
  kComparison,         // Neither `<=` nor `<`.
  kSums,               // Made in no type that is known.
  kThreshold,          // NaN.
  kMissingSide,        // Neither left nor right.
  kVisits,             // Negative, infinite or NaN.
  kTreeOutput,         // A tree adds to an output that does not exist.
  kNodeFeature,        // A node tests a feature that does not exist.
  kChildRange,         // A child or root that does not exist.
  kChildBeforeParent,  // A walk might not end.
  kParents,            // An inner node or leaf with no parent, or with two.
  kLeafValue,          // Not finite, or no number of the type of the sums.
  kBase,               // Not finite.
  kColumnsTooMany,     // The features need more columns than a node can name.
  kRowLengths,         // Arrays of rows that are shorter than the rows.
  kRowCode,            // A category code that the forest's tables do not have.
  kHandle,             // No such forest, or no longer.
  kKernel,             // THICKET_KERNEL names no kernel that runs here.
  kArgument,           // A value from JavaScript of the wrong kind.
};

class ForestError : public std::exception {
 public:
  ForestError(Fault fault, std::string sentence) : fault_(fault), sentence_(std::move(sentence)) {}

  [[nodiscard]] Fault Which() const noexcept { return fault_; }
  [[nodiscard]] const char* what() const noexcept override { return sentence_.c_str(); }

 private:
  Fault fault_;
  std::string sentence_;
};

}  // namespace thicket

#include "forest/view/check.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "forest/view/ensemble_arrays.h"
#include "forest/view/fault.h"
#include "forest/view/limits.h"
#include "forest/view/sums.h"
#include "forest/view/view.h"

namespace thicket {
namespace {

std::string Number(std::size_t value) {
  return std::to_string(value);
}

void Require(bool holds, Fault fault, const char* sentence) {
  if (!holds) throw ForestError(fault, sentence);
}

void RequireAtMost(std::size_t count, std::size_t max, const char* what) {
  if (count > max) {
    throw ForestError(Fault::kTooMany, "the forest has " + Number(count) + " " + what +
                                           ", more than the " + Number(max) + " allowed");
  }
}

void RequireLength(std::size_t length, std::size_t expected, const char* what,
                   const char* part = "") {
  if (length != expected) {
    throw ForestError(Fault::kLengths, std::string(what) + part + " has length " + Number(length) +
                                           ", expected " + Number(expected));
  }
}

[[noreturn]] void Refuse(Fault fault, const char* thing, std::size_t at, const char* what) {
  throw ForestError(fault, std::string(thing) + " " + Number(at) + " " + what);
}

// Ranges that start at 0, never run backwards and end with the array that they cut up.
void CheckRanges(std::span<const std::uint32_t> start, std::size_t length, const char* what) {
  bool holds = start.front() == 0 && start.back() == length;
  for (std::size_t at = 1; holds && at < start.size(); ++at) holds = start[at - 1] <= start[at];
  if (!holds) {
    throw ForestError(
        Fault::kFeatureRange,
        std::string(what) + " must start at 0, never run backwards and end at " + Number(length));
  }
}

void CheckFeatureLengths(const FeatureView& features) {
  const std::size_t count = features.Count();
  RequireAtMost(count, kFeaturesMax, "features");
  RequireLength(features.slot.size(), count, "features.slot");
  RequireLength(features.step_start.size(), count + 1, "features.stepStart");
  RequireLength(features.table_start.size(), count + 1, "features.tableStart");
  RequireLength(features.step_operand.size(), features.step_op.size(), "features.stepOperand");
  CheckRanges(features.step_start, features.step_op.size(), "features.stepStart");
  CheckRanges(features.table_start, features.table_values.size(), "features.tableStart");
}

void CheckFeatures(const ForestView& view) {
  const FeatureView& features = view.features;
  CheckFeatureLengths(features);
  std::vector<std::size_t> slot_entries(view.code_slots, 0);
  for (std::size_t at = 0; at < features.Count(); ++at) {
    const std::size_t steps = features.step_start[at + 1] - features.step_start[at];
    const std::size_t entries = features.table_start[at + 1] - features.table_start[at];
    if (features.kind[at] > 1) Refuse(Fault::kFeatureKind, "feature", at, "is of no known kind");
    if (!features.IsTable(at)) {
      if (entries != 0) Refuse(Fault::kFeatureKind, "number feature", at, "has a table");
      if (features.slot[at] >= view.number_slots) {
        Refuse(Fault::kFeatureSlot, "feature", at, "reads a number that rows do not have");
      }
      RequireAtMost(steps, kFeatureStepsMax, "steps in one feature");
      continue;
    }
    if (steps != 0) Refuse(Fault::kFeatureKind, "table feature", at, "has steps");
    if (features.slot[at] >= view.code_slots) {
      Refuse(Fault::kFeatureSlot, "feature", at, "reads a code that rows do not have");
    }
    if (entries < kTableSpecials) {
      Refuse(Fault::kTableLength, "feature", at, "has no entries for missing and unknown");
    }
    std::size_t& known = slot_entries[features.slot[at]];
    if (known != 0 && known != entries) {
      Refuse(Fault::kTableLength, "feature", at, "has a table of another length than its slot");
    }
    known = entries;
  }
  for (std::size_t at = 0; at < features.step_op.size(); ++at) {
    if (features.step_op[at] >= kStepOps) Refuse(Fault::kFeatureStep, "step", at, "is unknown");
  }
}

std::size_t CountOf(const EnsembleView& trees, Per per) {
  switch (per) {
    case Per::kTree:
      return trees.Trees();
    case Per::kInnerNode:
      return trees.InnerNodes();
    case Per::kLeafNumber:
      return trees.leaf_values.size();  // The number of leaves follows from this length.
    case Per::kOutput:
      return trees.outputs;
  }
  return 0;
}

void CheckEnsembleLengths(const EnsembleView& trees) {
  const std::size_t inner = trees.InnerNodes();
  RequireAtMost(trees.Trees(), kTreesMax, "trees");
  RequireAtMost(inner, kInnerNodesMax, "inner nodes");
  RequireAtMost(trees.outputs, kOutputsMax, "outputs");
  Require(trees.Trees() > 0, Fault::kEmpty, "the forest has no trees");
  Require(trees.outputs > 0, Fault::kEmpty, "the forest has no outputs");
  Require(!trees.leaf_values.empty(), Fault::kEmpty, "the forest has no leaves");
  ForEachEnsembleArray([&](const auto& array) {
    const std::size_t length = (trees.*array.of).size();
    if (array.may_be_empty && length == 0) return;
    RequireLength(length, CountOf(trees, array.per), "ensemble.", array.name);
  });
  RequireLength(trees.leaf_values.size() % trees.LeafWidth(), 0,
                "what is left of ensemble.leafValues after whole leaves");
  Require(trees.comparison <= 1, Fault::kComparison, "ensemble.comparison must be 0 or 1");
  Require(trees.sums <= 1, Fault::kSums, "ensemble.sums must be 0 or 1");
}

// Summands are finite, and leaves are numbers of the type of their sums.
void CheckSummands(const EnsembleView& trees) {
  const auto is_finite = [](double value) { return std::isfinite(value); };
  Require(std::ranges::all_of(trees.leaf_values, is_finite), Fault::kLeafValue,
          "ensemble.leafValues must be finite");
  Require(std::ranges::all_of(trees.base, is_finite), Fault::kBase, "ensemble.base must be finite");
  if (trees.SumsOf() == Sums::kFloat64) return;
  const auto is_single = [](double value) { return RoundedTo(Sums::kFloat32, value) == value; };
  Require(std::ranges::all_of(trees.leaf_values, is_single), Fault::kLeafValue,
          "ensemble.leafValues must be numbers of float32, as their sums are");
  const auto has_single = [](double value) {
    return std::isfinite(RoundedTo(Sums::kFloat32, value));
  };
  Require(std::ranges::all_of(trees.base, has_single), Fault::kBase,
          "ensemble.base must be finite as float32, as its sums are");
}

void CheckNumbers(const EnsembleView& trees, std::size_t features) {
  for (std::size_t at = 0; at < trees.InnerNodes(); ++at) {
    if (std::isnan(trees.threshold[at])) {
      Refuse(Fault::kThreshold, "the threshold of inner node", at, "is not a number");
    }
    if (trees.feature[at] >= features) {
      Refuse(Fault::kNodeFeature, "inner node", at, "tests a feature that does not exist");
    }
    if (trees.missing_left[at] > 1) {
      Refuse(Fault::kMissingSide, "missingLeft of inner node", at, "must be 0 or 1");
    }
  }
  for (std::size_t tree = 0; tree < trees.tree_outputs.size(); ++tree) {
    if (trees.tree_outputs[tree] >= trees.outputs) {
      Refuse(Fault::kTreeOutput, "tree", tree, "adds to an output that does not exist");
    }
  }
  const auto is_visit = [](double count) { return std::isfinite(count) && count >= 0; };
  Require(std::ranges::all_of(trees.visits, is_visit), Fault::kVisits,
          "ensemble.visits must be finite and not negative");
  CheckSummands(trees);
}

// Counts who names whom. Children after parents means no cycle, one parent each means no shared
// subtree and nothing left over: so every walk ends, and the trees are trees.
class Links {
 public:
  explicit Links(const EnsembleView& trees)
      : inner_parents_(trees.InnerNodes(), 0), leaf_parents_(trees.Leaves(), 0) {}

  void AddRoot(std::size_t tree, std::int32_t root) { Add(root, "the root of tree", tree); }

  void AddChild(std::size_t parent, std::int32_t child) {
    Add(child, "a child of inner node", parent);
    if (!IsLeaf(child) && InnerOf(child) <= parent) {
      Refuse(Fault::kChildBeforeParent, "a child of inner node", parent, "comes before it");
    }
  }

  void RequireOneParentEach() const {
    RequireOne(inner_parents_, "inner node");
    RequireOne(leaf_parents_, "leaf");
  }

 private:
  void Add(std::int32_t child, const char* who, std::size_t at) {
    std::vector<std::uint8_t>& parents = IsLeaf(child) ? leaf_parents_ : inner_parents_;
    const std::size_t index = IsLeaf(child) ? LeafOf(child) : InnerOf(child);
    if (index >= parents.size()) Refuse(Fault::kChildRange, who, at, "does not exist");
    if (parents[index] != 0) Refuse(Fault::kParents, who, at, "has another parent already");
    parents[index] = 1;
  }

  static void RequireOne(const std::vector<std::uint8_t>& parents, const char* what) {
    const auto lonely = std::ranges::find(parents, std::uint8_t{0});
    if (lonely != parents.end()) {
      Refuse(Fault::kParents, what, static_cast<std::size_t>(lonely - parents.begin()),
             "belongs to no tree");
    }
  }

  std::vector<std::uint8_t> inner_parents_;
  std::vector<std::uint8_t> leaf_parents_;
};

void CheckLinks(const EnsembleView& trees) {
  Links links(trees);
  for (std::size_t tree = 0; tree < trees.Trees(); ++tree) links.AddRoot(tree, trees.roots[tree]);
  for (std::size_t at = 0; at < trees.InnerNodes(); ++at) {
    links.AddChild(at, trees.left[at]);
    links.AddChild(at, trees.right[at]);
  }
  links.RequireOneParentEach();
}

}  // namespace

void CheckForest(const ForestView& view) {
  RequireAtMost(view.number_slots, kSlotsMax, "number slots");
  RequireAtMost(view.code_slots, kSlotsMax, "code slots");
  CheckFeatures(view);
  CheckEnsembleLengths(view.ensemble);
  CheckNumbers(view.ensemble, view.features.Count());
  CheckLinks(view.ensemble);
}

void CheckRowLengths(const RowsView& rows, std::size_t number_slots, std::size_t code_slots,
                     std::size_t outputs, std::size_t raw_length) {
  // Neither product can overflow: each factor has a bound far below 2^32.
  if (rows.rows > kCallRowsMax) {
    throw ForestError(Fault::kTooMany, "one call takes at most " + Number(kCallRowsMax) + " rows");
  }
  const auto require = [&](std::size_t length, std::size_t width, const char* what) {
    if (length >= rows.rows * width) return;
    throw ForestError(Fault::kRowLengths, std::string(what) + " has length " + Number(length) +
                                              ", but " + Number(rows.rows) + " rows of " +
                                              Number(width) + " need " + Number(rows.rows * width));
  };
  require(rows.numbers.size(), number_slots, "numbers");
  require(rows.codes.size(), code_slots, "codes");
  require(raw_length, outputs, "raw");
}

void RefuseCode(std::size_t row, std::size_t slot, std::int32_t code, std::size_t entries) {
  throw ForestError(Fault::kRowCode, "row " + Number(row) + " has code " + std::to_string(code) +
                                         " in code slot " + Number(slot) +
                                         ", which knows codes from -2 to " +
                                         std::to_string(static_cast<std::int64_t>(entries) - 3));
}

}  // namespace thicket

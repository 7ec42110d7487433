#include "forest/columns.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "forest/fault.h"
#include "forest/limits.h"
#include "forest/node_lists.h"
#include "forest/pull_back.h"
#include "forest/steps.h"
#include "forest/view.h"

namespace thicket {
namespace {

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();

bool IsBeyond(double value, double threshold, Comparison comparison) noexcept {
  return comparison == Comparison::kLessOrEqual ? !(value <= threshold) : !(value < threshold);
}

// Hands out columns, and tells each node where to look.
class Planner {
 public:
  explicit Planner(const ForestView& view)
      : view_(view),
        comparison_(static_cast<Comparison>(view.ensemble.comparison)),
        lists_(view.ensemble, SplitsMissing()) {
    plan_.nodes.resize(view.ensemble.InnerNodes());
  }

  ColumnPlan Plan() {
    for (std::size_t feature = 0; feature < view_.features.Count(); ++feature) {
      if (!view_.features.IsTable(feature)) AddNumberFeature(feature);
    }
    AddTableFeatures();
    return std::move(plan_);
  }

 private:
  // Where a missing value can arrive at the trees as NaN.
  [[nodiscard]] std::vector<bool> SplitsMissing() const {
    const FeatureView& features = view_.features;
    std::vector<bool> splits(features.Count());
    for (std::size_t feature = 0; feature < features.Count(); ++feature) {
      if (features.IsTable(feature)) {
        splits[feature] = std::ranges::any_of(features.Table(feature),
                                              [](double value) { return std::isnan(value); });
      } else {
        const std::vector<Step> steps = StepsOf(features, feature);
        splits[feature] = !CanPullBack(steps) || std::isnan(MissingAfter(steps));
      }
    }
    return splits;
  }

  static double MissingAfter(std::span<const Step> steps) noexcept {
    double x = kNaN;
    for (const Step& step : steps) x = ApplyStep(step, x);
    return x;
  }

  void AddNumberFeature(std::size_t feature) {
    const std::vector<Step> steps = StepsOf(view_.features, feature);
    for (const bool missing_left : {false, true}) {
      const std::span<const NodeCut> nodes = lists_.Of(feature, missing_left);
      if (nodes.empty()) continue;
      if (CanPullBack(steps)) {
        AddNumberList(feature, nodes, missing_left, steps, MissingAfter(steps));
      } else {
        NumberColumns& list = AddNumberList(feature, nodes, missing_left, {}, kNaN);
        list.step_first = plan_.columns.steps.size();
        list.step_count = steps.size();
        plan_.columns.steps.insert(plan_.columns.steps.end(), steps.begin(), steps.end());
      }
    }
  }

  // `missing` is what a missing value has become when it meets the thresholds. It need not be in
  // the image of the steps, so two thresholds with the same cut point stay apart where it lies
  // between.
  NumberColumns& AddNumberList(std::size_t feature, std::span<const NodeCut> nodes,
                               bool missing_left, std::span<const Step> steps, double missing) {
    Columns& columns = plan_.columns;
    NumberColumns list{.slot = view_.features.slot[feature],
                       .first_column = static_cast<std::uint32_t>(columns.count),
                       .cut_first = columns.cuts.size()};
    std::size_t count = 0;
    std::size_t missing_bin = 0;
    double threshold = kNaN;
    std::optional<double> cut;
    bool is_beyond = false;
    for (const NodeCut& node : nodes) {
      if (node.threshold != threshold) {
        threshold = node.threshold;
        std::optional<double> next = OutermostLeft(threshold, comparison_);
        if (next.has_value()) next = PullBack(steps, *next);
        const bool next_is_beyond =
            !std::isnan(missing) && IsBeyond(missing, threshold, comparison_);
        if (count == 0 || next != cut || next_is_beyond != is_beyond) {
          ++count;
          if (next_is_beyond) ++missing_bin;
          if (next.has_value()) {
            columns.cuts.push_back(*next);
          } else {
            ++list.always_beyond;
          }
        }
        cut = next;
        is_beyond = next_is_beyond;
      }
      SetNode(node.node, list.first_column, count - 1);
    }
    if (std::isnan(missing)) missing_bin = missing_left ? 0 : count;
    list.cut_count = static_cast<std::uint32_t>(columns.cuts.size() - list.cut_first);
    list.missing_bin = static_cast<std::uint32_t>(missing_bin);
    list.segments = static_cast<std::uint32_t>(AddColumns(count));
    columns.numbers.push_back(list);
    return columns.numbers.back();
  }

  void AddTableFeatures() {
    std::vector<std::vector<std::size_t>> features_of(view_.code_slots);
    for (std::size_t feature = 0; feature < view_.features.Count(); ++feature) {
      if (view_.features.IsTable(feature)) {
        features_of[view_.features.slot[feature]].push_back(feature);
      }
    }
    for (std::size_t slot = 0; slot < features_of.size(); ++slot) {
      if (!features_of[slot].empty()) AddTableSlot(slot, features_of[slot]);
    }
  }

  void AddTableSlot(std::size_t slot, const std::vector<std::size_t>& features) {
    Columns& columns = plan_.columns;
    const std::size_t entries = view_.features.Table(features.front()).size();
    const std::size_t first_column = columns.count;
    std::vector<std::vector<std::uint16_t>> parts;  // One for each column: the bin of each entry.
    for (const std::size_t feature : features) {
      for (const bool missing_left : {false, true}) {
        const std::span<const NodeCut> nodes = lists_.Of(feature, missing_left);
        if (!nodes.empty()) AddTableList(view_.features.Table(feature), nodes, missing_left, parts);
      }
    }
    columns.tables.push_back({.slot = static_cast<std::uint32_t>(slot),
                              .first_column = static_cast<std::uint32_t>(first_column),
                              .width = static_cast<std::uint32_t>(parts.size()),
                              .entries = static_cast<std::uint32_t>(entries),
                              .bin_first = columns.table_bins.size()});
    for (std::size_t entry = 0; entry < entries; ++entry) {
      for (const auto& part : parts) columns.table_bins.push_back(part[entry]);
    }
  }

  void AddTableList(std::span<const double> table, std::span<const NodeCut> nodes,
                    bool missing_left, std::vector<std::vector<std::uint16_t>>& parts) {
    const std::size_t first_column = plan_.columns.count;
    std::vector<double> thresholds;
    for (const NodeCut& node : nodes) {
      if (thresholds.empty() || thresholds.back() != node.threshold) {
        thresholds.push_back(node.threshold);
      }
      SetNode(node.node, first_column, thresholds.size() - 1);
    }
    const std::size_t segments = AddColumns(thresholds.size());
    for (std::size_t segment = 0; segment < segments; ++segment) {
      std::vector<std::uint16_t>& part = parts.emplace_back();
      for (const double value : table) {
        part.push_back(SegmentBin(TableBin(value, thresholds, missing_left), segment));
      }
    }
  }

  [[nodiscard]] std::size_t TableBin(double value, const std::vector<double>& thresholds,
                                     bool missing_left) const {
    if (std::isnan(value)) return missing_left ? 0 : thresholds.size();
    const auto first_not_beyond = std::ranges::partition_point(
        thresholds, [&](double threshold) { return IsBeyond(value, threshold, comparison_); });
    return static_cast<std::size_t>(first_not_beyond - thresholds.begin());
  }

  // A list takes a column for each kColumnCutsMax of its cut points.
  std::size_t AddColumns(std::size_t cuts) {
    Columns& columns = plan_.columns;
    const std::size_t segments = (cuts + kColumnCutsMax - 1) / kColumnCutsMax;
    columns.cut_points += cuts;
    columns.count += segments;
    if (columns.count > kColumnsMax) {
      throw ForestError(Fault::kColumnsTooMany,
                        "the forest needs more than " + std::to_string(kColumnsMax) + " columns");
    }
    return segments;
  }

  // The column may not exist yet: AddColumns refuses a forest in which it does not fit.
  void SetNode(std::size_t node, std::size_t first_column, std::size_t cut) {
    plan_.nodes[node] = {.column = static_cast<std::uint16_t>(first_column + cut / kColumnCutsMax),
                         .cut = static_cast<std::uint16_t>(cut % kColumnCutsMax)};
  }

  const ForestView& view_;
  const Comparison comparison_;
  const NodeLists lists_;
  ColumnPlan plan_;
};

}  // namespace

std::size_t Columns::Bytes() const noexcept {
  return numbers.capacity() * sizeof(NumberColumns) + tables.capacity() * sizeof(TableColumns) +
         cuts.capacity() * sizeof(double) + table_bins.capacity() * sizeof(std::uint16_t) +
         steps.capacity() * sizeof(Step);
}

ColumnPlan PlanColumns(const ForestView& view) {
  ColumnPlan plan = Planner(view).Plan();
  plan.columns.cuts.shrink_to_fit();
  plan.columns.table_bins.resize(plan.columns.table_bins.size() + kBinsAtOnce);
  plan.columns.table_bins.shrink_to_fit();
  return plan;
}

}  // namespace thicket

#include "forest/columns/columns.h"

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

#include "forest/columns/cut_index.h"
#include "forest/columns/node_lists.h"
#include "forest/columns/number_columns.h"
#include "forest/columns/pull_back.h"
#include "forest/columns/table_columns.h"
#include "forest/memory/pages.h"
#include "forest/view/fault.h"
#include "forest/view/limits.h"
#include "forest/view/steps.h"
#include "forest/view/view.h"

namespace thicket {
namespace {

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();

bool IsBeyond(double value, double threshold, Comparison comparison) noexcept {
  return comparison == Comparison::kLessOrEqual ? !(value <= threshold) : !(value < threshold);
}

// Hands out columns, and gives each node its column.
class Planner {
 public:
  explicit Planner(const ForestView& view)
      : view_(view),
        comparison_(static_cast<Comparison>(view.ensemble.comparison)),
        lists_(view.ensemble, view.features.Count()) {
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
  static double MissingAfter(std::span<const Step> steps) noexcept {
    double x = kNaN;
    for (const Step& step : steps) x = ApplyStep(step, x);
    return x;
  }

  [[nodiscard]] bool SendsMissingLeft(const NodeCut& node) const noexcept {
    return view_.ensemble.missing_left[node.node] != 0;
  }

  // The sides that the nodes send NaN to: right-goers first.
  [[nodiscard]] std::vector<bool> SidesOf(std::span<const NodeCut> nodes) const {
    std::vector<bool> sides;
    for (const bool is_left : {false, true}) {
      const auto is_here = [&](const NodeCut& node) { return SendsMissingLeft(node) == is_left; };
      if (std::ranges::any_of(nodes, is_here)) sides.push_back(is_left);
    }
    return sides;
  }

  void AddNumberFeature(std::size_t feature) {
    const std::span<const NodeCut> nodes = lists_.Of(feature);
    if (nodes.empty()) return;
    const std::vector<Step> steps = StepsOf(view_.features, feature);
    const std::uint32_t slot = view_.features.slot[feature];
    if (CanPullBack(steps)) {
      AddNumberList(slot, nodes, steps);
    } else {
      AddNumberList(ComputedSlot(slot, steps), nodes, {});
    }
  }

  std::uint32_t ComputedSlot(std::uint32_t slot, const std::vector<Step>& steps) {
    Columns& columns = plan_.columns;
    columns.computed.push_back(
        {.slot = slot, .step_first = columns.steps.size(), .step_count = steps.size()});
    columns.steps.insert(columns.steps.end(), steps.begin(), steps.end());
    return static_cast<std::uint32_t>(view_.number_slots + columns.computed.size() - 1);
  }

  // A missing value may reach the thresholds as a number outside of the image of the steps, so two
  // thresholds with the same cut point stay apart where it lies between.
  void AddNumberList(std::uint32_t slot, std::span<const NodeCut> nodes,
                     std::span<const Step> steps) {
    NumberColumns list{.slot = slot, .buckets = {}, .sides = {}};
    const double missing = MissingAfter(steps);
    const auto first_column = static_cast<std::uint32_t>(plan_.columns.count);
    std::size_t count = 0;
    std::uint32_t missing_bin = 0;
    double threshold = kNaN;
    std::optional<double> cut;
    bool is_beyond = false;
    cuts_.clear();
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
            cuts_.push_back(*next);
          } else {
            ++list.always_beyond;
          }
        }
        cut = next;
        is_beyond = next_is_beyond;
      }
      SetNode(node.node, first_column, count - 1);
    }
    if (std::isnan(missing)) {
      AddSides(list, nodes, count);
    } else {
      list.sides[list.side_count++] = {.first_column = first_column, .missing_bin = missing_bin};
      list.segments = AddColumns(count);
    }
    plan_.columns.cut_points += count;
    AddCutPoints(cuts_, list, plan_.columns.cuts);
    plan_.columns.numbers.push_back(list);
  }

  // Columns for each side that NaN goes to. The nodes of the second are moved there.
  void AddSides(NumberColumns& list, std::span<const NodeCut> nodes, std::size_t cuts) {
    for (const bool is_left : SidesOf(nodes)) {
      list.sides[list.side_count++] = {
          .first_column = static_cast<std::uint32_t>(plan_.columns.count),
          .missing_bin = is_left ? 0 : static_cast<std::uint32_t>(cuts)};
      list.segments = AddColumns(cuts);
    }
    if (list.side_count == 2) MoveToSecondSide(nodes, list.segments);
  }

  void MoveToSecondSide(std::span<const NodeCut> nodes, std::uint32_t columns) {
    for (const NodeCut& node : nodes) {
      if (!SendsMissingLeft(node)) continue;
      std::uint16_t& column = plan_.nodes[node.node].column;
      column = static_cast<std::uint16_t>(column + columns);
    }
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
      if (!lists_.Of(feature).empty()) AddTableList(feature, parts);
    }
    columns.tables.push_back({.slot = static_cast<std::uint32_t>(slot),
                              .first_column = static_cast<std::uint32_t>(first_column),
                              .width = static_cast<std::uint32_t>(parts.size()),
                              .entries = static_cast<std::uint32_t>(entries),
                              .bin_first = columns.table_bins.size(),
                              .lane_first = columns.table_lanes.size()});
    for (std::size_t entry = 0; entry < entries; ++entry) {
      for (const auto& part : parts) columns.table_bins.push_back(part[entry]);
    }
    if (entries > kTableLanes) return;
    for (const auto& part : parts) {
      columns.table_lanes.insert(columns.table_lanes.end(), part.begin(), part.end());
      columns.table_lanes.resize(columns.table_lanes.size() + kTableLanes - entries);
    }
  }

  void AddTableList(std::size_t feature, std::vector<std::vector<std::uint16_t>>& parts) {
    const std::span<const double> table = view_.features.Table(feature);
    const std::span<const NodeCut> nodes = lists_.Of(feature);
    const std::size_t first_column = plan_.columns.count;
    std::vector<double> thresholds;
    for (const NodeCut& node : nodes) {
      if (thresholds.empty() || thresholds.back() != node.threshold) {
        thresholds.push_back(node.threshold);
      }
      SetNode(node.node, first_column, thresholds.size() - 1);
    }
    plan_.columns.cut_points += thresholds.size();
    const bool has_missing =
        std::ranges::any_of(table, [](double value) { return std::isnan(value); });
    const std::vector<bool> sides = has_missing ? SidesOf(nodes) : std::vector<bool>{false};
    std::uint32_t segments = 0;
    for (const bool is_left : sides) {
      segments = AddColumns(thresholds.size());
      for (std::size_t segment = 0; segment < segments; ++segment) {
        std::vector<std::uint16_t>& part = parts.emplace_back();
        for (const double value : table) {
          part.push_back(SegmentBin(TableBin(value, thresholds, is_left), segment));
        }
      }
    }
    if (sides.size() == 2) MoveToSecondSide(nodes, segments);
  }

  [[nodiscard]] std::size_t TableBin(double value, const std::vector<double>& thresholds,
                                     bool missing_left) const {
    if (std::isnan(value)) return missing_left ? 0 : thresholds.size();
    const auto first_not_beyond = std::ranges::partition_point(
        thresholds, [&](double threshold) { return IsBeyond(value, threshold, comparison_); });
    return static_cast<std::size_t>(first_not_beyond - thresholds.begin());
  }

  // A list takes a column for each kColumnCutsMax of its cut points.
  std::uint32_t AddColumns(std::size_t cuts) {
    Columns& columns = plan_.columns;
    const std::size_t segments = (cuts + kColumnCutsMax - 1) / kColumnCutsMax;
    columns.count += segments;
    if (columns.count > kColumnsMax) {
      throw ForestError(Fault::kColumnsTooMany,
                        "the forest needs more than " + std::to_string(kColumnsMax) + " columns");
    }
    return static_cast<std::uint32_t>(segments);
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
  BuildVector<double> cuts_;  // Of the list that is made; here, so that its memory is reused.
};

}  // namespace

std::size_t Columns::Bytes() const noexcept {
  return numbers.capacity() * sizeof(NumberColumns) + cuts.Bytes() +
         computed.capacity() * sizeof(ComputedNumber) + steps.capacity() * sizeof(Step) +
         tables.capacity() * sizeof(TableColumns) +
         (table_bins.capacity() + table_lanes.capacity()) * sizeof(std::uint16_t);
}

ColumnPlan PlanColumns(const ForestView& view) {
  ColumnPlan plan = Planner(view).Plan();
  plan.columns.cuts.ShrinkToFit();
  plan.columns.table_bins.resize(plan.columns.table_bins.size() + kBinsAtOnce);
  plan.columns.table_bins.shrink_to_fit();
  plan.columns.table_lanes.shrink_to_fit();
  return plan;
}

}  // namespace thicket

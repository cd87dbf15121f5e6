#include "report/baseline_agreement.h"

#include <algorithm>
#include <limits>
#include <optional>

#include "error/error.h"
#include "report/paired_values.h"
#include "report/summaries.h"
#include "stats/list_agreement.h"
#include "task/metric_definition.h"

namespace assay::report {
namespace {

using stats::RankedList;
using Measured = std::optional<double>;

Measured measure(const MetricDefinition& definition, RankedList a, RankedList b) {
  if (definition.name == "baseline_overlap") return stats::overlap(a, b);
  if (definition.name == "baseline_kendall") return stats::kendall_tau(a, b);
  const auto number = [&](const char* option) {
    return std::stod(std::string(definition.option(option)));
  };
  if (definition.name == "baseline_rbo") return stats::rank_biased_overlap(a, b, number("p"));
  require(definition.name == "baseline_kendall_distance", "metrics of the baseline are known");
  return stats::kendall_distance(a, b, number("penalty"));
}

/// The first `cutoff` of request r, without padding.
RankedList row(const Slates& slates, std::int64_t r, std::int64_t cutoff) {
  const auto width = static_cast<std::size_t>(slates.size);
  const RankedList whole(slates.items.data() + r * slates.size, width);
  const auto end = std::ranges::find(whole, -1);
  const auto filled = static_cast<std::int64_t>(end - whole.begin());
  return whole.first(static_cast<std::size_t>(std::min(filled, cutoff)));
}

void append(const Slates& own, const Slates& baseline, const MetricDefinition& definition,
            std::int64_t cutoff, std::vector<float>& values) {
  for (std::int64_t r = 0; r < own.requests; ++r) {
    const Measured value = measure(definition, row(own, r, cutoff), row(baseline, r, cutoff));
    values.push_back(value ? static_cast<float>(*value) : std::numeric_limits<float>::quiet_NaN());
  }
}

struct Column {
  MetricDefinition definition;
  std::int64_t cutoff = 0;
};

std::vector<Column> columns_of(const std::vector<MetricAt>& metrics) {
  std::vector<Column> columns;
  for (const MetricAt& at : metrics) {
    if (is_of_baseline(at.definition)) columns.push_back({parse_metric(at.definition), at.cutoff});
  }
  return columns;
}

/// One variant beside the baseline: values of every column by pair of seeds.
std::vector<SeedValues> values_of(const Reader& reader, const TrialGroup& group,
                                  const TrialGroup& baseline, const std::vector<Column>& columns) {
  std::vector<SeedValues> values(columns.size());
  const std::size_t pairs = std::max(group.seeds.size(), baseline.seeds.size());
  for (std::size_t s = 0; s < pairs; ++s) {
    const auto& own = group.seeds[s % group.seeds.size()].trial_keys;
    const auto& other = baseline.seeds[s % baseline.seeds.size()].trial_keys;
    for (SeedValues& column : values) column.emplace_back();
    for (std::size_t fold = 0; fold < own.size(); ++fold) {
      const Slates lists = reader.slates(own[fold]), theirs = reader.slates(other[fold]);
      for (std::size_t c = 0; c < columns.size(); ++c)
        append(lists, theirs, columns[c].definition, columns[c].cutoff, values[c].back());
    }
  }
  return values;
}

}  // namespace

bool is_of_baseline(std::string_view definition) {
  const std::string_view name = definition.substr(0, definition.find('{'));
  const auto of_baseline = [&](const MetricInfo& info) {
    return info.name == name && std::ranges::count(info.needs, MetricNeed::baseline) > 0;
  };
  return std::ranges::any_of(metric_table(), of_baseline);
}

std::vector<SummaryRow> baseline_agreement(const RunSamples& samples, const std::string& baseline,
                                           const std::vector<MetricAt>& metrics, double alpha) {
  std::vector<SummaryRow> rows;
  const std::vector<Column> columns = columns_of(metrics);
  if (columns.empty()) return rows;
  for (const TrialGroup& group : samples.groups()) {
    const TrialGroup* other = samples.find(baseline, group.dataset, group.fold);
    if (other == nullptr || !other->complete || !group.complete || group.variant == baseline ||
        group.request_sets != other->request_sets) {
      continue;
    }
    const auto users = repeating_users(samples, group);
    const auto values = values_of(samples.reader(), group, *other, columns);
    for (std::size_t c = 0; c < columns.size(); ++c) {
      const StageMetric at{kServed, columns[c].definition.id, static_cast<int>(columns[c].cutoff)};
      rows.push_back(summarise_values(group, at, values[c], users, alpha));
    }
  }
  return rows;
}

}  // namespace assay::report

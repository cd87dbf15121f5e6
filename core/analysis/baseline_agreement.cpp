#include "analysis/baseline_agreement.h"

#include <algorithm>
#include <limits>
#include <optional>

#include "analysis/paired_values.h"
#include "analysis/summaries.h"
#include "error/error.h"
#include "metric_catalog/metric_definition.h"
#include "stats/list_agreement.h"

namespace assay::analysis {
namespace {

using stats::RankedList;
using Measured = std::optional<double>;

Measured measure(const metric_catalog::MetricDefinition& definition, RankedList a, RankedList b) {
  if (definition.name == "baseline_overlap") return stats::overlap(a, b);
  if (definition.name == "baseline_kendall") return stats::kendall_tau(a, b);
  const auto number = [&](const char* option) {
    return std::stod(std::string(definition.option(option)));
  };
  if (definition.name == "baseline_rbo") return stats::rank_biased_overlap(a, b, number("p"));
  error::require(definition.name == "baseline_kendall_distance",
                 "metrics of the baseline are known");
  return stats::kendall_distance(a, b, number("penalty"));
}

/// The first `cutoff` of request r, without padding.
RankedList row(const results::Slates& slates, int64_t r, int64_t cutoff) {
  const auto width = static_cast<size_t>(slates.size);
  const RankedList whole(slates.items.data() + r * slates.size, width);
  const auto end = std::ranges::find(whole, -1);
  const auto filled = static_cast<int64_t>(end - whole.begin());
  return whole.first(static_cast<size_t>(std::min(filled, cutoff)));
}

std::vector<float> measure_all(const results::Slates& own, const results::Slates& baseline,
                               const metric_catalog::MetricDefinition& definition, int64_t cutoff) {
  std::vector<float> values;
  for (int64_t r = 0; r < own.requests; ++r) {
    const Measured value = measure(definition, row(own, r, cutoff), row(baseline, r, cutoff));
    values.push_back(value ? static_cast<float>(*value) : std::numeric_limits<float>::quiet_NaN());
  }
  return values;
}

struct AgreementColumn {
  metric_catalog::MetricDefinition definition;
  int64_t cutoff = 0;
};

std::vector<AgreementColumn> columns_of(const std::vector<task::MetricAt>& metrics) {
  std::vector<AgreementColumn> columns;
  for (const task::MetricAt& at : metrics) {
    if (is_of_baseline(at.definition))
      columns.push_back({metric_catalog::parse_metric(at.definition), at.cutoff});
  }
  return columns;
}

/// One variant beside the baseline, in a range of requests: values of every column by pair of
/// seeds.
std::vector<SeedValues> values_of(const results::Reader& reader, const TrialGroup& group,
                                  const TrialGroup& baseline, const RequestRange& range,
                                  const std::vector<AgreementColumn>& columns) {
  std::vector<SeedValues> values(columns.size());
  const auto lists_of = [&](const TrialGroup& of, size_t s) {
    const std::string& key = of.seeds[s % of.seeds.size()].trial_keys.at(range.set);
    return reader.slates(key, range.first, range.count);
  };
  for (size_t s = 0; s < std::max(group.seeds.size(), baseline.seeds.size()); ++s) {
    const results::Slates own = lists_of(group, s), theirs = lists_of(baseline, s);
    for (size_t c = 0; c < columns.size(); ++c)
      values[c].push_back(measure_all(own, theirs, columns[c].definition, columns[c].cutoff));
  }
  return values;
}

}  // namespace

bool is_of_baseline(std::string_view definition) {
  const std::string_view name = definition.substr(0, definition.find('{'));
  const auto of_baseline = [&](const metric_catalog::MetricInfo& info) {
    return info.name == name &&
           std::ranges::count(info.needs, metric_catalog::MetricNeed::baseline) > 0;
  };
  return std::ranges::any_of(metric_catalog::metric_table(), of_baseline);
}

std::vector<results::SummaryRow> baseline_agreement(const RunSamples& samples,
                                                    const std::string& baseline,
                                                    const std::vector<task::MetricAt>& metrics,
                                                    double alpha) {
  std::vector<results::SummaryRow> rows;
  const std::vector<AgreementColumn> columns = columns_of(metrics);
  if (columns.empty()) return rows;
  for (const TrialGroup& group : samples.groups()) {
    const TrialGroup* other = samples.find(baseline, group.dataset, group.fold);
    if (other == nullptr || !other->complete || !group.complete || group.variant == baseline ||
        group.request_sets != other->request_sets) {
      continue;
    }
    const GroupUsers users(samples.reader(), group);
    const size_t pairs = std::max(group.seeds.size(), other->seeds.size());
    std::vector<Summarising> lines(columns.size(), Summarising(pairs, users.order()));
    for (const RequestRange& range : ranges_of(samples.reader(), group)) {
      const auto values = values_of(samples.reader(), group, *other, range, columns);
      const std::vector<int32_t> asked = users.read(range);
      for (size_t c = 0; c < columns.size(); ++c) lines[c].add(values[c], asked);
    }
    for (size_t c = 0; c < columns.size(); ++c) {
      const results::StageMetric at{kServed, columns[c].definition.id,
                                    static_cast<int>(columns[c].cutoff)};
      rows.push_back(lines[c].row(group, at, alpha));
    }
  }
  return rows;
}

}  // namespace assay::analysis

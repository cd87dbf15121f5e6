#include "analysis/loop_days.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>

#include "analysis/analysis.h"
#include "analysis/catalogue_bootstrap.h"
#include "analysis/paired_values.h"
#include "analysis/resolved_config.h"
#include "exposure/exposure.h"
#include "results/world_table.h"
#include "simulator/served_lists.h"
#include "stats/distributions.h"
#include "stats/moments.h"
#include "stats/paired.h"
#include "task/simulator_spec.h"

namespace assay::analysis {
namespace {

using results::LoopDayRow;

constexpr char kAllFolds[] = "all";

/// A value a request, of served lists.
struct ListMeasure {
  const char* name;
  std::vector<float> (*of)(const simulator::World&, const simulator::ServedLists&);
};
constexpr std::array kListMeasures = {ListMeasure{"clicks", simulator::expected_clicks},
                                      ListMeasure{"diversity", simulator::list_diversity}};

/// A value a catalogue, of how often each item is shown.
struct CatalogueMeasure {
  const char* name;
  const char* definition;
};
constexpr std::array kCatalogueMeasures = {
    CatalogueMeasure{"coverage", "item_coverage{catalogue=all}"},
    CatalogueMeasure{"gini", "gini{catalogue=all}"}};

std::vector<int32_t> numbers(const std::vector<std::string>& ids) {
  std::vector<int32_t> out;
  for (const std::string& id : ids) out.push_back(id.empty() ? -1 : std::stoi(id));
  return out;
}

/// The requests of a day as the world numbers users and items.
struct Asked {
  Asked(const results::Reader& reader, const std::string& set)
      : user(numbers(reader.request_user_ids(set))) {
    for (const int64_t time_s : reader.request_users(set).times)
      day.push_back(simulator::day_of(time_s * 1'000'000));
    const std::array<results::Cell, 1> of{set};
    const results::QueryAnswer answer = reader.query(
        "SELECT item_ids FROM catalogue JOIN request_set USING (prepared_hash) WHERE "
        "request_set = ?",
        of);
    item = numbers(nlohmann::json::parse(std::get<std::string>(answer.rows.at(0).at(0))));
  }
  std::vector<int32_t> user, item;
  std::vector<int64_t> day;
};

/// A mean over requests and seeds, NaN left out.
struct Mean {
  double sum = 0;
  int64_t count = 0;

  void add(const SeedValues& values) {
    for (const std::vector<float>& seed : values) {
      for (const float value : seed) {
        if (std::isnan(value)) continue;
        sum += static_cast<double>(value);
        ++count;
      }
    }
  }
  std::optional<double> value() const {
    return count == 0 ? std::nullopt : std::optional(sum / static_cast<double>(count));
  }
};

/// One data set.
class Loop {
 public:
  Loop(const RunSamples& samples, int64_t run_id, const std::string& dataset,
       const task::SimulatorSpec& spec, const std::string& baseline,
       const AnalysisSettings& settings)
      : reader_(samples.reader()),
        run_id_(run_id),
        dataset_(dataset),
        world_(spec),
        comparing_{.samples = samples, .baseline = baseline, .settings = settings, .metrics = {}} {}

  void add_rows(std::vector<LoopDayRow>& rows) {
    for (const TrialGroup& group : comparing_.samples.groups()) {
      if (group.dataset != dataset_) continue;
      for (const ListMeasure& measure : kListMeasures) rows.push_back(row_of(group, measure));
      if (group.fold == kAllFolds) continue;
      for (const CatalogueMeasure& measure : kCatalogueMeasures)
        rows.push_back(row_of(group, measure));
    }
  }

 private:
  LoopDayRow begin(const TrialGroup& group, const char* measure) const {
    LoopDayRow row;
    row.run_id = run_id_;
    row.variant = group.variant;
    row.dataset = group.dataset;
    row.day = group.fold == kAllFolds ? 0 : std::stoi(group.fold);
    row.measure = measure;
    if (!group.complete || group.seeds.empty()) row.reason = kIncomplete;
    return row;
  }

  /// The baseline on the same day; null for itself, and where it is not there.
  const TrialGroup* beside(const TrialGroup& group, LoopDayRow& row) const {
    if (group.variant == comparing_.baseline) return nullptr;
    const TrialGroup* found =
        comparing_.samples.find(comparing_.baseline, group.dataset, group.fold);
    if (found != nullptr && found->complete && found->request_sets == group.request_sets)
      return found;
    row.reason = "not all trials of " + comparing_.baseline + " are done";
    return nullptr;
  }

  const Asked& asked(const std::string& set) {
    const auto found = asked_.find(set);
    return found != asked_.end() ? found->second
                                 : asked_.emplace(set, Asked(reader_, set)).first->second;
  }

  SeedValues values(const TrialGroup& group, const RequestRange& range,
                    const ListMeasure& measure) {
    const Asked& who = asked(group.request_sets[range.set]);
    const auto first = static_cast<size_t>(range.first), count = static_cast<size_t>(range.count);
    SeedValues out;
    for (const SeedTrials& seed : group.seeds) {
      results::Slates slates =
          reader_.slates(seed.trial_keys.at(range.set), range.first, range.count);
      for (int32_t& item : slates.items)
        if (item >= 0) item = who.item.at(static_cast<size_t>(item));
      out.push_back(measure.of(
          world_, {std::span(who.user).subspan(first, count),
                   std::span(who.day).subspan(first, count), slates.items, slates.size}));
    }
    return out;
  }

  LoopDayRow row_of(const TrialGroup& group, const ListMeasure& measure) {
    LoopDayRow row = begin(group, measure.name);
    if (!row.reason.empty()) return row;
    const TrialGroup* baseline = beside(group, row);
    const GroupUsers users(reader_, group);
    stats::SeedPairing pairing(baseline ? baseline->seeds.size() : 1, group.seeds.size(),
                               users.order(), 0);
    Mean mean;
    for (const RequestRange& range : ranges_of(reader_, group)) {
      const SeedValues own = values(group, range, measure);
      mean.add(own);
      row.requests += range.count;
      if (baseline == nullptr) continue;
      const SeedValues other = values(*baseline, range, measure);
      pairing.add(spans(other), spans(own), users.read(range));
    }
    row.value = mean.value();
    if (baseline == nullptr) return row;
    const stats::Difference difference = stats::paired_difference(
        pairing.sample(),
        {.alpha = comparing_.settings.compare.alpha, .method = stats::PairedMethod::student_t});
    row.difference = difference.value;
    if (difference.interval) {
      row.ci_low = difference.interval->low;
      row.ci_high = difference.interval->high;
    }
    return row;
  }

  /// Mean over seeds.
  std::optional<double> shown(const TrialGroup& group, const CatalogueMeasure& measure,
                              int64_t& requests) {
    const Asked& who = asked(group.request_sets.front());
    double sum = 0;
    for (const SeedTrials& seed : group.seeds) {
      const results::Slates slates = reader_.slates(seed.trial_keys.front());
      std::vector<int64_t> counts(who.item.size());
      for (const int32_t item : slates.items)
        if (item >= 0) ++counts.at(static_cast<size_t>(item));
      requests = slates.requests;
      const auto value =
          exposure::catalogue_value(measure.definition, {counts, slates.requests, slates.size});
      if (!value) return std::nullopt;
      sum += *value;
    }
    return sum / static_cast<double>(group.seeds.size());
  }

  LoopDayRow row_of(const TrialGroup& group, const CatalogueMeasure& measure) {
    LoopDayRow row = begin(group, measure.name);
    if (!row.reason.empty()) return row;
    row.value = shown(group, measure, row.requests);
    if (!row.value) row.reason = std::string(exposure::kNoExposure);
    const TrialGroup* baseline = beside(group, row);
    if (baseline == nullptr || !row.value) return row;
    int64_t requests = 0;
    const auto other = shown(*baseline, measure, requests);
    if (!other) return row;
    row.difference = *row.value - *other;
    const auto resamples =
        resample_catalogue(comparing_, {*baseline, group, GroupUsers(reader_, group)},
                           {kServed, measure.definition, 0});
    if (!resamples) return row;
    std::vector<double> differences;
    for (size_t b = 0; b < resamples->variant.size(); ++b)
      differences.push_back(resamples->variant[b] - resamples->baseline[b]);
    const double error = std::sqrt(stats::moments_of(differences).variance +
                                   resamples->seeds_variant + resamples->seeds_baseline);
    const double reach = stats::normal_quantile(1 - comparing_.settings.compare.alpha / 2) * error;
    row.ci_low = *row.difference - reach;
    row.ci_high = *row.difference + reach;
    return row;
  }

  const results::Reader reader_;
  const int64_t run_id_;
  const std::string dataset_;
  const simulator::World world_;
  const Comparing comparing_;
  std::map<std::string, Asked> asked_;  // by request set
};

bool has_loop(const results::Reader& reader, int64_t run_id) {
  for (const results::RunInfo& run : reader.runs())
    if (run.run_id == run_id) return config_value(run.row.config, {"loop", "days"}).has_value();
  return false;
}

}  // namespace

std::vector<LoopDayRow> loop_days(const RunSamples& samples, int64_t run_id,
                                  const std::string& baseline, const AnalysisSettings& settings) {
  std::vector<LoopDayRow> rows;
  if (!has_loop(samples.reader(), run_id)) return rows;
  for (const auto& [dataset, spec] : results::worlds(samples.reader(), run_id))
    Loop(samples, run_id, dataset, nlohmann::json::parse(spec).get<task::SimulatorSpec>(), baseline,
         settings)
        .add_rows(rows);
  return rows;
}

}  // namespace assay::analysis

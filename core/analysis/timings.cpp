#include "analysis/timings.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <iterator>
#include <nlohmann/json.hpp>
#include <set>
#include <tuple>
#include <utility>

#include "results/attribution_table.h"
#include "stats/quantile.h"
#include "task/settings.h"

namespace assay::analysis {

namespace {

/// `even`: as many rounds of each variant under each scenario.
constexpr char kPasses[] = R"sql(
WITH line AS (
  SELECT l.dataset, l.fold, x.timing_key, l.variant_id, x.scenario, count(*) AS rounds,
         max(x.latency_id) AS last
  FROM latency AS x JOIN run_trial AS l USING (trial_key) JOIN variant AS v USING (variant_id)
  WHERE l.run_id = ? AND x.stage = 'served' AND x.role = 'normal' AND x.serving IN ('', v.serving)
    AND (x.timing_key LIKE 'attribution:%') = (l.run_id IN (SELECT run_id FROM attribution))
  GROUP BY 1, 2, 3, 4, 5),
scenario AS (
  SELECT dataset, fold, timing_key, scenario, count(*) AS variants,
         min(rounds) = max(rounds) AS even, max(last) AS last
  FROM line GROUP BY 1, 2, 3, 4)
SELECT dataset, fold, timing_key FROM scenario GROUP BY 1, 2, 3
ORDER BY dataset, fold, min(variants) DESC, min(even) DESC, max(last) DESC)sql";

/// Takes one more value into the mean of `count` values.
void take_into(std::optional<double>& mean, const std::optional<double>& value, double count) {
  if (value) mean = (mean.value_or(0.0) * count + *value) / (count + 1.0);
}

bool is_repeat(const results::KeptLatency& kept) {
  return kept.row.role == results::LatencySamples::Role::baseline_repeat;
}

/// @param rounds  normal ones that are in `timed` already
void add_round(TimedStage& timed, const results::KeptLatency& kept, int& rounds) {
  if (is_repeat(kept)) {
    timed.repeat_ms.insert(timed.repeat_ms.end(), kept.ms.begin(), kept.ms.end());
    timed.repeat_sizes.push_back(std::ssize(kept.ms));
    return;
  }
  timed.ms.insert(timed.ms.end(), kept.ms.begin(), kept.ms.end());
  timed.round_sizes.push_back(std::ssize(kept.ms));
  if (kept.row.degraded) timed.degraded = timed.degraded.value_or(0) + *kept.row.degraded;
  take_into(timed.offered_qps, kept.row.offered_qps, rounds);
  take_into(timed.achieved_qps, kept.row.achieved_qps, rounds);
  ++rounds;
}

results::LatencyRow row_of(const TimedStage& timed, const stats::Estimate& estimate,
                           double quantile) {
  results::LatencyRow row;
  row.variant = timed.variant;
  row.dataset = timed.dataset;
  row.fold = timed.fold;
  row.seed = timed.seed;
  row.scenario = timed.scenario;
  row.stage = timed.stage;
  row.quantile = quantile;
  row.ms = estimate.value;
  if (estimate.interval) {
    row.ci_low_ms = estimate.interval->low;
    row.ci_high_ms = estimate.interval->high;
  }
  row.requests = estimate.n;
  row.offered_qps = timed.offered_qps;
  row.achieved_qps = timed.achieved_qps;
  row.degraded = timed.degraded;
  if (!row.ms) row.reason = estimate.reason;
  return row;
}

using Rounds = std::vector<const results::KeptLatency*>;

bool is_disturbed(const results::KeptLatency& kept) {
  const bool own_threads =
      scenario_kind(kept.row.scenario) == task::name_of(task::ScenarioKind::server);
  return kept.row.disturbance.is_disturbed(own_threads);
}

/// The rounds of one role that count: those that nothing disturbed, or all where that leaves fewer
/// than two.
Rounds counting(const Rounds& rounds, bool repeats) {
  constexpr ptrdiff_t kLeast = 2;
  Rounds all, quiet;
  for (const results::KeptLatency* kept : rounds) {
    if (is_repeat(*kept) != repeats) continue;
    all.push_back(kept);
    if (!is_disturbed(*kept)) quiet.push_back(kept);
  }
  return std::ssize(quiet) >= kLeast ? quiet : all;
}

/// @param rounds  of one stage under one scenario in one pass; at least one
TimedStage timed_stage(const TrialGroup& group, std::optional<int64_t> seed, const Rounds& rounds) {
  TimedStage timed;
  timed.variant = group.variant;
  timed.dataset = group.dataset;
  timed.fold = group.fold;
  timed.seed = seed;
  timed.scenario = rounds.front()->row.scenario;
  timed.stage = rounds.front()->row.stage;
  int added = 0;
  for (const bool repeats : {false, true}) {
    for (const results::KeptLatency* kept : counting(rounds, repeats)) {
      add_round(timed, *kept, added);
      if (is_disturbed(*kept)) timed.busy = kept->row.disturbance.text();
    }
  }
  timed.left_out =
      std::ssize(rounds) - std::ssize(timed.round_sizes) - std::ssize(timed.repeat_sizes);
  return timed;
}

/// What was measured of a group that is one fold.
struct GroupTimes {
  std::vector<TimedStage> chosen;   // by one pass
  std::vector<TimedStage> earlier;  // end to end, by the others
};

bool is_of_attribution(const std::string& timing_key) {
  return timing_key.starts_with(results::kAttributionPass);
}

/// @param timing_key  of the pass that is chosen
GroupTimes read_stages(const RunSamples& samples, const TrialGroup& group,
                       const std::string& timing_key) {
  GroupTimes times;
  for (const SeedTrials& seed : group.seeds) {
    const auto all = samples.reader().latency(seed.trial_keys.front());
    Rounds rounds;
    const auto finish = [&] {
      if (rounds.empty()) return;
      const bool is_chosen = rounds.front()->row.timing_key == timing_key;
      if (is_chosen || rounds.front()->row.stage == kServed)
        (is_chosen ? times.chosen : times.earlier).push_back(timed_stage(group, seed.seed, rounds));
      rounds.clear();
    };
    const auto place = [](const results::KeptLatency& kept) {
      return std::tie(kept.row.timing_key, kept.row.scenario, kept.row.stage);
    };
    for (const results::KeptLatency& kept : all) {
      // Mixed pipelines are timed beside the variants of the run that they are about.
      if (is_of_attribution(kept.row.timing_key) != is_of_attribution(timing_key)) continue;
      // Variants of one trial that are hosted in different ways have times of their own under load.
      if (!kept.row.serving.empty() && kept.row.serving != group.serving) continue;
      if (!rounds.empty() && place(kept) != place(*rounds.front())) finish();
      rounds.push_back(&kept);
    }
    finish();
  }
  return times;
}

const TimedStage* like(const std::vector<TimedStage>& stages, const TimedStage& wanted) {
  const auto found = std::ranges::find_if(stages, [&](const TimedStage& timed) {
    return timed.seed == wanted.seed && timed.scenario == wanted.scenario &&
           timed.stage == wanted.stage;
  });
  return found == stages.end() ? nullptr : &*found;
}

void append(TimedStage& pooled, const TimedStage& fold, double folds_before) {
  pooled.ms.insert(pooled.ms.end(), fold.ms.begin(), fold.ms.end());
  pooled.repeat_ms.insert(pooled.repeat_ms.end(), fold.repeat_ms.begin(), fold.repeat_ms.end());
  pooled.left_out += fold.left_out;
  if (!fold.busy.empty()) pooled.busy = fold.busy;
  if (fold.degraded) pooled.degraded = pooled.degraded.value_or(0) + *fold.degraded;
  take_into(pooled.offered_qps, fold.offered_qps, folds_before);
  take_into(pooled.achieved_qps, fold.achieved_qps, folds_before);
}

/// What every fold was timed in.
std::vector<TimedStage> pooled(const TrialGroup& group,
                               const std::vector<const std::vector<TimedStage>*>& folds) {
  std::vector<TimedStage> stages;
  for (const TimedStage& first : *folds.front()) {
    TimedStage all = first;
    all.fold = group.fold;
    // A round of several folds has requests of other kinds in each: no measure of the machine.
    all.round_sizes.clear();
    all.repeat_sizes.clear();
    for (size_t f = 1; f < folds.size(); ++f) {
      const TimedStage* const fold = like(*folds[f], first);
      if (fold == nullptr) {
        all.ms.clear();
        break;
      }
      append(all, *fold, static_cast<double>(f));
    }
    if (!all.ms.empty()) stages.push_back(std::move(all));
  }
  return stages;
}

bool pools_folds(const TrialGroup& group) { return group.request_sets.size() > 1; }

}  // namespace

RunTimings::RunTimings(const RunSamples& samples, int64_t run_id) {
  const auto passes = chosen_passes(samples.reader(), run_id);
  const std::vector<TrialGroup>& groups = samples.groups();
  std::vector<std::vector<TimedStage>> by_group(groups.size());
  for (size_t g = 0; g < groups.size(); ++g) {
    const auto pass = passes.find({groups[g].dataset, groups[g].fold});
    if (pools_folds(groups[g]) || pass == passes.end()) continue;
    GroupTimes times = read_stages(samples, groups[g], pass->second);
    by_group[g] = std::move(times.chosen);
    std::ranges::move(times.earlier, std::back_inserter(earlier_));
  }
  // The folds of a pooled group follow it.
  for (size_t g = 0; g < groups.size(); ++g) {
    if (!pools_folds(groups[g])) continue;
    std::vector<const std::vector<TimedStage>*> folds;
    for (size_t f = g + 1; f <= g + groups[g].request_sets.size(); ++f)
      folds.push_back(&by_group.at(f));
    by_group[g] = pooled(groups[g], folds);
  }
  for (std::vector<TimedStage>& stages : by_group)
    std::ranges::move(stages, std::back_inserter(stages_));
}

const TimedStage* RunTimings::find(const TrialGroup& group, std::string_view scenario,
                                   std::string_view stage) const {
  for (const TimedStage& timed : stages_) {
    if (timed.variant == group.variant && timed.dataset == group.dataset &&
        timed.fold == group.fold && timed.scenario == scenario && timed.stage == stage) {
      return &timed;
    }
  }
  return nullptr;
}

std::vector<std::string> RunTimings::scenarios(std::string_view dataset,
                                               std::string_view fold) const {
  std::set<std::string> found;
  for (const TimedStage& timed : stages_) {
    if (timed.dataset == dataset && timed.fold == fold) found.insert(timed.scenario);
  }
  return {found.begin(), found.end()};
}

std::map<std::pair<std::string, std::string>, std::string> chosen_passes(
    const results::Reader& reader, int64_t run_id) {
  const std::array<assay::results::Cell, 1> parameters{run_id};
  std::map<std::pair<std::string, std::string>, std::string> passes;
  for (const auto& row : reader.query(kPasses, parameters).rows) {
    passes.try_emplace({std::get<std::string>(row[0]), std::get<std::string>(row[1])},
                       std::get<std::string>(row[2]));
  }
  return passes;
}

std::string scenario_kind(const std::string& scenario) {
  const nlohmann::json json = nlohmann::json::parse(scenario, nullptr, false);
  if (!json.is_object() || !json.contains("kind")) return scenario;
  return json["kind"].is_string() ? json["kind"].get<std::string>() : scenario;
}

std::vector<results::LatencyRow> latency_rows(const RunTimings& timings, double alpha,
                                              std::span<const double> further) {
  std::set<double> quantiles(std::begin(kLatencyQuantiles), std::end(kLatencyQuantiles));
  quantiles.insert(further.begin(), further.end());
  std::vector<results::LatencyRow> rows;
  for (const TimedStage& timed : timings.stages()) {
    std::vector<double> sorted(timed.ms.begin(), timed.ms.end());
    std::ranges::sort(sorted);
    for (const double quantile : quantiles) {
      rows.push_back(row_of(timed, stats::quantile_of_sorted(sorted, quantile, alpha), quantile));
    }
  }
  return rows;
}

}  // namespace assay::analysis

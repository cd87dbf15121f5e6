#include "execution/timing_forecast.h"

#include <algorithm>
#include <set>
#include <tuple>

#include "execution/timing_phase.h"
#include "results/reader.h"

namespace assay::execution {
namespace {

using Trials = std::vector<const PlannedTrial*>;
/// A round of one trial: key, how it is hosted, number, whether it is the baseline's second.
using Round = std::tuple<std::string, std::string, int64_t, bool>;

// One a variant, as the pass times them.
Trials timed_trials(const Plan& plan, size_t data) {
  std::set<std::string> seen;
  Trials trials;
  for (const PlannedTrial& trial : plan.trials) {
    if (trial.data == data && seen.insert(trial.variant).second) trials.push_back(&trial);
  }
  return trials;
}

std::set<Round> rounds_of(const Plan& plan, const Trials& trials,
                          const task::ScenarioSpec& scenario) {
  const task::Experiment& experiment = plan.experiment;
  const std::string& baseline = experiment.compare.baseline.empty()
                                    ? experiment.variants.front().name
                                    : experiment.compare.baseline;
  std::set<Round> rounds;
  for (const PlannedTrial* trial : trials) {
    const auto variant =
        std::ranges::find(experiment.variants, trial->variant, &task::VariantSpec::name);
    const std::string hosted =
        scenario.kind == task::ScenarioKind::server ? nlohmann::json(variant->serving).dump() : "";
    for (int64_t round = 0; round < experiment.latency.rounds; ++round) {
      rounds.emplace(trial->key, hosted, round, false);
      if (trial->variant == baseline) rounds.emplace(trial->key, hosted, round, true);
    }
    if (scenario.kind == task::ScenarioKind::single_stream)  // one more, stage by stage
      rounds.emplace(trial->key, hosted, experiment.latency.rounds, false);
  }
  return rounds;
}

// Rounds of this pass that the database has.
std::set<Round> found_rounds(const Plan& plan, const Trials& trials,
                             const task::ScenarioSpec& scenario,
                             const results::Database& database) {
  const std::string key = TimingPhase::timing_key(plan, trials);
  const std::string wanted = nlohmann::json(scenario).dump();
  std::set<Round> found;
  std::set<std::string> seen;
  for (const PlannedTrial* trial : trials) {
    if (!seen.insert(trial->key).second) continue;
    for (const results::LatencySamples& row : results::Reader(database).latency_rows(trial->key)) {
      if (row.timing_key == key && row.scenario == wanted)
        found.emplace(trial->key, row.serving, row.round,
                      row.role == results::LatencySamples::Role::baseline_repeat);
    }
  }
  return found;
}

}  // namespace

std::vector<TimingForecast> timing_forecast(const Plan& plan, const results::Database* database) {
  std::vector<TimingForecast> all;
  if (plan.experiment.latency.rounds == 0) return all;
  for (const task::ScenarioSpec& scenario : plan.experiment.latency.scenarios) {
    TimingForecast& forecast = all.emplace_back();
    forecast.scenario = scenario;
    for (size_t data = 0; data < plan.data.size(); ++data) {
      const Trials trials = timed_trials(plan, data);
      const std::set<Round> rounds = rounds_of(plan, trials, scenario);
      std::set<Round> found;
      if (database != nullptr) found = found_rounds(plan, trials, scenario, *database);
      const auto there =
          std::ranges::count_if(rounds, [&](const Round& round) { return found.contains(round); });
      forecast.found += there;
      forecast.rounds += std::ssize(rounds) - there;
    }
    if (scenario.kind == task::ScenarioKind::server)
      forecast.seconds = static_cast<double>(forecast.rounds) * scenario.duration_s;
  }
  return all;
}

}  // namespace assay::execution

#include "cli/attribution_work.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <set>

#include "cli/recorded_experiment.h"
#include "error/error.h"
#include "execution/mixes.h"
#include "hash/hash.h"
#include "metric_catalog/metric_definition.h"
#include "text/listed.h"

namespace assay::cli {
namespace {

using Trials = std::vector<results::RunTrial>;

void require_variant(const results::Reader& reader, const results::Database& database,
                     int64_t run_id, const std::string& name) {
  std::vector<std::string> names;
  for (const results::VariantInfo& known : reader.variants(run_id)) names.push_back(known.name);
  if (std::ranges::count(names, name) > 0) return;
  throw error::UserError(database.path(), fmt::format("{} is no variant of run {}{}", name, run_id,
                                                      error::did_you_mean(name, names)));
}

Trials trials_of(const Trials& all, const std::string& variant, const std::string& dataset) {
  Trials own;
  for (const results::RunTrial& trial : all) {
    if (trial.variant == variant && (dataset.empty() || trial.dataset == dataset))
      own.push_back(trial);
  }
  return own;
}

void require_done(const results::Database& database, const results::RunInfo& run,
                  const Trials& trials) {
  for (const results::RunTrial& trial : trials) {
    if (trial.status == results::TrialState::Status::done) continue;
    const std::string where = fmt::format("{} on {}", trial.variant, trial.dataset);
    if (trial.status == results::TrialState::Status::failed)
      throw error::UserError(
          database.path(), fmt::format("{} failed in run {}: {}; there is no difference to divide",
                                       where, run.run_id, trial.reason));
    throw error::UserError(database.path(),
                           fmt::format("{} was not finished in run {}; resume with: {}", where,
                                       run.run_id, run.row.command_line));
  }
}

/// What was asked on which data.
std::set<std::vector<std::string>> asked(const Trials& trials) {
  std::set<std::vector<std::string>> all;
  for (const results::RunTrial& trial : trials)
    all.insert({trial.dataset, trial.fold, trial.request_set});
  return all;
}

void check_variants(const results::Database& database, const results::RunInfo& run,
                    const AttributionQuestion& question) {
  const results::Reader reader(database);
  for (const std::string& name : {question.from, question.to})
    require_variant(reader, database, run.run_id, name);
  if (question.from == question.to)
    throw error::UserError(
        fmt::format("--from and --to are both {}: there is nothing to divide", question.from));
  const Trials all = reader.trials(run.run_id);
  std::vector<std::string> datasets;
  for (const results::RunTrial& trial : all) {
    if (std::ranges::count(datasets, trial.dataset) == 0) datasets.push_back(trial.dataset);
  }
  if (!question.dataset.empty() && std::ranges::count(datasets, question.dataset) == 0) {
    throw error::UserError(
        database.path(), fmt::format("{} is no data set of run {}{}", question.dataset, run.run_id,
                                     error::did_you_mean(question.dataset, datasets)));
  }
  const Trials from = trials_of(all, question.from, question.dataset);
  const Trials to = trials_of(all, question.to, question.dataset);
  if (asked(from) != asked(to)) {
    throw error::UserError(
        database.path(),
        fmt::format("{} and {} were not given the same data and requests in run {}: only what "
                    "answers the same requests has a difference to divide; run both in one "
                    "experiment",
                    question.from, question.to, run.run_id));
  }
  require_done(database, run, from);
  require_done(database, run, to);
}

/// Of the experiment only one of its data sets.
void keep_dataset(Recorded& recorded, const std::string& name) {
  if (name.empty()) return;
  std::vector<dataset::PreparedRef> kept;
  const std::vector<task::DatasetSpec> folds = by_fold(recorded.experiment.datasets);
  for (size_t d = 0; d < folds.size(); ++d) {
    if (folds[d].name == name) kept.push_back(recorded.data[d]);
  }
  recorded.data = std::move(kept);
  std::erase_if(recorded.experiment.datasets,
                [&](const task::DatasetSpec& dataset) { return dataset.name != name; });
}

/// The variant as it was run: with the values that its tuning has chosen.
task::VariantSpec as_run(const Recorded& recorded,
                         const std::vector<execution::TunedChoice>& chosen,
                         const std::string& name) {
  const auto& variants = recorded.experiment.variants;
  const auto found = std::ranges::find(variants, name, &task::VariantSpec::name);
  error::require(found != variants.end(), "a run's configuration has its variants");
  if (found->tuned.empty()) return *found;
  if (recorded.experiment.datasets.size() > 1) {
    throw error::UserError(fmt::format(
        "{} is tuned, and has other values on each data set; name one with --dataset", name));
  }
  for (const execution::TunedChoice& choice : chosen) {
    if (choice.variant != name || choice.dataset != recorded.experiment.datasets.front().name)
      continue;
    task::VariantSpec spec = choice.spec;
    spec.tuned.clear();
    return spec;
  }
  throw error::UserError(fmt::format("the tuning of {} is not in the file any more", name));
}

/// The first measure of diversity of the run, at the primary cutoff if there; else the mean
/// distance of the items of a list.
task::MetricAt diversity(const task::Experiment& experiment) {
  const task::MetricAt& primary = experiment.metrics.primary;
  std::optional<task::MetricAt> found;
  for (const task::MetricAt& at : experiment.metrics.served) {
    const auto definition = metric_catalog::parse_metric(at.definition);
    if (definition.info->group != "diversity" || !definition.per_request()) continue;
    if (!found || (found->definition == at.definition && at.cutoff == primary.cutoff)) found = at;
  }
  if (found) return *found;
  return {metric_catalog::parse_metric("intra_list_distance").id,
          primary.cutoff > 0 ? primary.cutoff : experiment.serve_size};
}

/// What is measured, and timed: one request after the other.
std::string limit_measures(task::Experiment& experiment, bool with_times, int64_t run_id) {
  task::MetricsSpec& metrics = experiment.metrics;
  const task::MetricAt other = diversity(experiment);
  metrics.served = {metrics.primary};
  if (other != metrics.primary) metrics.served.push_back(other);
  metrics.pool.clear();
  metrics.slices.clear();
  const bool timed = experiment.latency.rounds > 0;
  std::erase_if(experiment.latency.scenarios, [](const task::ScenarioSpec& scenario) {
    return scenario.kind != task::ScenarioKind::single_stream;
  });
  std::string reason;
  if (!with_times)
    reason = "times were left out, as asked";
  else if (!timed)
    reason = fmt::format("run {} timed nothing (latency.rounds)", run_id);
  else if (experiment.latency.scenarios.empty())
    reason = fmt::format("run {} was not timed request by request (single_stream)", run_id);
  if (!reason.empty()) experiment.latency.rounds = 0;
  if (experiment.latency.scenarios.size() > 1) experiment.latency.scenarios.resize(1);
  return reason;
}

/// The experiment of the mixes. It keeps the text of the run that it asks about.
task::Experiment mixed_experiment(task::Experiment experiment, const execution::Mixes& mixes,
                                  const results::Database& database, const results::RunRow& run) {
  experiment.variants = mixes.variants;
  experiment.compare.baseline = mixes.variants.front().name;
  experiment.compare.guardrails.clear();
  experiment.gate = {};
  experiment.resolved_text = run.config;
  experiment.path.clear();
  if (!run.folder.empty()) {
    const auto beside = std::filesystem::absolute(database.path()).parent_path();
    experiment.path = (beside / run.folder / "experiment.yaml").lexically_normal().string();
  }
  return experiment;
}

/// Which of the two ends are not the trials that the run has, because something of the build, a
/// plugin or the data is another.
std::vector<std::string> other_ends(const execution::Plan& plan, const results::Reader& reader,
                                    const results::RunInfo& run,
                                    const AttributionQuestion& question) {
  std::set<std::string> known;
  for (const results::RunTrial& trial : reader.trials(run.run_id)) known.insert(trial.trial_key);
  std::vector<std::string> other;
  for (const std::string& name : {question.from, question.to}) {
    const bool differs = std::ranges::any_of(plan.trials, [&](const auto& trial) {
      return trial.variant == name && !known.contains(trial.key);
    });
    if (differs) other.push_back(name);
  }
  return other;
}

std::string key_of(const AttributionWork& work) {
  nlohmann::json trials = nlohmann::json::array();
  for (const execution::PlannedTrial& trial : work.plan.trials)
    trials.push_back({trial.variant, trial.dataset, trial.fold, trial.key});
  const task::Experiment& experiment = work.plan.experiment;
  return hash::json_key({{"of_run", work.row.of_run},
                         {"trials", trials},
                         {"metrics", experiment.metrics.served},
                         {"latency", experiment.latency},
                         {"seed", experiment.seed}});
}

}  // namespace

AttributionWork plan_attribution(const Workspace& workspace, const results::Database& database,
                                 const results::RunInfo& run, const std::string& folder,
                                 const AttributionQuestion& question) {
  check_variants(database, run, question);
  Recorded recorded = read_recorded(workspace, database.path(), run, folder, {}, question.data);
  if (recorded.experiment.loop)
    throw error::UserError(
        database.path(),
        fmt::format("run {} is a loop, in which what a variant is fitted on follows from what it "
                    "served before: a mix of two has no such days; attribute a run without loop",
                    run.run_id));
  keep_dataset(recorded, question.dataset);
  const auto chosen = choices_of(execution::tuning_searches(
      workspace.tuning_context(recorded.experiment, recorded.data), &database));
  const execution::Mixes mixes =
      execution::mix_variants(as_run(recorded, chosen, question.from),
                              as_run(recorded, chosen, question.to), question.by_source);
  AttributionWork work;
  task::Experiment experiment =
      mixed_experiment(std::move(recorded.experiment), mixes, database, run.row);
  work.without_times = limit_measures(experiment, question.with_times, run.run_id);
  work.settings = analysis::analysis_settings(experiment);
  work.plan = workspace.lay_out(experiment, recorded.data, &database);
  work.plan.timing_prefix = results::kAttributionPass;
  work.row.of_run = run.run_id;
  work.row.from = question.from;
  work.row.to = question.to;
  for (const execution::MixedPart& part : mixes.parts)
    work.row.parts.push_back({part.name, part.from, part.to});
  for (const task::VariantSpec& mix : mixes.variants) work.row.mixes.push_back(mix.name);
  const auto other = other_ends(work.plan, results::Reader(database), run, question);
  if (!other.empty()) {
    work.row.notes.push_back(
        fmt::format("{} {} not what run {} had: a plugin, the build or the data changed since, so "
                    "that the difference is computed anew and may be another",
                    text::listed(other), other.size() == 1 ? "is" : "are", run.run_id));
  }
  work.row.key = key_of(work);
  return work;
}

}  // namespace assay::cli

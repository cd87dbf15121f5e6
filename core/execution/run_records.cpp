#include "execution/run_records.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <set>

#include "dataset/attack_profiles.h"
#include "dataset/prepared.h"
#include "dataset/requests.h"
#include "dataset/time.h"
#include "error/error.h"
#include "execution/look_log.h"
#include "execution/slice_labels.h"
#include "execution/stored_paths.h"
#include "hash/hash.h"
#include "metric_catalog/metric_definition.h"
#include "metric_catalog/plugin_metric.h"
#include "results/attack_table.h"
#include "results/policy_table.h"
#include "results/tuning_table.h"
#include "results/world_table.h"
#include "task/feedback_spec.h"
#include "task/off_policy_spec.h"
#include "task/policy.h"
#include "task/simulator_spec.h"

namespace assay::execution {
namespace {

constexpr char kLatency[] = "latency_ms";

/// From the folder of the database to that of the experiment file.
std::string folder_between(const std::string& database, const std::string& experiment) {
  const auto folder_of = [](const std::string& file) {
    return std::filesystem::absolute(file).lexically_normal().parent_path();
  };
  const auto relative = folder_of(experiment).lexically_relative(folder_of(database));
  return relative.empty() ? "." : relative.string();
}

results::RunRow run_row(const Plan& plan, const RunSettings& settings,
                        const std::string& database) {
  const task::Experiment& experiment = plan.experiment;
  results::RunRow row;
  row.experiment = experiment.name;
  row.description = experiment.description;
  row.started = results::utc_now();
  row.config = experiment.resolved_text;
  if (!experiment.path.empty()) {
    const auto file = std::filesystem::absolute(experiment.path).lexically_normal();
    row.config = relative_paths(experiment.resolved_text, file.parent_path().string());
    row.folder = folder_between(database, experiment.path);
  }
  row.seeds = nlohmann::json(experiment.seeds).dump();
  row.seed = static_cast<int64_t>(experiment.seed);
  row.primary_definition = experiment.metrics.primary.definition;
  row.primary_cutoff = static_cast<int>(experiment.metrics.primary.cutoff);
  row.alpha = experiment.compare.alpha;
  if (experiment.compare.margin > 0) row.margin = experiment.compare.margin;
  row.command_line = settings.command_line;
  row.assay_version = settings.assay_version;
  row.git_commit = settings.git_commit;
#ifdef NDEBUG
  row.build_type = "release";
#else
  row.build_type = "debug";
#endif
  row.compiler = "gcc " __VERSION__;
  return row;
}

std::string text_of(const nlohmann::json& json, const char* key) {
  if (!json.contains(key)) return "";
  const nlohmann::json& value = json.at(key);
  return value.is_string() ? value.get<std::string>() : value.dump();
}

void record_source(int64_t run_id, const PlannedData& data, results::Database& database) {
  const nlohmann::json& info = data.prepared.info;
  const dataset::PreparedData prepared = dataset::PreparedData::open(data.prepared.path);
  results::DataSourceRow row;
  row.run_id = run_id;
  row.dataset = data.spec.name;
  row.fold = fold_name(data.spec.split);
  row.source = data.spec.source.empty() ? data.spec.path : data.spec.source;
  if (row.source.empty() && data.spec.impressions) row.source = data.spec.impressions->path;
  if (data.spec.simulator) row.source = "simulator";
  row.source_hash = data.prepared.data_hash;
  row.prepared_hash = data.prepared.key;
  row.users = prepared.users();
  row.items = prepared.items();
  row.events = prepared.events();
  row.windows = text_of(info, "windows");
  if (info.contains("licence")) row.licence = text_of(info, "licence");
  if (info.contains("citation")) row.citation = text_of(info, "citation");
  database.write(row);
  if (data.spec.simulator)
    results::write_world(database, run_id, row.dataset,
                         nlohmann::json(*data.spec.simulator).dump());
}

void record_audit(int64_t run_id, const PlannedData& data, results::Database& database) {
  for (const nlohmann::json& check : data.prepared.info.at("audit")) {
    const bool property = text_of(check, "kind") == "property";
    database.write(results::AuditRow{
        run_id, data.spec.name, fold_name(data.spec.split), text_of(check, "check"),
        property ? results::AuditRow::Kind::property : results::AuditRow::Kind::leak,
        text_of(check, "result"), text_of(check, "detail")});
  }
}

void record_removed(int64_t run_id, const PlannedData& data, results::Database& database) {
  for (const nlohmann::json& removed : data.prepared.info.at("removed")) {
    database.write(results::DataRemovedRow{
        run_id, data.spec.name, fold_name(data.spec.split), text_of(removed, "step"),
        text_of(removed, "reason"), removed.value("users", int64_t{0}),
        removed.value("items", int64_t{0}), removed.value("events", int64_t{0})});
  }
}

// What a reader of the database needs of a chain; paths of this machine stay out.
nlohmann::json portable(nlohmann::json chain) {
  if (chain.is_object()) {
    chain.erase("library");
    chain.erase("where");
  }
  if (chain.is_structured()) {
    for (auto& part : chain) part = portable(part);
  }
  return chain;
}

// A data set, or one fold of it.
void record_data(int64_t run_id, const PlannedData& data, results::Database& database) {
  record_source(run_id, data, database);
  record_audit(run_id, data, database);
  record_removed(run_id, data, database);
}

/// The test window of a data set or fold, as it is looked at now.
LoggedLook look_at(const PlannedData& data, const std::string& time) {
  LoggedLook look;
  look.time = time;
  look.source = data.prepared.data_hash;
  const dataset::PreparedData prepared = dataset::PreparedData::open(data.prepared.path);
  for (const int64_t time_us : prepared.requests(task::Window::test).time_us) {
    if (time_us < 0) continue;
    const int64_t second = dataset::seconds_of(time_us);
    look.first_s = std::min(look.first_s.value_or(second), second);
    look.last_s = std::max(look.last_s.value_or(second), second);
  }
  return look;
}

std::vector<std::string> chains_of(const task::Experiment& experiment) {
  std::vector<std::string> chains;
  for (const task::VariantSpec& variant : experiment.variants)
    chains.push_back(hash_of_chain(portable(variant.chain).dump()));
  return chains;
}

/// What the log knows of other files goes into this one, so that it can be mailed; then this look
/// goes into the log.
void record_look(int64_t run_id, const PlannedData& data, LoggedLook look,
                 results::Database& database, const std::string& log) {
  database.write(results::TestLookRow{run_id, data.spec.name, data.prepared.key, look.time,
                                      look.first_s, look.last_s});
  for (const LoggedLook& known : logged_looks(log, look.source)) {
    if (known.database == look.database || !may_overlap(known, look)) continue;
    database.write(results::KnownLookRow{run_id, data.spec.name, known.time, known.database,
                                         known.first_s, known.last_s,
                                         nlohmann::json(known.chains).dump()});
  }
  log_look(log, look);
}

// The log before filter and split, which all folds share.
void record_descriptions(int64_t run_id, const Plan& plan, results::Database& database) {
  std::set<std::string> described;
  for (const PlannedData& data : plan.data) {
    if (!described.insert(data.spec.name).second) continue;
    database.write(results::DataDescriptionRow{run_id, data.spec.name,
                                               data.prepared.info.at("description").dump()});
  }
}

void record_requests(const PlannedData& data, results::Database& database) {
  const dataset::PreparedData prepared = dataset::PreparedData::open(data.prepared.path);
  const dataset::RequestSetView requests = prepared.requests(task::Window::test);
  results::RequestSetRow row;
  row.request_set = request_set_key(data, task::Window::test);
  row.prepared_hash = data.prepared.key;
  row.fold = fold_name(data.spec.split);
  row.window = "test";
  row.user_ids = {requests.user.size(), [&](size_t r) {
                    const int64_t user = requests.user[r];
                    return user < 0 ? std::string_view() : prepared.user_id(user);
                  }};
  row.users = requests.user;
  dataset::RequestColumn seconds;
  for (const int64_t time_us : requests.time_us) seconds.push_back(dataset::seconds_of(time_us));
  row.times = seconds;
  row.truth_offsets = requests.truth.offsets;
  row.truth_items = requests.truth.values;
  row.history_offsets = requests.history.offsets;
  row.history_items = requests.history.values;
  database.write(row);
  std::vector<std::string> item_ids;
  for (int64_t item = 0; item < prepared.items(); ++item)
    item_ids.emplace_back(prepared.item_id(item));
  database.write(results::CatalogueRow{data.prepared.key, item_ids});
}

void record_labels(const PlannedData& data, const std::vector<std::string>& slices,
                   results::Database& database) {
  const dataset::PreparedData prepared = dataset::PreparedData::open(data.prepared.path);
  for (const std::string& text : slices) {
    const task::SliceSpec spec = task::parse_slice(text);
    if (spec.of == task::SliceSpec::Of::time) continue;
    database.write(slice_labels(prepared, data.prepared.key, spec, data.spec.name));
  }
}

results::StageRow stage_row(const task::StageSpec& stage) {
  const std::string plugin = stage.plugin.empty() ? "lists:" + stage.lists : stage.plugin;
  // What a stage sees stands beside its parameters: both say what it is fitted with.
  nlohmann::json params = stage.params;
  params.update(stage.sees.identity());
  return {stage.place(),
          std::string(task::name_of(stage.kind)),
          plugin,
          stage.version,
          stage.library_sha256,
          params.dump()};
}

void record_changed_log(int64_t run_id, const task::VariantSpec& variant,
                        const std::vector<task::VariantSpec>& variants,
                        results::Database& database) {
  if (!variant.perturb && !variant.augment) return;
  results::ChangedLogRow row{run_id, variant.name, "", "", ""};
  if (variant.augment) row.augment = nlohmann::json(*variant.augment).dump();
  if (variant.perturb) {
    row.perturb = nlohmann::json(*variant.perturb).dump();
    const task::VariantSpec* twin = task::unperturbed_twin(variant, variants);
    if (twin != nullptr) row.twin = twin->name;
  }
  results::write_changed_log(database, row);
}

void record_attack_targets(int64_t run_id, const Plan& plan, results::Database& database) {
  for (const task::VariantSpec& variant : plan.experiment.variants) {
    if (!variant.perturb || !variant.perturb->attack) continue;
    const task::AttackSpec& attack = *variant.perturb->attack;
    for (const PlannedData& data : plan.data) {
      const auto prepared = dataset::PreparedData::open(data.prepared.path);
      const auto items = dataset::attack_targets(prepared, attack, variant.perturb->where);
      for (size_t t = 0; t < items.size(); ++t)
        results::write_attack_target(
            database, {run_id, variant.name, data.spec.name, fold_name(data.spec.split),
                       static_cast<int>(t), items[t], attack.targets[t]});
    }
  }
}

void record_variants(int64_t run_id, const task::Experiment& experiment,
                     results::Database& database) {
  const std::string baseline = experiment.compare.baseline.empty()
                                   ? experiment.variants.front().name
                                   : experiment.compare.baseline;
  int position = 0;
  for (const task::VariantSpec& variant : experiment.variants) {
    results::VariantRow row;
    row.run_id = run_id;
    row.name = variant.name;
    row.chain = portable(variant.chain).dump();
    row.position = position++;
    row.is_baseline = variant.name == baseline;
    row.serving = nlohmann::json(variant.serving).dump();
    for (const task::StageSpec& stage : variant.chain.recall) {
      row.stages.push_back(stage_row(stage));
      if (!stage.unknown) continue;
      row.stages.push_back(stage_row(*stage.unknown));
      row.stages.back().place += ".unknown";
    }
    if (variant.chain.recall.size() > 1) {
      row.stages.push_back({"merge", "merge", std::string(name_of(variant.chain.merge.method)), "",
                            "", variant.chain.merge.params.dump()});
    }
    for (const task::StageSpec& stage : variant.chain.rank) row.stages.push_back(stage_row(stage));
    for (const task::StageSpec& stage : variant.chain.rerank)
      row.stages.push_back(stage_row(stage));
    database.write(row);
    if (variant.policy)
      results::write_policy(
          database,
          {run_id, variant.name, task::asked_text(*variant.policy, experiment.off_policy.get())});
    record_changed_log(run_id, variant, experiment.variants, database);
  }
}

void record_trials(int64_t run_id, const Plan& plan, results::Database& database) {
  for (const PlannedTrial& trial : plan.trials) {
    results::RunTrialRow row;
    row.run_id = run_id;
    row.variant = trial.variant;
    row.dataset = trial.dataset;
    row.fold = trial.fold;
    if (trial.seed) row.seed = static_cast<int64_t>(*trial.seed);
    row.trial_key = trial.key;
    row.spec = hash::canonical_json(trial.spec);
    row.request_set = request_set_key(plan.data[trial.data], task::Window::test);
    for (const auto& [place, key] : trial.places) {
      const auto same = [&](const results::StageArtifact& other) { return other.place == place; };
      if (std::ranges::none_of(row.artifacts, same)) row.artifacts.push_back({place, key});
    }
    database.write(row);
  }
}

void record_tunings(int64_t run_id, const Plan& plan, const results::Database& database) {
  const task::TuneSpec& tune = plan.experiment.tune;
  for (const TunedChoice& choice : plan.chosen) {
    results::RunTuningRow row;
    row.run_id = run_id;
    row.dataset = choice.dataset;
    row.variant = choice.variant;
    row.tuning_key = choice.tuning_key;
    row.method = task::name_of(tune.method);
    row.trials = tune.trials;
    if (tune.seconds > 0) row.seconds = tune.seconds;
    row.definition = tune.metric.definition;
    row.cutoff = tune.metric.cutoff;
    row.chosen = choice.number;
    results::TuningTable(database).write(row);
  }
}

}  // namespace

void record_metrics(const task::MetricsSpec& metrics, results::Database& database) {
  std::vector<task::MetricAt> all = metrics.served;
  all.insert(all.end(), metrics.pool.begin(), metrics.pool.end());
  all.push_back(metrics.primary);
  for (const task::MetricAt& at : all) {
    const metric_catalog::MetricDefinition definition = metric_catalog::parse_metric(at.definition);
    results::MetricRow row;
    row.definition = definition.id;
    row.name = display_name(definition);
    row.scope = definition.per_request() ? results::MetricRow::Scope::request
                                         : results::MetricRow::Scope::catalogue;
    row.unit = definition.unit;
    row.higher_is_better = definition.info->higher_is_better;
    row.doc = definition.info->formula;
    if (const task::PluginMetric* own =
            metric_catalog::find_plugin_metric(metrics.own, at.definition)) {
      row.unit = own->unit;
      row.higher_is_better = own->higher_is_better;
      row.doc = fmt::format("{} (plugin {} {})", own->doc, own->plugin, own->version);
    }
    database.write(row);
  }
  results::MetricRow latency;
  latency.definition = kLatency;
  latency.name = kLatency;
  latency.scope = results::MetricRow::Scope::latency;
  latency.unit = "ms";
  latency.higher_is_better = false;
  latency.doc = "Time from a request to its slate in host memory.";
  database.write(latency);
}

std::string request_set_key(const PlannedData& data, task::Window window) {
  return hash::sha256_hex(fmt::format("{}/{}", data.prepared.key, name_of(window)));
}

// In one transaction, before the first task: a run that is killed still says what it was to
// compute.
int64_t record_run(const Plan& plan, results::Database& database, const RunSettings& settings) {
  int64_t run_id = 0;
  const std::string now = results::utc_now();
  database.transaction([&] {
    run_id = database.begin_run(run_row(plan, settings, database.path()));
    record_metrics(plan.experiment.metrics, database);
    record_descriptions(run_id, plan, database);
    for (const PlannedData& data : plan.data) {
      record_data(run_id, data, database);
      LoggedLook look = look_at(data, now);
      look.database = hash_of_path(database.path());
      look.chains = chains_of(plan.experiment);
      record_look(run_id, data, std::move(look), database, settings.look_log);
      record_requests(data, database);
      record_labels(data, plan.experiment.metrics.slices, database);
    }
    record_variants(run_id, plan.experiment, database);
    record_attack_targets(run_id, plan, database);
    for (results::PluginStateRow row : settings.plugins) {
      row.run_id = run_id;
      database.write(row);
    }
    record_trials(run_id, plan, database);
    record_tunings(run_id, plan, database);
    if (settings.recorded) settings.recorded(run_id);
  });
  return run_id;
}

}  // namespace assay::execution

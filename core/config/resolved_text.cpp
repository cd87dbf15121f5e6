#include "config/resolved_text.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "config/scalar.h"
#include "config/tuned_value.h"
#include "task/feature_spec.h"
#include "task/feedback_spec.h"
#include "task/policy.h"
#include "task/simulator_spec.h"

// The resolved experiment is YAML again: loading it gives the same experiment. It is stored with
// every run, where rescore and verify start from it.

namespace assay::config {
namespace {

using Tree = nlohmann::ordered_json;

std::string flow(const Tree& value) {
  if (value.is_string()) return scalar_text(value.get<std::string>());
  if (value.is_number_float()) return fmt::format("{}", value.get<double>());
  if (!value.is_structured()) return value.dump();
  std::vector<std::string> parts;
  for (const auto& [key, item] : value.items()) {
    parts.push_back(value.is_object() ? fmt::format("{}: {}", scalar_text(key), flow(item))
                                      : flow(item));
  }
  const std::string joined = fmt::format("{}", fmt::join(parts, ", "));
  return value.is_object() ? fmt::format("{{{}}}", joined) : fmt::format("[{}]", joined);
}

// Maps in blocks, lists of maps one element a line, everything else on one line.
void block(const Tree& value, size_t indent, std::string& out) {
  const std::string margin(indent, ' ');
  for (const auto& [key, item] : value.items()) {
    out += fmt::format("{}{}:", margin, scalar_text(key));
    const bool rows = item.is_array() && std::ranges::any_of(item, &Tree::is_object);
    if (item.is_object() && !item.empty()) {
      out += "\n";
      block(item, indent + 2, out);
    } else if (rows) {
      for (const Tree& row : item) out += fmt::format("\n{}  - {}", margin, flow(row));
      out += "\n";
    } else {
      out += fmt::format(" {}\n", flow(item));
    }
  }
}

void put(Tree& tree, const char* key, const std::optional<double>& value) {
  if (value) tree[key] = *value;
}

Tree windows(const std::vector<task::Window>& all) {
  Tree names = Tree::array();
  for (const task::Window window : all) names.emplace_back(name_of(window));
  return names;
}

// Only what is said of it.
Tree time_tree(const std::string& column, const task::TimeFormat& written) {
  if (written == task::TimeFormat{}) return column;
  Tree time = {{"name", column}};
  if (!written.unit.empty()) time["unit"] = written.unit;
  if (!written.format.empty()) time["format"] = written.format;
  if (!written.zone.empty()) time["zone"] = written.zone;
  return time;
}

Tree label_tree(const task::TargetSpec& label) {
  Tree tree = {{"column", label.column}};
  put(tree, "at_least", label.at_least);
  put(tree, "at_most", label.at_most);
  put(tree, "equals", label.equals);
  if (label.equals_text) tree["equals"] = *label.equals_text;
  return tree;
}

Tree impressions_tree(const task::ImpressionsSpec& spec) {
  Tree tree = {{"path", spec.path}, {"format", spec.format}};
  if (spec.format == "csv") tree["delimiter"] = spec.delimiter;
  if (!spec.header.empty()) tree["header"] = spec.header;
  if (!spec.columns.empty()) tree["columns"] = spec.columns;
  if (spec.columns.contains("time"))
    tree["columns"]["time"] = time_tree(spec.columns.at("time"), spec.time);
  if (!spec.item_from.empty()) tree["item_from"] = spec.item_from;
  for (const task::TargetSpec& label : spec.labels) tree["labels"][label.name] = label_tree(label);
  if (!spec.context.empty()) tree["context"] = spec.context;
  return tree;
}

void put_features(Tree& source, const task::DatasetSpec& dataset) {
  for (const task::FeatureFileSpec& file : dataset.features) {
    Tree one = {{"of", file.of}, {"path", file.path}, {"format", file.format}};
    if (!file.id.empty()) one["id"] = file.id;
    one["columns"] = file.columns;
    one["separator"] = file.separator;
    source["features"].push_back(std::move(one));
  }
}

// Only what acts: other settings belong to other models and policies.
Tree simulator_tree(const task::SimulatorSpec& spec) {
  Tree tree = nlohmann::json(spec);
  if (spec.click_model != task::ClickModel::position_based) tree.erase("position_bias");
  if (spec.click_model != task::ClickModel::dependent_click) tree.erase("continuation");
  Tree& logging = tree["logging"];  // here: what is erased moves what stands behind it
  if (spec.logging.policy != task::LoggingKind::softmax) logging.erase("temperature");
  if (spec.logging.policy != task::LoggingKind::epsilon_greedy) logging.erase("epsilon");
  return {{"format", "simulator"}, {"simulator", tree}};
}

Tree source_tree(const task::DatasetSpec& dataset) {
  if (!dataset.source.empty()) return dataset.source;
  if (dataset.simulator) return simulator_tree(*dataset.simulator);
  if (dataset.impressions && dataset.path.empty()) {
    Tree source = {{"impressions", impressions_tree(*dataset.impressions)}};
    put_features(source, dataset);
    return source;
  }
  Tree source = {{"path", dataset.path}, {"format", dataset.format}};
  if (!dataset.columns.empty()) source["columns"] = dataset.columns;
  if (dataset.columns.contains("time"))
    source["columns"]["time"] = time_tree(dataset.columns.at("time"), dataset.time);
  if (!dataset.header.empty()) source["header"] = dataset.header;
  if (dataset.format == "csv") source["delimiter"] = dataset.delimiter;
  put_features(source, dataset);
  if (dataset.impressions) source["impressions"] = impressions_tree(*dataset.impressions);
  return source;
}

Tree targets_tree(const task::DatasetSpec& dataset) {
  Tree targets = Tree::object();
  for (const task::TargetSpec& target : dataset.targets) {
    Tree& one = targets[target.name] = {{"column", target.column}};
    put(one, "at_least", target.at_least);
    put(one, "at_most", target.at_most);
    put(one, "equals", target.equals);
    if (target.equals_text) one["equals"] = *target.equals_text;
  }
  return targets;
}

Tree clean_tree(const task::CleanSpec& clean) {
  Tree tree = {{"duplicates", clean.duplicates}, {"missing_values", clean.missing_values}};
  if (clean.missing_times) tree["missing_times"] = "drop";
  put(tree, "value_at_least", clean.value_at_least);
  put(tree, "value_at_most", clean.value_at_most);
  tree["max_user_events"] = clean.max_user_events;
  tree["max_events_per_hour"] = clean.max_events_per_hour;
  tree["min_gap_entropy"] = clean.min_gap_entropy;
  return tree;
}

Tree split_tree(const task::SplitSpec& split) {
  Tree tree = {{"method", split.method}, {"over", split.over}};
  const bool counts = counts_events(split);
  using enum task::SplitMethod;
  const bool by_time =
      split.method == global_time || split.method == per_user_time || split.method == walk_forward;
  const auto share = [&](double value) {
    return counts ? Tree(static_cast<int64_t>(value)) : Tree(value);
  };
  tree["rank"] = share(split.rank);
  tree["validation"] = share(split.validation);
  if (split.method == walk_forward) tree["folds"] = split.folds;
  if (by_time) tree["boundary"] = split.boundary;
  if (split.method != given && split.method != row_hash) tree["test"] = share(split.test);
  if (!split.train_path.empty()) tree["train_file"] = split.train_path;
  if (!split.test_path.empty()) tree["test_file"] = split.test_path;
  if (split.method == row_hash) {
    tree["multiplier"] = split.multiplier;
    tree["modulus"] = split.modulus;
    tree["test"] = split.test_residue;
  }
  return tree;
}

Tree dataset_tree(const task::DatasetSpec& dataset) {
  const task::FilterSpec& filter = dataset.filter;
  Tree tree = {{"source", source_tree(dataset)}};
  if (!dataset.targets.empty()) tree["targets"] = targets_tree(dataset);
  tree["clean"] = clean_tree(dataset.clean);
  tree["filter"] = {{"min_user_events", filter.min_user_events},
                    {"min_item_events", filter.min_item_events},
                    {"k_core", filter.k_core},
                    {"scope", filter.scope}};
  tree["split"] = split_tree(dataset.split);
  tree["evaluate_on"] = {{"users", dataset.evaluate_on.users},
                         {"items", dataset.evaluate_on.items}};
  for (const auto& [name, list] : dataset.lists) {
    Tree& entry = tree["lists"][name];
    entry = list.path;
    if (list.ties || !list.columns.empty()) entry = {{"path", list.path}};
    if (list.ties) entry["ties"] = *list.ties;
    if (!list.columns.empty()) entry["columns"] = list.columns;
  }
  tree["allow_leak"] = dataset.allow_leak;
  return tree;
}

Tree candidate_tree(const task::FeatureSetSpec& features) {
  Tree list = Tree::array();
  for (const task::CandidateFeature& feature : features.candidate) {
    const task::CandidateFeature usual;
    Tree one = Tree::object();
    if (feature.form == task::FeatureForm::cross) {
      one["cross"] = feature.of;
    } else {
      one["of"] = feature.of.front();
      if (feature.form != task::FeatureForm::plain) one["as"] = task::name_of(feature.form);
    }
    if (!feature.bounds.empty()) one["bounds"] = feature.bounds;
    if (feature.size != 0) one["size"] = feature.size;
    if (feature.half_life_days != usual.half_life_days)
      one["half_life_days"] = feature.half_life_days;
    if (feature.smoothing != usual.smoothing) one["smoothing"] = feature.smoothing;
    list.push_back(one.size() == 1 && one.contains("of") ? one["of"] : one);
  }
  return list;
}

Tree inputs_tree(const ReadStage& stage);

// Everything but k or keep, which a stage in place does not have.
Tree plugin_tree(const ReadStage& stage) {
  Tree tree = {{"plugin", stage.spec.plugin}};
  if (!stage.spec.params.empty()) tree["params"] = stage.spec.params;
  for (const task::TunedParam& param : stage.tuned) tree["params"][param.name] = tuned_tree(param);
  if (!stage.inputs.empty()) tree["inputs"] = inputs_tree(stage);
  for (const task::EventChoice& choice : stage.spec.sees.learn_from)
    tree["learn_from"][choice.type] = choice.weight;
  for (const auto& [kind, choices] : stage.spec.sees.features) {
    Tree& names = tree["features"][kind] = Tree::array();
    for (const task::FeatureChoice& choice : choices) names.push_back(choice.name);
  }
  if (stage.spec.features) tree["features"]["candidate"] = candidate_tree(*stage.spec.features);
  return tree;
}

Tree inputs_tree(const ReadStage& stage) {
  Tree inputs = Tree::object();
  for (const ReadInput& input : stage.inputs) {
    inputs[input.name] =
        input.reference ? Tree(input.reference->text) : plugin_tree(*input.in_place);
  }
  return inputs;
}

Tree stages_tree(const std::vector<ReadStage>& stages, const char* size) {
  Tree list = Tree::array();
  for (const ReadStage& stage : stages) {
    Tree tree = stage.spec.lists.empty() ? plugin_tree(stage) : Tree{{"lists", stage.spec.lists}};
    tree[size] = stage.spec.k;
    if (!stage.spec.refit) tree["refit"] = false;
    if (stage.unknown) tree["unknown"] = plugin_tree(*stage.unknown);
    list.push_back(std::move(tree));
  }
  return list;
}

Tree merge_tree(const task::MergeSpec& merge) {
  return {{"method", merge.method}, {"params", merge.params}, {"k", merge.k}};
}

// Only what acts; empty where nothing does.
Tree serving_tree(const task::ServingSpec& spec) {
  Tree tree = Tree::object();
  if (spec.instances > 1) tree["instances"] = spec.instances;
  if (spec.queue > 0) tree["queue"] = spec.queue;
  if (spec.cache_capacity > 0) {
    tree["cache"] = {{"capacity", spec.cache_capacity}};
    if (spec.cache_ttl_s > 0) tree["cache"]["ttl_s"] = spec.cache_ttl_s;
  }
  if (spec.batch_size > 1)
    tree["batching"] = {{"max_size", spec.batch_size}, {"max_wait_ms", spec.batch_wait_ms}};
  for (const task::DeadlineSpec& deadline : spec.deadlines) {
    tree["deadlines"].push_back(
        {{"stage", deadline.stage}, {"ms", deadline.ms}, {"fallback", deadline.fallback}});
  }
  if (spec.breaker_after > 0)
    tree["breaker"] = {{"after", spec.breaker_after}, {"open_s", spec.breaker_open_s}};
  return tree;
}

Tree variants_tree(const std::vector<ReadVariant>& variants) {
  Tree tree = Tree::object();
  for (const ReadVariant& variant : variants) {
    Tree& one = tree[variant.name] = {{"description", variant.description}};
    const bool logged =
        !variant.recall.empty() && variant.recall.front().spec.lists == task::kLoggedRows;
    if (!logged) one["recall"] = stages_tree(variant.recall, "k");
    if (variant.recall.size() > 1 || merge_tree(variant.merge) != merge_tree(default_merge())) {
      one["merge"] = merge_tree(variant.merge);
    }
    one["rank"] = stages_tree(variant.rank, "keep");
    one["rerank"] = stages_tree(variant.rerank, "keep");
    const Tree serving = serving_tree(variant.serving);
    if (!serving.empty()) one["serving"] = serving;
    if (variant.policy) one["policy"] = nlohmann::json(*variant.policy);
    if (variant.perturb) one["perturb"] = nlohmann::json(*variant.perturb);
    if (variant.augment) one["augment"] = nlohmann::json(*variant.augment);
  }
  return tree;
}

Tree latency_tree(const task::LatencySpec& latency) {
  Tree scenarios = Tree::array();
  for (const task::ScenarioSpec& scenario : latency.scenarios) {
    Tree one = {{"kind", scenario.kind}};
    if (scenario.requests > 0) one["requests"] = scenario.requests;
    if (scenario.batch_size > 0) one["batch_size"] = scenario.batch_size;
    if (scenario.kind == task::ScenarioKind::server) {
      one["rate_qps"] = scenario.rate_qps;
      one["duration_s"] = scenario.duration_s;
    }
    scenarios.push_back(std::move(one));
  }
  return {{"rounds", latency.rounds},
          {"warmup_requests", latency.warmup_requests},
          {"repeat_s", latency.repeat_s},
          {"scenarios", scenarios}};
}

// What 10% was read as is written as a percentage again.
void put_change(Tree& tree, const char* key, const std::optional<double>& absolute,
                const std::optional<double>& relative) {
  put(tree, key, absolute);
  if (relative) tree[key] = fmt::format("{}%", *relative * 100);
}

Tree compare_tree(const task::CompareSpec& compare) {
  Tree tree = {{"baseline", compare.baseline}, {"unit", compare.unit},
               {"alpha", compare.alpha},       {"margin", compare.margin},
               {"power", compare.power},       {"resamples", compare.resamples},
               {"guardrails", Tree::array()}};
  if (!compare.smallest_differences.empty())
    tree["smallest_differences"] = Tree(compare.smallest_differences);
  for (const task::GuardrailSpec& rail : compare.guardrails) {
    Tree one = {{"metric", rail.metric}};
    if (rail.quantile > 0) one["quantile"] = rail.quantile;
    if (!rail.scenario.empty()) one["scenario"] = rail.scenario;
    put_change(one, "max_increase", rail.max_increase, rail.max_increase_relative);
    put_change(one, "max_decrease", rail.max_decrease, rail.max_decrease_relative);
    tree["guardrails"].push_back(std::move(one));
  }
  return tree;
}

Tree gate_tree(const task::GateSpec& gate) {
  Tree tree = {{"metrics", Tree::array()}, {"min_requests", gate.min_requests}};
  for (const task::GateMetric& metric : gate.metrics) {
    Tree one = {{"metric", metric.metric}};
    put_change(one, "tolerated_loss", metric.tolerated_loss, metric.tolerated_loss_relative);
    tree["metrics"].push_back(std::move(one));
  }
  put_change(tree, "largest_gain", gate.largest_gain, gate.largest_gain_relative);
  return tree;
}

/// Whether the file says anything of a gate.
bool has_gate(const task::GateSpec& gate) {
  return !gate.metrics.empty() || gate.min_requests > 0 || gate.largest_gain ||
         gate.largest_gain_relative;
}

Tree off_policy_tree(const ReadOffPolicy& read) {
  Tree tree = Tree::object();
  if (!read.spec->estimators.empty()) tree["estimators"] = read.spec->estimators;
  if (!read.spec->parameters.empty()) tree["parameters"] = Tree(read.spec->parameters);
  if (!read.spec->embeddings.empty()) tree["embeddings"] = read.spec->embeddings;
  if (read.model) {
    tree["reward"] = plugin_tree(*read.model);
    if (read.spec->reward->logit) tree["reward"]["link"] = "logit";
    tree["reward"]["folds"] = read.spec->reward->folds;
  }
  return tree;
}

Tree tune_tree(const task::Experiment& experiment) {
  const task::TuneSpec& tune = experiment.tune;
  Tree tree = {{"method", tune.method}, {"trials", tune.trials}};
  if (tune.seconds > 0) tree["seconds"] = tune.seconds;
  tree["metric"] = tune.metric == experiment.metrics.primary
                       ? "primary"
                       : fmt::format("{}@{}", tune.metric.definition, tune.metric.cutoff);
  tree["seed"] = tune.seed;
  return tree;
}

Tree head_tree(const task::Experiment& experiment, const std::vector<std::string>& plugins) {
  Tree tree = {{"name", experiment.name},
               {"description", experiment.description},
               {"seed", experiment.seed},
               {"seeds", experiment.seeds}};
  if (!plugins.empty()) tree["plugins"] = plugins;
  tree["device"] = experiment.numeric.device;
  for (const task::DatasetSpec& dataset : experiment.datasets)
    tree["datasets"][dataset.name] = dataset_tree(dataset);
  return tree;
}

}  // namespace

std::string resolved_text(const task::Experiment& experiment,
                          const metric_catalog::MetricChoice& metrics,
                          const std::vector<ReadVariant>& variants, const ReadOffPolicy& off_policy,
                          const std::vector<std::string>& plugins, const std::string& key_file) {
  Tree tree = head_tree(experiment, plugins);
  if (!key_file.empty()) tree["privacy"] = {{"pseudonymise", key_file}};
  const task::FitOn& fit_on = experiment.fit_on;
  const task::TrafficSpec& traffic = experiment.traffic;
  tree["fit_on"] = {{"recall", windows(fit_on.recall)},
                    {"rank", windows(fit_on.rank)},
                    {"final", fit_on.final.empty() ? Tree("same") : windows(fit_on.final)}};
  tree["traffic"] = {
      {"requests", traffic.requests},
      {"candidates", traffic.candidates},
      {"history_length", traffic.history_length < 0 ? Tree("all") : Tree(traffic.history_length)},
      {"exclude_seen", windows(traffic.exclude_seen)}};
  if (traffic.requests == task::RequestUnit::per_session)
    tree["traffic"]["session_gap"] = traffic.session_gap_s;
  if (experiment.loop) tree["loop"] = {{"days", experiment.loop->days}};
  tree["serve"] = {{"size", experiment.serve_size}};
  tree["metrics"] = {{"groups", metrics.groups},
                     {"names", metrics.names},
                     {"cutoffs", metrics.cutoffs},
                     {"pool_cutoffs", metrics.pool_cutoffs},
                     {"primary", metrics.primary}};
  if (!experiment.metrics.slices.empty()) tree["metrics"]["slices"] = experiment.metrics.slices;
  if (experiment.latency.rounds > 0) tree["latency"] = latency_tree(experiment.latency);
  tree["variants"] = variants_tree(variants);
  if (std::ranges::any_of(variants, [](const auto& each) { return !tuned_params(each).empty(); }))
    tree["tune"] = tune_tree(experiment);
  tree["compare"] = compare_tree(experiment.compare);
  if (has_gate(experiment.gate)) tree["gate"] = gate_tree(experiment.gate);
  if (off_policy.spec) tree["off_policy"] = off_policy_tree(off_policy);
  const task::NumericSpec& numeric = experiment.numeric;
  tree["numeric"] = {{"threads", numeric.threads},
                     {"tf32", numeric.tf32},
                     {"dtype", numeric.dtype},
                     {"batch_size", numeric.batch_size}};
  tree["limits"] = {{"fit", experiment.limits.fit_s},
                    {"batch", experiment.limits.batch_s},
                    {"memory", experiment.limits.memory_gib}};
  if (experiment.limits.cache_gib > 0) tree["limits"]["cache"] = experiment.limits.cache_gib;
  std::string text;
  block(tree, 0, text);
  return text;
}

}  // namespace assay::config

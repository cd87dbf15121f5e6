#include "execution/plan.h"

#include <fmt/format.h>

#include <algorithm>

#include "dataset/fit_windows.h"
#include "dataset/learning_log.h"
#include "dataset/loop_log.h"
#include "error/error.h"
#include "execution/data_scopes.h"
#include "execution/metric_features.h"
#include "execution/policy_phase.h"
#include "execution/reward_nodes.h"
#include "hash/hash.h"
#include "metric_catalog/metric_definition.h"

// The planner walks the chain of each variant and names every serving step and every fit by its
// content (execution/identity.h). Steps and fits are kept in maps by these names, so what variants,
// seeds or folds have in common is one entry; variants are never compared with each other. A stage
// that learns from candidates has an upstream chain of its own: the stages before it, fitted on
// recall's windows only, even where the served chain is fitted again on fit_on.final.

namespace assay::execution {
namespace {

using Step = task::ServeNode::Step;

constexpr char kUnknownPlace[] = ".unknown";

bool draws(const task::StageSpec& stage);

bool any_draws(const std::vector<task::StageSpec>& stages) {
  return std::ranges::any_of(stages, draws);
}

bool any_draws(const task::Chain& chain) {
  return any_draws(chain.recall) || any_draws(chain.rank) || any_draws(chain.rerank);
}

bool draws(const task::StageSpec& stage) {
  if (stage.traits.draws_in_fit || stage.traits.draws_in_serving) return true;
  if (stage.unknown && draws(*stage.unknown)) return true;
  return std::ranges::any_of(stage.inputs, [](const task::InputSpec& input) {
    return draws(input.stage) || (input.upstream && any_draws(*input.upstream));
  });
}

int64_t learning_stages(const task::Chain& chain) {
  const auto learns = [](const task::StageSpec& stage) {
    return stage.traits.learns_from_candidates;
  };
  return std::ranges::count_if(chain.rank, learns) + std::ranges::count_if(chain.rerank, learns);
}

/// Lays out the steps and fits of one variant on one data set under one seed.
class ChainPlanner {
 public:
  /// @param context  of what is fitted: its data are `log`
  ChainPlanner(Plan& plan, size_t data, const dataset::LearningLogRef& log,
               const IdentityContext& context, const PlanSettings& settings,
               const std::string& variant, std::optional<uint64_t> seed)
      : plan_(plan),
        data_(data),
        log_(log),
        context_(context),
        settings_(settings),
        variant_(variant),
        seed_(seed) {}

  /// Node keys in order, the served one last.
  std::vector<std::string> served(const task::Chain& chain) {
    const bool refit = !plan_.experiment.fit_on.final.empty();
    const auto& windows = refit ? plan_.experiment.fit_on.final : plan_.experiment.fit_on.recall;
    return steps(chain, windows, refit);
  }

  const std::vector<std::string>& artifacts() const { return artifacts_; }

  /// The stages of the chain first, then what stands behind them and is not among them.
  std::vector<std::pair<std::string, std::string>> places() const {
    std::vector<std::pair<std::string, std::string>> all = places_;
    for (const auto& behind : behind_) {
      const auto same = [&](const auto& place) {
        return place.second == behind.second || place.first == behind.first;
      };
      if (std::ranges::none_of(all, same)) all.push_back(behind);
    }
    return all;
  }

 private:
  /// Where what is fitted now stands: in the chain itself, behind a stage of it as one other stage
  /// ("rank[0].inputs.model"), or as a chain ("rank[0].upstream", then its stages).
  struct Where {
    std::string path;
    bool is_chain = true;
  };

  /// Goes to another place as long as it lives.
  class Behind {
   public:
    Behind(ChainPlanner& planner, Where where)
        : where_(planner.where_), before_(std::move(planner.where_)) {
      where_ = std::move(where);
    }
    ~Behind() { where_ = std::move(before_); }
    Behind(const Behind&) = delete;

   private:
    Where& where_;
    Where before_;
  };

  std::string place_of(const task::StageSpec& stage) const {
    if (where_.path.empty()) return stage.place();
    return where_.is_chain ? where_.path + "." + stage.place() : where_.path;
  }

  // Steps of a chain whose recall stages learn from `windows`.
  std::vector<std::string> steps(const task::Chain& chain, const std::vector<task::Window>& windows,
                                 bool refit) {
    std::vector<std::string> keys, sources;
    for (const task::StageSpec& stage : chain.recall) {
      keys.push_back(recall_node(stage, windows, refit));
      if (stage.unknown) keys.push_back(unknown_node(stage, keys.back(), windows, refit));
      sources.push_back(keys.back());
    }
    keys.push_back(merge_node(chain, sources));
    // Several stages that learn from candidates divide the users of the label windows among them: a
    // stage must not learn from the output of a stage that was fitted on the same labels.
    int64_t share = 0;
    for (const task::StageSpec& stage : chain.rank)
      add_learner(chain, stage, Step::rank, keys, share);
    for (const task::StageSpec& stage : chain.rerank)
      add_learner(chain, stage, Step::rerank, keys, share);
    return keys;
  }

  std::string recall_node(const task::StageSpec& stage, const std::vector<task::Window>& windows,
                          bool refit) {
    task::ServeNode node;
    node.place = stage.place();
    if (stage.plugin.empty()) {
      node.step = Step::lists;
      node.fitted.stage = stage;
      node.fitted.stage.unknown.reset();
      if (stage.lists != task::kLoggedRows) {  // which lie in the data themselves
        const dataset::CutListsRef& lists = plan_.data[data_].prepared.lists.at(stage.lists);
        node.lists = {lists.key, lists.path};
      }
      return add_node(node, {});
    }
    node.step = Step::recall;
    node.fitted = fitted_recall(stage, windows, refit);
    return add_node(node, {});
  }

  // The source's list, and where that is empty, what the stage `unknown` of the source retrieves.
  std::string unknown_node(const task::StageSpec& stage, const std::string& source,
                           const std::vector<task::Window>& windows, bool refit) {
    const Behind behind(*this, {place_of(stage) + kUnknownPlace, false});
    task::ServeNode node;
    node.place = stage.place() + kUnknownPlace;
    node.step = Step::recall;
    node.fitted = fitted_recall(*stage.unknown, windows, refit);
    return add_node(node, {source});
  }

  task::FittedStage fitted_recall(const task::StageSpec& stage,
                                  const std::vector<task::Window>& windows, bool refit) {
    FitScope scope;
    scope.windows = windows;
    scope.refit = refit;
    return fitted(stage, scope, {}, windows, refit);
  }

  std::string merge_node(const task::Chain& chain, const std::vector<std::string>& sources) {
    task::ServeNode node;
    node.step = Step::merge;
    node.place = "merge";
    node.merge = chain.merge;
    if (sources.size() == 1)
      node.merge = task::MergeSpec{.method = task::MergeMethod::none, .k = chain.merge.k};
    return add_node(node, sources);
  }

  void add_learner(const task::Chain& chain, const task::StageSpec& stage, Step step,
                   std::vector<std::string>& keys, int64_t& share) {
    task::ServeNode node;
    node.step = step;
    node.place = stage.place();
    node.fitted = fitted_learner(chain, stage, share);
    if (stage.traits.learns_from_candidates) ++share;
    keys.push_back(add_node(node, {keys.back()}));
  }

  // A rank or rerank stage learns from what the stages before it, fitted on recall's windows, make
  // of the rank window.
  task::FittedStage fitted_learner(const task::Chain& chain, const task::StageSpec& stage,
                                   int64_t share) {
    FitScope scope;
    scope.windows = plan_.experiment.fit_on.recall;
    std::vector<std::string> upstream;
    if (stage.traits.learns_from_candidates || stage.traits.validates) {
      const Behind behind(*this, {place_of(stage) + ".upstream", true});
      upstream = steps(before(chain, stage), plan_.experiment.fit_on.recall, false);
      scope.upstream_key = upstream.back();
    }
    if (stage.traits.learns_from_candidates) {
      scope.label_windows = plan_.experiment.fit_on.rank;
      scope.share = share;
      scope.shares = learning_stages(chain);
      for (const task::Window window : scope.label_windows) {
        dataset::check_fit_window(plan_.data[data_].prepared.info, plan_.data[data_].spec.split,
                                  window, fmt::format("variants.{}.{}", variant_, stage.place()),
                                  true, stage.where);
      }
    }
    return fitted(stage, scope, upstream, plan_.experiment.fit_on.recall, false);
  }

  static task::Chain before(const task::Chain& chain, const task::StageSpec& stage) {
    task::Chain out = chain;
    if (stage.kind == PluginKind::rank) {
      out.rank.resize(stage.index);
      out.rerank.clear();
    } else {
      out.rerank.resize(stage.index);
    }
    return out;
  }

  task::FittedStage fitted(const task::StageSpec& stage, const FitScope& scope,
                           const std::vector<std::string>& upstream,
                           const std::vector<task::Window>& input_windows, bool refit) {
    if (refit && stage.traits.validates && scope.validated_key.empty())
      return refitted(stage, scope, input_windows);
    task::FittedStage out;
    out.stage = stage;
    out.stage.inputs.clear();
    out.stage.unknown.reset();  // a step of its own
    out.stage.where.clear();
    if (stage.traits.draws_in_fit) out.fit_seed = fit_seed(seed_.value_or(0), stage.plugin);
    if (!stage.refit) out.updates = std::max<int64_t>(0, plan_.data[data_].spec.split.fold - 1);
    for (const task::InputSpec& input : stage.inputs) {
      const Behind behind(*this, {place_of(stage) + ".inputs." + input.name, false});
      out.inputs.push_back(fitted_input(input, input_windows, refit));
    }
    for (const task::StagePart& part : stage.parts)
      out.parts.push_back(made_part(out, part, scope));
    out.artifact = artifact(artifact_key(context_, out, scope));
    add_fit(out, scope, upstream);
    return out;
  }

  // Nothing can be chosen in a final refit: what it takes over is chosen in a fit that validates,
  // which is made for it where no other stage asks for it.
  task::FittedStage refitted(const task::StageSpec& stage, FitScope scope,
                             const std::vector<task::Window>& windows) {
    const task::ArtifactRef validated = [&] {
      const Behind behind(*this, {place_of(stage) + ".validated", false});
      return fitted_recall(stage, plan_.experiment.fit_on.recall, false).artifact;
    }();
    scope.validated_key = validated.key;
    const task::FittedStage out = fitted(stage, scope, {}, windows, true);
    PlannedFit& fit = plan_.fits.at(out.artifact.key);
    if (!fit.task.validated) {
      fit.task.validated = validated;
      fit.needs.push_back(validated.key);
    }
    return out;
  }

  task::ArtifactRef artifact(const std::string& key) const {
    return {key, fmt::format("{}/{}.safetensors", settings_.artifact_dir, key)};
  }

  // One fit of the part for all stages that agree in its parameters and learn from the same.
  task::FittedPart made_part(const task::FittedStage& user, const task::StagePart& declared,
                             const FitScope& scope) {
    task::FittedPart part;
    part.name = declared.name;
    for (const std::string& param : declared.params) {
      const auto value = user.stage.params.find(param);
      if (value != user.stage.params.end()) part.params[param] = *value;
    }
    part.artifact = artifact(part_key(context_, user, part, scope));
    FitScope data_alone;
    data_alone.windows = scope.windows;
    add_fit(task::stage_of_part(user, part), data_alone, {}, part.name);
    return part;
  }

  task::FittedInput fitted_input(const task::InputSpec& input,
                                 const std::vector<task::Window>& windows, bool refit) {
    if (input.stage.kind == PluginKind::recall)
      return {input.name, fitted_recall(input.stage, windows, refit)};
    error::require(input.upstream != nullptr,
                   "a rank or rerank stage used as input has its upstream");
    return {input.name, fitted_learner(*input.upstream, input.stage, 0)};
  }

  void add_fit(const task::FittedStage& stage, const FitScope& scope,
               const std::vector<std::string>& upstream, const std::string& part = "") {
    const std::string& key = stage.artifact.key;
    if (std::ranges::find(artifacts_, key) == artifacts_.end()) artifacts_.push_back(key);
    const std::string place = place_of(stage.stage);
    (where_.path.empty() ? places_ : behind_)
        .emplace_back(part.empty() ? place : fmt::format("{}.{}", place, part), key);
    PlannedFit& fit = plan_.fits[key];
    if (std::ranges::find(fit.variants, variant_) == fit.variants.end())
      fit.variants.push_back(variant_);
    if (!fit.key.empty()) return;
    fit.key = key;
    fit.data = data_;
    fit.data_path = log_.path;
    if (stage.stage.traits.draws_in_fit) fit.seed = seed_;
    fit.task = fit_task(stage, scope, upstream);
    fit.task.part = part;
    for (const task::FittedPart& needed : stage.parts) fit.needs.push_back(needed.artifact.key);
    for (const task::FittedInput& input : stage.inputs)
      fit.needs.push_back(input.stage.artifact.key);
    for (const task::ServeNode& node : fit.task.upstream) {
      if (!node.fitted.artifact.key.empty()) fit.needs.push_back(node.fitted.artifact.key);
    }
  }

  task::FitTask fit_task(const task::FittedStage& stage, const FitScope& scope,
                         const std::vector<std::string>& upstream) const {
    task::FitTask task;
    task.target = stage;
    task.windows = scope.windows;
    task.refit = scope.refit;
    task.label_windows = scope.label_windows;
    task.share = scope.share;
    task.shares = scope.shares;
    task.serve_size = context_.serve_size;
    task.primary = context_.primary;
    if (stage.stage.traits.validates && !scope.refit) {
      task.measured = validation_metrics();
      task.validations = context_.validations;
    }
    task.sample_seed = context_.sample_seed;
    task.checkpoint_path = fmt::format("{}/{}.checkpoint.safetensors", settings_.artifact_dir,
                                       unbounded_key(stage, scope));
    PlannedTrial only;
    only.nodes = upstream;
    if (!upstream.empty()) task.upstream = plan_.graph({&only}).nodes;
    return task;
  }

  // Fits that may validate more or less often are one fit, as far as each of them goes.
  std::string unbounded_key(const task::FittedStage& stage, const FitScope& scope) const {
    if (context_.validations == 0 || !stage.stage.traits.validates) return stage.artifact.key;
    IdentityContext unbounded = context_;
    unbounded.validations = 0;
    return artifact_key(unbounded, stage, scope);
  }

  // Of what is measured on the served slate: what can be told of the list that validate() serves and
  // its relevant items.
  std::vector<task::MetricAt> validation_metrics() const {
    using enum metric_catalog::MetricNeed;
    const int64_t served = std::max(context_.serve_size, context_.primary.cutoff);
    std::vector<task::MetricAt> out;
    for (const task::MetricAt& at : plan_.experiment.metrics.served) {
      const auto definition = metric_catalog::parse_metric(at.definition);
      const auto asks = [&](metric_catalog::MetricNeed need) { return definition.needs_any(need); };
      const auto beyond = {user_feature, exposure, scores,   probability, rating, history,
                           judged,       stages,   baseline, lists,       plugin, training};
      if (definition.per_request() && at.cutoff <= served && std::ranges::none_of(beyond, asks))
        out.push_back(at);
    }
    return out;
  }

  std::string add_node(task::ServeNode node, const std::vector<std::string>& parents) {
    if (node.fitted.stage.traits.draws_in_serving) node.serve_seed = seed_.value_or(0);
    const std::string key = node_key(node, parents);
    plan_.nodes.emplace(key, node);
    plan_.node_parents.emplace(key, parents);
    return key;
  }

  Plan& plan_;
  size_t data_;
  const dataset::LearningLogRef& log_;
  const IdentityContext& context_;
  const PlanSettings& settings_;
  const std::string& variant_;
  std::optional<uint64_t> seed_;
  std::vector<std::string> artifacts_;
  std::vector<std::pair<std::string, std::string>> places_;
  std::vector<std::pair<std::string, std::string>> behind_;
  Where where_;
};

// Every source if there are several, then the output of each kind of stage, then the served list.
std::vector<task::MeasuredStage> measured_stages(const task::Chain& chain) {
  std::vector<task::MeasuredStage> out;
  int64_t node = 0;
  for (const task::StageSpec& stage : chain.recall) {
    if (stage.unknown) ++node;  // what it answers counts as the source's
    if (chain.recall.size() > 1) out.push_back({stage.place(), node, false});
    ++node;
  }
  out.push_back({"recall", node, false});
  const auto add = [&](const std::vector<task::StageSpec>& stages, const char* kind) {
    for (const task::StageSpec& stage : stages) {
      ++node;
      if (stages.size() > 1) out.push_back({stage.place(), node, false});
    }
    if (!stages.empty()) out.push_back({kind, node, false});
  };
  add(chain.rank, "rank");
  add(chain.rerank, "rerank");
  out.push_back({"served", node, true});
  return out;
}

/// The log of a day of a loop, after the days before it have been laid out.
std::optional<PlannedLog> planned_log(const Plan& plan, size_t data, const std::string& variant,
                                      std::optional<uint64_t> seed, const PlanSettings& settings) {
  if (!plan.experiment.loop || settings.window != task::Window::test) return std::nullopt;
  PlannedLog log;
  for (const PlannedTrial& trial : plan.trials)
    if (trial.variant == variant && trial.dataset == plan.data[data].spec.name &&
        trial.seed == seed)
      log.earlier.push_back(trial.key);
  log.of =
      dataset::loop_log(plan.data[data].prepared, log.earlier.empty() ? "" : log.earlier.back());
  return log;
}

PlannedTrial plan_trial(Plan& plan, size_t data, const task::VariantSpec& variant,
                        std::optional<uint64_t> seed, const PlanSettings& settings) {
  const task::Experiment& experiment = plan.experiment;
  const IdentityContext context{plan.data[data].prepared.key, experiment.numeric,
                                settings.torch_version,       experiment.seed,
                                experiment.serve_size,        experiment.metrics.primary,
                                settings.validations};
  // Fits know what they learn from; a trial is on the data set, whose requests it answers.
  const auto day = planned_log(plan, data, variant.name, seed, settings);
  const dataset::LearningLogRef log =
      day ? day->of
          : dataset::find_learning_log(plan.data[data].prepared, plan.data[data].spec,
                                       variant.perturb.get(), variant.augment.get());
  IdentityContext of_fits = context;
  of_fits.prepared_key = log.key;
  ChainPlanner planner(plan, data, log, of_fits, settings, variant.name, seed);
  PlannedTrial trial;
  trial.variant = variant.name;
  trial.dataset = plan.data[data].spec.name;
  trial.fold = fold_name(plan.data[data].spec.split);
  trial.seed = seed;
  trial.data = data;
  trial.nodes = planner.served(variant.chain);
  trial.stages = measured_stages(variant.chain);
  trial.artifacts = planner.artifacts();
  trial.places = planner.places();
  trial.log = day;
  std::vector<task::ServeNode> chain;
  for (const std::string& key : trial.nodes) chain.push_back(plan.nodes.at(key));
  trial.spec = trial_spec(context, trial.nodes.back(), chain, seed, settings.window);
  if (day) trial.spec["loop_log"] = log.key;
  trial.key = hash::json_key(trial.spec);
  return trial;
}

const task::VariantSpec& as_chosen(const task::VariantSpec& variant, const std::string& dataset,
                                   const PlanSettings& settings) {
  for (const TunedChoice& choice : settings.chosen) {
    if (choice.variant == variant.name && choice.dataset == dataset) return choice.spec;
  }
  return variant;
}

}  // namespace

std::string PlannedTrial::label() const {
  std::string out = fmt::format("{} on {}", variant, dataset);
  if (fold != "all") out += ", fold " + fold;
  if (seed) out += fmt::format(", seed {}", *seed);
  return out;
}

std::string PlannedFit::label() const {
  const std::string& plugin = task.target.stage.plugin;
  const std::string what = task.part.empty() ? plugin : fmt::format("{} of {}", task.part, plugin);
  std::string out = fmt::format("fit {} for {}", what, variants.front());
  if (variants.size() > 1) out += fmt::format(" and {} more", variants.size() - 1);
  if (seed) out += fmt::format(", seed {}", *seed);
  return out;
}

const std::string& Plan::served_from(const PlannedTrial& trial) const {
  return trial.log ? trial.log->of.path : data[trial.data].prepared.path;
}

Plan::Graph Plan::graph(const std::vector<const PlannedTrial*>& wanted) const {
  Graph out;
  std::map<std::string, int64_t> place;
  // A trial's nodes stand in an order in which parents come first.
  for (const PlannedTrial* trial : wanted) {
    for (const std::string& key : trial->nodes) {
      if (!place.emplace(key, static_cast<int64_t>(out.nodes.size())).second) continue;
      task::ServeNode node = nodes.at(key);
      node.parents.clear();
      for (const std::string& parent : node_parents.at(key))
        node.parents.push_back(place.at(parent));
      out.nodes.push_back(std::move(node));
    }
    task::TrialTask task{trial->key, trial->label(), trial->stages};
    for (task::MeasuredStage& stage : task.stages) stage.node = place.at(trial->nodes[stage.node]);
    out.trials.push_back(std::move(task));
  }
  return out;
}

Plan make_plan(const task::Experiment& experiment,
               const std::vector<dataset::PreparedRef>& prepared, const PlanSettings& settings) {
  const std::vector<task::DatasetSpec> datasets = by_fold(experiment.datasets);
  error::require(prepared.size() == datasets.size(), "every fold of every data set is prepared");
  Plan plan;
  plan.experiment = experiment;
  for (size_t i = 0; i < prepared.size(); ++i) plan.data.push_back({datasets[i], prepared[i]});
  plan.chosen = settings.chosen;
  // What is recorded of a variant is what it is on the first data set.
  for (task::VariantSpec& variant : plan.experiment.variants)
    variant = as_chosen(variant, plan.data.front().spec.name, settings);
  check_metric_features(experiment.metrics, plan.data);
  check_data_scopes(experiment, plan.data);
  check_policies(experiment, plan.data);
  for (size_t data = 0; data < plan.data.size(); ++data) {
    plan.data[data].reward = reward_nodes(plan, data, settings);
    for (const task::VariantSpec& given : experiment.variants) {
      const task::VariantSpec& variant = as_chosen(given, plan.data[data].spec.name, settings);
      if (!any_draws(variant.chain)) {
        plan.trials.push_back(plan_trial(plan, data, variant, std::nullopt, settings));
        continue;
      }
      for (const uint64_t seed : experiment.seeds) {
        plan.trials.push_back(plan_trial(plan, data, variant, seed, settings));
      }
    }
  }
  return plan;
}

WantedMetrics wanted_metrics(const task::MetricsSpec& metrics) {
  WantedMetrics out;
  for (const task::MetricAt& at : metrics.served) {
    const metric_catalog::MetricDefinition definition = metric_catalog::parse_metric(at.definition);
    if (definition.needs_any(metric_catalog::MetricNeed::baseline)) continue;
    (definition.per_request() ? out.per_request : out.catalogue).push_back(at);
  }
  return out;
}

}  // namespace assay::execution

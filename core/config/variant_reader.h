#pragma once

#include <memory>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <vector>

#include "config/config.h"
#include "config/problems.h"
#include "config/section.h"
#include "config/stage.h"
#include "config/variants.h"
#include "task/off_policy_spec.h"

namespace assay::config {

/// The stages of a variant as the file has them.
struct ReadVariant {
  std::string name;
  std::string description;
  Place place;
  std::vector<ReadStage> recall;
  task::MergeSpec merge;
  std::vector<ReadStage> rank;
  std::vector<ReadStage> rerank;
  task::ServingSpec serving;
  std::optional<Place> serving_place;  ///< none: the file says nothing of it
  std::vector<Place> fallback_places;  ///< of the deadlines of `serving`
  std::optional<task::PolicySpec> policy;
  std::optional<Place> policy_place;  ///< where there is one
  std::shared_ptr<const task::PerturbSpec> perturb;
  std::shared_ptr<const task::AugmentSpec> augment;

  const std::vector<ReadStage>& stages(PluginKind kind) const;
};

/// What merges several sources where the file says nothing.
task::MergeSpec default_merge();

/// Reads stages and merge of a resolved variant; sizes get their defaults and are held against the
/// served slate and the pool cutoffs of `experiment`; names of ranked lists against its data sets.
ReadVariant read_variant(const ResolvedVariant& variant, const StageReader& reader,
                         const task::Experiment& experiment, Problems& problems);

/// `serving` of a variant whose stages have been read: a deadline names one of them.
void read_serving(const Section& variant, ReadVariant& read);

/// `policy` of a variant.
void read_policy(const Section& variant, ReadVariant& read);

/// `perturb` and `augment` of a variant (task/feedback_spec.h).
void read_perturb(const Section& variant, ReadVariant& read);
void read_augment(const Section& variant, ReadVariant& read);

/// Problems of policies: traffic that they cannot act on, stages whose draws they would have to know.
void check_policies(const std::vector<ReadVariant>& variants, const task::Experiment& experiment,
                    Problems& problems);

/// `off_policy` of the file.
struct ReadOffPolicy {
  std::shared_ptr<const task::OffPolicySpec> spec;  ///< null: the file says nothing of it
  std::optional<ReadStage> model;                   ///< the reward model, where there is one
};
/// After the variants, some of which must have a policy. Problems: a reward model whose scores are no
/// expected rewards, an estimator without what it needs.
ReadOffPolicy read_off_policy(const Section& file, const std::vector<ReadVariant>& variants,
                              const StageReader& reader, const AskFunctions& ask,
                              Problems& problems);

/// Problems of `serving` where nothing acts on it: no scenario `server` is timed.
void check_serving(const std::vector<ReadVariant>& variants, const task::LatencySpec& latency,
                   Problems& problems);

/// Looks up the recall stages that deadlines fall back to, and writes them with their variant:
/// "control.recall[0]". Problems: what is no recall stage, or not there.
/// @param broken  variants of the file that have problems of their own and are not among `variants`
void link_fallbacks(std::vector<ReadVariant>& variants, const std::vector<std::string>& broken,
                    Problems& problems);

/// The tuned parameters of all stages of a variant, in the order of the file.
std::vector<task::TunedParam> tuned_params(const ReadVariant& variant);

/// Problems of tuned values: a data set without a validation window, a stage that learns from it,
/// imported lists, a grid that has ranges or too many combinations, a section `tune` without any.
void check_tuning(const Section& file, const std::vector<ReadVariant>& variants,
                  const task::Experiment& experiment,
                  const std::vector<std::string>& dataset_paths);

/// Looks up inputs in all variants: each stage gets copies of the stages it uses, and for a rank or
/// rerank stage what comes before it. Problems: a stage that is not there, a stage that leads back
/// to itself.
/// @param broken  variants of the file that have problems of their own and are not among `variants`
std::vector<task::VariantSpec> link_variants(const std::vector<ReadVariant>& variants,
                                             const std::vector<std::string>& broken,
                                             Problems& problems);

/// Sets the traits that plugins decide by their parameters (`validates`, `needs_time`) to what they
/// are with those of each stage, inputs written in place included. One call of `ask` for all;
/// without it these traits count as not set. Problems: a plugin that cannot say.
void apply_functions(std::vector<ReadVariant>& variants, const AskFunctions& ask,
                     Problems& problems);

/// Problems of metrics that ask for scores with another meaning than a variant's have.
/// @param metrics  where the file says what is measured
void check_scores(const std::vector<ReadVariant>& variants, const task::Experiment& experiment,
                  const Place& metrics, Problems& problems);

/// Problems of stages that learn from a window, or need times, that a data set does not have.
/// @param dataset_paths  "data" or "datasets.<name>", one for each data set
void check_needs(const std::vector<ReadVariant>& variants, const task::Experiment& experiment,
                 const std::vector<std::string>& dataset_paths, Problems& problems);

}  // namespace assay::config

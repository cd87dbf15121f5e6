#pragma once

/// What each metric means: one table, from which come the checks of an experiment file, the
/// definition ids in the results database and docs/metrics.md.
///
/// A *definition id* is a metric's name with every choice spelt out: `recall{den=R}`,
/// `ndcg{gain=binary,discount=log2(r+1),ideal=min(R,k)}`, `mrr` (no choice to make). A bare name
/// stands for the default of every choice; `recall{den=min(R,k)}` or `ndcg{ideal=R}` picks a
/// variant and leaves the rest at its default. Letters: r rank from 1, k cutoff, R relevant items
/// of a request, N items of the catalogue, U users and T (user, item) pairs of the training window,
/// t_i users with item i there, c_i lists that hold item i.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "task/experiment.h"
#include "task/plugin_info.h"

namespace assay::metric_catalog {

/// What a metric needs beside the list itself.
enum class MetricNeed {
  truth,         ///< the relevant items of the request
  counts,        ///< how many users have each item in the training window
  cooccurrence,  ///< who has each item in the training window
  feature,       ///< an item feature, named by the choice `of`
  user_feature,  ///< a user feature, named by the choice `by`
  exposure,      ///< in how many lists each item stands
  scores,        ///< the scores the list was served with
  probability,   ///< scores that are probabilities, as the strategy says
  rating,        ///< scores that are ratings
  history,       ///< what the user was positive about before
  judged,        ///< every event of the request's user in the window, with the target's value
  stages,        ///< the lists of several stages of the chain
  baseline,      ///< what the baseline served: computed where variants are compared
  lists,         ///< one value a catalogue: the kept lists, beyond their counts
  plugin,        ///< a plugin that computes it (metric_catalog/plugin_metric.h)
  training,      ///< one value a catalogue: how many users have each item in the training window
};

/// One choice that a metric leaves open.
struct MetricOption {
  std::string name;  ///< "den"
  /// the default first; empty where it is a free name (a feature)
  std::vector<std::string> choices;
  std::string doc;
};

/// One metric, as data.
struct MetricInfo {
  std::string name;   ///< "recall"
  std::string group;  ///< "accuracy", "coverage", ..., "pool"
  bool per_request =
      true;  ///< one value a request, else one value a catalogue (all lists of a trial together)
  std::optional<bool> higher_is_better = true;  ///< none: neither direction is better
  /// Left out of its group, because it names a feature or asks something of the scores.
  bool by_name_only = false;
  std::string unit;  ///< of the default definition; `MetricDefinition::unit` has that of a variant
  std::vector<MetricOption> options;
  std::vector<MetricNeed> needs;  ///< of the default definition
  std::string formula;            ///< plain text, in the letters above
  /// when there is no value (NULL with this reason), never a zero in its place
  std::string empty_case;
  std::string paper;  ///< who, year; empty where there is none to name
  /// In words: at which stages it is measured, of whole lists; empty where it is taken of what is
  /// served, at cutoffs. task/stage_metrics.h has the stages.
  std::string measured_at = {};

  bool of_whole_lists() const { return !measured_at.empty(); }
};

/// A metric with all its choices made. Compare by `id`.
struct MetricDefinition {
  std::string id;                                            ///< as stored beside every value
  std::string name;                                          ///< "recall"
  std::vector<std::pair<std::string, std::string>> options;  ///< in the order of the table
  std::string unit;  ///< "share", "bits", "nats", "users", ...
  std::vector<MetricNeed> needs;
  bool is_default = true;
  const MetricInfo* info = nullptr;  ///< never null; lives as long as the program

  bool per_request() const { return info->per_request; }
  bool needs_any(MetricNeed need) const;
  /// The value of a choice, or "" where the metric has no such choice.
  std::string_view option(std::string_view name) const;
  bool operator==(const MetricDefinition& other) const { return id == other.id; }
};

/// A definition at a cutoff: one column of values.
struct MetricColumn {
  MetricDefinition definition;
  int64_t cutoff = 0;  ///< 0: of whole lists
  /// Measured on the lists of stages before the last (their candidates), not on what was served.
  bool pool = false;

  bool operator==(const MetricColumn&) const = default;
};

/// The rows of each group, in the order of the documentation: metric_table_<group>.cpp.
std::vector<MetricInfo> accuracy_metrics();
std::vector<MetricInfo> score_metrics();  ///< group accuracy; they read the scores
std::vector<MetricInfo> coverage_metrics();
std::vector<MetricInfo> diversity_metrics();
std::vector<MetricInfo> novelty_metrics();
std::vector<MetricInfo> popularity_metrics();
std::vector<MetricInfo> calibration_metrics();
std::vector<MetricInfo> fairness_metrics();
std::vector<MetricInfo> list_quality_metrics();
std::vector<MetricInfo> pool_metrics();

/// "higher", "lower" or "neither": which direction is better.
std::string_view better(const MetricInfo& info);

/// A name that parses: the bare one, or `name{of=genre}`, `name{by=gender}` where a feature has to
/// be named.
std::string example_of(const MetricInfo& info);

/// The whole table, in the order of the documentation.
const std::vector<MetricInfo>& metric_table();

/// Names of groups that `groups:` may hold.
const std::vector<std::string>& metric_groups();

/// Throws UserError (without a place) unless `name` is one of metric_groups().
void check_metric_group(std::string_view name);

/// The default definitions of a group, in the order of the table, without those that are
/// `by_name_only`.
std::vector<MetricDefinition> metrics_of_group(std::string_view group);

/// What a user wrote ("recall", "recall{den=min(R,k)}", a full id) as a definition. The id of a
/// plugin's metric, which names its library, is one too; unit and direction are the plugin's to
/// say. Throws UserError, without a place and with near names: unknown metric, unknown choice or
/// value, malformed braces.
MetricDefinition parse_metric(std::string_view text);

/// "ndcg@10", "recall{den=min(R,k)}@20". Throws UserError as parse_metric does, where the cutoff is
/// missing or not a whole number of at least 1, and where the metric is one of whole lists.
MetricColumn parse_metric_column(std::string_view text);

/// "recall{den=R}@10" in its parts, not checked against any table. Throws UserError for malformed
/// braces or a cutoff that is none.
struct MetricText {
  std::string definition;  ///< what stands before the cutoff
  std::string name;
  std::vector<std::pair<std::string, std::string>> choices;  ///< in the order of the text
  std::optional<int64_t> cutoff;
};
MetricText split_metric(std::string_view text);

/// How a definition is called wherever a person reads it, and in the column `metric` of the
/// database: its bare name where it is the default, else its full id.
std::string display_name(const MetricDefinition& definition);

/// display_name and cutoff, where there is one: "ndcg@10", "kept".
std::string display_name(const MetricColumn& column);

/// What an experiment file says under `metrics:`.
struct MetricChoice {
  std::vector<std::string> groups;  ///< "accuracy", ...
  std::vector<std::string> names;   ///< as parse_metric takes them; with "@k" at that cutoff only
  std::vector<int64_t> cutoffs;     ///< of everything without a cutoff of its own
  /// recall and the primary metric are measured there on the candidates
  std::vector<int64_t> pool_cutoffs;
  std::string primary;  ///< "ndcg@10": what verdicts are about; one value a request
};

/// A MetricChoice, spelt out.
struct MetricPlan {
  /// no column twice; served ones first, then those of the pool
  std::vector<MetricColumn> columns;
  MetricColumn primary;                 ///< also among `columns`
  std::vector<task::PluginMetric> own;  ///< those of `columns` that plugins bring, each once
};

/// Every column that a choice asks for, in the order of the table and of the cutoffs as written;
/// then `names`, then the pool. The primary metric is added where the rest does not name it. All
/// problems are thrown together as one UserError whose problems carry a path within the choice as
/// their place (`groups[1]`, `names[0]`, `cutoffs[2]`, `primary`).
/// @param plugins  whose metrics may be named; null for none
MetricPlan expand(const MetricChoice& choice, const task::PluginCatalog* plugins = nullptr);

/// docs/metrics.md: every metric with formula, unit, direction, definition id, choices and the
/// empty case.
std::string metrics_page();

}  // namespace assay::metric_catalog

#pragma once

/// Readers of the parts of an experiment file, one function a part. Each fills its structs and
/// notes problems; what is wrong keeps its default, so that the rest can be checked all the same.

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "config/config.h"
#include "config/section.h"
#include "metric_catalog/metric_definition.h"

namespace assay::config {

/// `data` or `datasets`.
std::vector<task::DatasetSpec> read_datasets(const Section& file, const LoadOptions& options);

/// `columns.time`: a column, or a map of it and how its times are written. Whether `column` was set.
bool read_time_column(const Section& columns, std::string& column, task::TimeFormat& written);

/// `source.header`, after format and columns.
void read_header(const Section& source, task::DatasetSpec& spec);

/// `lists` of a data set: files, or maps of a file and how it is read.
std::map<std::string, task::ListSpec> read_lists(const Section& dataset);

/// The format of a data set whose table of logged rows is all there is of it.
inline constexpr const char* kImpressionsAlone = "impressions";

/// `impressions` of a source: a table of logged rows.
std::optional<task::ImpressionsSpec> read_impressions(const Section& source);

/// `simulator` of a source with `format: simulator`: its logged rows are all there is of it.
void read_simulator(const Section& source, task::DatasetSpec& dataset);

/// Whether a split leaves anything in a window.
bool has_window(const task::SplitSpec& split, task::Window window);

/// False where the data set is known to have no times.
bool may_have_times(const task::DatasetSpec& dataset);

task::FitOn read_fit_on(const Section& file);

/// `learn_from` and `features` of a stage, a variant or the file; what it does not say is as in
/// `outer`.
task::DataScope read_data_scope(const Section& section, task::DataScope outer);

/// `features.candidate` of a rank stage, a variant or the file; without it `outer`. An empty list is
/// none.
std::shared_ptr<const task::FeatureSetSpec> read_candidate_features(
    const Section& section, std::shared_ptr<const task::FeatureSetSpec> outer);

task::TrafficSpec read_traffic(const Section& file);

/// What the file asks for, before it is spelt out; also what the resolved text says.
metric_catalog::MetricChoice read_metric_choice(const Section& file);
task::MetricsSpec read_metrics(const Section& file, const metric_catalog::MetricChoice& choice,
                               const task::PluginCatalog& catalog);

task::LatencySpec read_latency(const Section& file);

/// After variants, metrics and latency, which it names.
/// @param broken  variants of the file that have problems of their own and are not in `experiment`
task::CompareSpec read_compare(const Section& file, const task::Experiment& experiment,
                               const std::vector<std::string>& broken);

/// A number, or a percentage of the baseline's value, which may not be negative: 0.1 or 10%.
void read_change(const Section& section, const char* key, std::optional<double>& absolute,
                 std::optional<double>& relative);

/// `gate`, after compare.
task::GateSpec read_gate(const Section& file, const task::Experiment& experiment);

/// `tune` without its metric.
task::TuneSpec read_tune(const Section& file);
/// `tune.metric`, after the metrics and the size of the slate.
void read_tune_metric(const Section& file, task::Experiment& experiment);

/// `loop`, after data sets, traffic and variants; null where there is none. Says what a loop cannot
/// have.
std::shared_ptr<const task::LoopSpec> read_loop(const Section& file,
                                                const task::Experiment& experiment);
/// Splits the data sets of an experiment with a loop by its days: a fold is a day.
void lay_out_days(task::Experiment& experiment);

task::NumericSpec read_numeric(const Section& file, const LoadOptions& options);
task::LimitsSpec read_limits(const Section& file);

/// Paths of `plugins:`, absolute.
std::vector<std::string> read_plugin_paths(const Section& file);

/// A path of the file, relative to the folder of the file that it stands in, as an absolute one.
std::string absolute_path(const Node& node, const std::string& path);

}  // namespace assay::config

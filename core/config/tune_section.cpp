#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <string_view>
#include <tuple>

#include "config/sections.h"
#include "config/variant_reader.h"
#include "metric_catalog/metric_definition.h"
#include "task/plugin_info.h"

namespace assay::config {
namespace {

void visit(const ReadStage& stage, const std::function<void(const ReadStage&)>& each) {
  each(stage);
  for (const ReadInput& input : stage.inputs) {
    if (input.in_place) visit(*input.in_place, each);
  }
  if (stage.unknown) visit(*stage.unknown, each);
}

void for_each_stage(const ReadVariant& variant, const std::function<void(const ReadStage&)>& each) {
  for (const auto* stages : {&variant.recall, &variant.rank, &variant.rerank}) {
    for (const ReadStage& stage : *stages) visit(stage, each);
  }
}

/// What stands against the tuning of one variant.
class TuneCheck {
 public:
  TuneCheck(const ReadVariant& variant, const task::Experiment& experiment,
            const std::vector<std::string>& dataset_paths, Problems& problems)
      : experiment_(experiment), paths_(dataset_paths), problems_(problems) {
    for_each_stage(variant, [&](const ReadStage& stage) {
      if (first_ == nullptr && !stage.tuned.empty()) first_ = &stage;
      tuned_.insert(tuned_.end(), stage.tuned.begin(), stage.tuned.end());
    });
  }

  void check(const ReadVariant& variant) {
    if (first_ == nullptr) return;
    windows();
    for (size_t i = 0; i < experiment_.datasets.size(); ++i)
      data(experiment_.datasets[i], paths_[i]);
    lists(variant);
    if (experiment_.tune.method == task::TuneMethod::grid) grid();
  }

 private:
  void object(const std::string& what) {
    problems_.add(first_->place, fmt::format("{}.params.{}", first_->path, first_->tuned[0].name),
                  what);
  }

  void windows() {
    const auto learns = [&](const char* key, const std::vector<task::Window>& windows) {
      if (std::ranges::count(windows, task::Window::validation) == 0) return;
      object(
          fmt::format("is tuned on the window validation, from which fit_on.{} learns as well; "
                      "remove it there (fit_on.final may hold it)",
                      key));
    };
    learns("recall", experiment_.fit_on.recall);
    learns("rank", experiment_.fit_on.rank);
  }

  void data(const task::DatasetSpec& dataset, const std::string& path) {
    if (has_window(dataset.split, task::Window::validation)) return;
    object(
        fmt::format("is tuned on the window validation, but {}.split.validation is 0; set it to "
                    "{}",
                    path, counts_events(dataset.split) ? "at least 1" : "a share above 0"));
  }

  // Imported lists are of the requests of the test window.
  void lists(const ReadVariant& variant) {
    for (const ReadStage& stage : variant.recall) {
      if (stage.spec.lists.empty() || stage.spec.lists == task::kLoggedRows) continue;
      problems_.add(stage.place, stage.path + ".lists",
                    fmt::format("is {}, whose lists are of the test window, and the variant is "
                                "tuned on the validation window; name a strategy, or give the "
                                "tuned parameters values",
                                clipped(stage.spec.lists)));
    }
  }

  void grid() {
    int64_t combinations = 1;
    for (const task::TunedParam& param : tuned_) {
      if (param.choices.empty()) {
        object(
            fmt::format("is tuned by tune.method: grid, which tries lists of values, and {} has "
                        "a range; write a list there, or choose tpe or random",
                        param.name));
        return;
      }
      combinations = std::min<int64_t>(1'000'000'000, combinations * std::ssize(param.choices));
    }
    if (combinations <= experiment_.tune.trials) return;
    object(
        fmt::format("is tuned by tune.method: grid, which would try {} combinations, and "
                    "tune.trials is {}; raise it, or choose tpe or random",
                    combinations, experiment_.tune.trials));
  }

  const task::Experiment& experiment_;
  const std::vector<std::string>& paths_;
  Problems& problems_;
  const ReadStage* first_ = nullptr;  // that has a tuned parameter
  std::vector<task::TunedParam> tuned_;
};

// Why a metric cannot judge trials; empty where it can.
std::string refusal(const metric_catalog::MetricColumn& metric,
                    const task::Experiment& experiment) {
  using enum metric_catalog::MetricNeed;
  const metric_catalog::MetricDefinition& definition = metric.definition;
  if (!definition.per_request())
    return "it is one value for all requests together; a trial is judged by a metric of requests";
  if (definition.needs_any(baseline)) return "it measures agreement with the baseline";
  if (definition.needs_any(stages)) return "it looks at several stages";
  if (!definition.info->higher_is_better) return "it has no better direction";
  if (metric.cutoff > experiment.serve_size)
    return fmt::format("its cutoff is above serve.size, which is {}", experiment.serve_size);
  return "";
}

}  // namespace

std::vector<task::TunedParam> tuned_params(const ReadVariant& variant) {
  std::vector<task::TunedParam> all;
  for_each_stage(variant, [&](const ReadStage& stage) {
    for (task::TunedParam param : stage.tuned) {
      // Below its variant: "recall[0]", "rank[0].inputs.model".
      const size_t prefix = std::string_view("variants.").size() + variant.name.size() + 1;
      param.stage = stage.path.substr(std::min(stage.path.size(), prefix));
      param.where = stage.spec.where;
      all.push_back(std::move(param));
    }
  });
  // Values are drawn in this order, and a run that is verified reads its resolved text: the order
  // in which somebody wrote the parameters must not matter.
  std::ranges::sort(
      all, {}, [](const task::TunedParam& param) { return std::tie(param.stage, param.name); });
  return all;
}

void read_tune_metric(const Section& file, task::Experiment& experiment) {
  task::TuneSpec& tune = experiment.tune;
  tune.metric = experiment.metrics.primary;
  const Section section = file.sub("tune");
  std::string text = "primary";
  if (!section.text("metric", text) || text == "primary") return;
  try {
    const metric_catalog::MetricColumn metric = metric_catalog::parse_metric_column(text);
    if (const std::string why = refusal(metric, experiment); !why.empty())
      return section.problem("metric", fmt::format("is {}: {}", clipped(text), why));
    tune.metric = {metric.definition.id, metric.cutoff};
  } catch (const error::UserError& error) {
    section.problem("metric", fmt::format("is {}: {}", clipped(text), error.problems()[0].what));
  }
}

void check_tuning(const Section& file, const std::vector<ReadVariant>& variants,
                  const task::Experiment& experiment,
                  const std::vector<std::string>& dataset_paths) {
  bool any = false;
  for (const ReadVariant& variant : variants) {
    TuneCheck(variant, experiment, dataset_paths, file.problems()).check(variant);
    any = any || !tuned_params(variant).empty();
  }
  if (any || !file.has("tune")) return;
  file.refuse("tune",
              "is given, but no variant has a value to tune; write {tune: ...} where a parameter's "
              "value stands, or leave the section out");
}

}  // namespace assay::config

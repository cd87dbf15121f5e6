#include <fmt/format.h>

#include <algorithm>

#include "config/sections.h"
#include "config/variant_reader.h"

namespace assay::config {
namespace {

// "data.split.rank is 0 with method leave_last_out; set it to 1 or more"
std::string absent(const std::string& dataset_path, const task::SplitSpec& split,
                   task::Window window) {
  return fmt::format("{}.split.{} is 0 with the method {}; set it to {}", dataset_path,
                     name_of(window), name_of(split.method),
                     counts_events(split) ? "at least 1" : "a share above 0");
}

class Needs {
 public:
  Needs(const task::Experiment& experiment, const std::vector<std::string>& dataset_paths,
        Problems& problems)
      : experiment_(experiment), paths_(dataset_paths), problems_(problems) {}

  void check(const ReadStage& stage) {
    for (const ReadInput& input : stage.inputs) {
      if (input.in_place) check(*input.in_place);
    }
    if (stage.unknown) check(*stage.unknown);
    if (stage.plugin == nullptr) return;
    for (size_t i = 0; i < experiment_.datasets.size(); ++i)
      check(stage, experiment_.datasets[i], paths_[i]);
    if (!stage.spec.refit) check_folds(stage);
    const task::FitOn& fit_on = experiment_.fit_on;
    if (!stage.spec.traits.learns_from_candidates) return;
    // What was logged is known without recall.
    if (experiment_.traffic.candidates == task::CandidateSource::logged) return;
    for (const task::Window window : fit_on.rank) {
      if (std::ranges::count(fit_on.recall, window) == 0) continue;
      object(stage,
             fmt::format(
                 "learns from the candidates that recall retrieves in the window {}, and recall "
                 "itself learns from that window; remove it from fit_on.recall or from fit_on.rank",
                 name_of(window)));
    }
  }

 private:
  void object(const ReadStage& stage, const std::string& what) {
    problems_.add(stage.place, stage.path, fmt::format("({}) {}", stage.spec.plugin, what));
  }

  void check(const ReadStage& stage, const task::DatasetSpec& dataset, const std::string& path) {
    if (stage.spec.traits.learns_from_candidates) {
      for (const task::Window window : experiment_.fit_on.rank)
        need(stage, dataset, path, window, "learns from");
    }
    if (stage.spec.traits.validates)
      need(stage, dataset, path, task::Window::validation, "stops early on");
    if (stage.spec.traits.needs_time && !may_have_times(dataset)) {
      object(stage,
             fmt::format("needs times, and {}.source has none ({})", path,
                         dataset.columns.empty() ? dataset.format : "columns names no time"));
    }
  }

  void check_folds(const ReadStage& stage) {
    const auto has_folds = [](const task::DatasetSpec& data) {
      return data.split.method == task::SplitMethod::walk_forward;
    };
    if (std::ranges::any_of(experiment_.datasets, has_folds)) return;
    problems_.add(stage.refit_place, stage.path + ".refit",
                  "is false, but no data set is split by walk_forward: there is no earlier fold "
                  "whose model could be updated; leave it out, or set split.method: walk_forward");
  }

  void need(const ReadStage& stage, const task::DatasetSpec& dataset, const std::string& path,
            task::Window window, const char* why) {
    if (has_window(dataset.split, window)) return;
    object(stage, fmt::format("{} the window {}, but {}", why, name_of(window),
                              absent(path, dataset.split, window)));
  }

  const task::Experiment& experiment_;
  const std::vector<std::string>& paths_;
  Problems& problems_;
};

}  // namespace

void check_needs(const std::vector<ReadVariant>& variants, const task::Experiment& experiment,
                 const std::vector<std::string>& dataset_paths, Problems& problems) {
  Needs needs(experiment, dataset_paths, problems);
  for (const ReadVariant& variant : variants) {
    for (const auto* stages : {&variant.recall, &variant.rank, &variant.rerank}) {
      for (const ReadStage& stage : *stages) needs.check(stage);
    }
  }
}

}  // namespace assay::config

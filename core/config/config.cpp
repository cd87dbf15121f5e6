#include "config/config.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>

#include "config/include.h"
#include "config/overrides.h"
#include "config/privacy.h"
#include "config/problems.h"
#include "config/resolved_text.h"
#include "config/sections.h"
#include "config/variant_reader.h"

// Sections are read in the order of their dependencies: plugins (stages need their declarations),
// data and metrics (the sizes of stages depend on cutoffs), variants, comparison. Problems are
// gathered over all sections and thrown together; only a file that is not YAML ends the reading,
// because every later problem would follow from that one.

namespace assay::config {
namespace {

class Loader {
 public:
  Loader(const std::string& path, const LoadOptions& options) : path_(path), options_(options) {}

  task::Experiment run() {
    Node root = read_with_includes(path_, sources_, problems_);
    problems_.throw_if_any();
    const std::string folder = std::filesystem::path(path_).parent_path().string();
    const auto late = apply_overrides(options_.overrides, folder, root, sources_, problems_);
    const Section file(problems_, &root, "", "");
    plugins_ = read_plugin_paths(file);
    const task::PluginCatalog catalog = load_catalog(file);
    read_general(file, catalog);
    read_variants(file, late, catalog);
    experiment_.compare = read_compare(file, experiment_, broken_);
    experiment_.gate = read_gate(file, experiment_);
    check_needs(variants_, experiment_, dataset_paths(file), problems_);
    check_tuning(file, variants_, experiment_, dataset_paths(file));
    check_logged(file);
    experiment_.loop = read_loop(file, experiment_);
    check_meaning(file);
    problems_.throw_if_any();
    experiment_.resolved_text =
        resolved_text(experiment_, metrics_, variants_, off_policy_, plugins_, key_file_);
    lay_out_days(experiment_);
    return std::move(experiment_);
  }

 private:
  void read_general(const Section& file, const task::PluginCatalog& catalog) {
    experiment_.path = path_;
    experiment_.name = std::filesystem::path(path_).stem().string();
    file.text("name", experiment_.name);
    file.text("description", experiment_.description);
    read_seeds(file);
    experiment_.datasets = read_datasets(file, options_);
    experiment_.fit_on = read_fit_on(file);
    experiment_.traffic = read_traffic(file);
    file.sub("serve").integer("size", experiment_.serve_size);
    metrics_ = read_metric_choice(file);
    experiment_.metrics = read_metrics(file, metrics_, catalog);
    check_cutoffs(file);
    experiment_.tune = read_tune(file);
    read_tune_metric(file, experiment_);
    experiment_.latency = read_latency(file);
    experiment_.numeric = read_numeric(file, options_);
    experiment_.limits = read_limits(file);
    key_file_ = read_privacy(file);
  }

  void read_seeds(const Section& file) {
    int64_t seed = 1;
    if (file.integer("seed", seed)) experiment_.seed = static_cast<uint64_t>(seed);
    std::vector<int64_t> seeds;
    if (!file.integers("seeds", seeds)) return;
    experiment_.seeds.assign(seeds.begin(), seeds.end());
    if (seeds.empty()) file.problem("seeds", "is empty; it must name at least one seed");
    std::ranges::sort(seeds);
    const auto twice = std::ranges::adjacent_find(seeds);
    if (twice != seeds.end()) file.problem("seeds", fmt::format("names {} twice", *twice));
  }

  void check_cutoffs(const Section& file) {
    int64_t most = 0;
    for (const task::MetricAt& metric : experiment_.metrics.served)
      most = std::max(most, metric.cutoff);
    if (most <= experiment_.serve_size) return;
    const Section serve = file.sub("serve");
    const Node* size = serve.find("size");
    const Node* metrics = file.find("metrics");
    const Place place = size ? size->place : metrics ? metrics->place : Place{};
    problems_.add(place, "serve.size",
                  fmt::format("is {}{}, below the largest cutoff of metrics, which is {}",
                              experiment_.serve_size, size ? "" : " (its default)", most));
  }

  // Of stages that are wrong it is not known what their scores mean.
  void check_meaning(const Section& file) {
    if (problems_.any()) return;
    const Node* metrics = file.find("metrics");
    check_scores(variants_, experiment_, metrics ? metrics->place : Place{}, problems_);
  }

  // Each data set has the requests that are asked for.
  void check_logged(const Section& file) {
    if (experiment_.traffic.requests != task::RequestUnit::logged) return;
    for (const task::DatasetSpec& dataset : experiment_.datasets) {
      if (dataset.impressions) continue;
      file.sub("traffic").problem(
          "requests", fmt::format("is logged, but data set {} has no logged rows: name them in "
                                  "its source.impressions",
                                  dataset.name));
    }
  }

  void read_variants(const Section& file, const std::vector<VariantOverride>& late,
                     const task::PluginCatalog& catalog) {
    if (!file.require("variants") || !file.check_map("variants")) return;
    const Node& node = *file.find("variants");
    if (node.items.empty()) file.problem("variants", "names no variant");
    const size_t limit = options_.yes ? kMostVariants : kManyVariants;
    const StageReader reader = StageReader(problems_, catalog)
                                   .seeing(read_data_scope(file, {}))
                                   .with_candidates(read_candidate_features(file, nullptr));
    ResolvedVariants resolved = resolve_variants(node, late, limit, problems_);
    for (const ResolvedVariant& variant : resolved.variants) {
      variants_.push_back(read_variant(variant, reader, experiment_, problems_));
    }
    broken_ = std::move(resolved.broken);
    apply_functions(variants_, problems_.any() ? nullptr : options_.functions, problems_);
    link_fallbacks(variants_, broken_, problems_);
    const bool unread = file.has("latency") && experiment_.latency.scenarios.empty();
    check_policies(variants_, experiment_, problems_);
    if (!unread) check_serving(variants_, experiment_.latency, problems_);
    off_policy_ = read_off_policy(file, variants_, reader, options_.functions, problems_);
    experiment_.off_policy = off_policy_.spec;
    experiment_.variants = link_variants(variants_, broken_, problems_);
  }

  task::PluginCatalog load_catalog(const Section& file) {
    if (!options_.catalog) return {};
    try {
      task::PluginCatalog catalog = options_.catalog(plugins_);
      for (const task::RefusedLibrary& refused : catalog.refused())
        if (refused.named) report(file, {refused.path, refused.message, ""});
      return catalog;
    } catch (const error::UserError& error) {
      for (const error::Problem& problem : error.problems()) report(file, problem);
      return {};
    }
  }

  // A library that is refused stands where the file names it.
  void report(const Section& file, const error::Problem& problem) {
    const auto named = std::ranges::find(plugins_, problem.where);
    if (named == plugins_.end()) return problems_.add(Place{}, "", problem.text());
    const Node& list = *file.find("plugins");
    const auto index = static_cast<size_t>(named - plugins_.begin());
    const Node& node = list.is_list() ? list.items[index] : list;
    problems_.add(
        node.place, list.is_list() ? fmt::format("plugins[{}]", index) : "plugins",
        fmt::format("is {}, {}{}", shown(node),
                    problem.what.starts_with("there is ") ? "but " : "which ", problem.what));
  }

  std::vector<std::string> dataset_paths(const Section& file) const {
    std::vector<std::string> paths;
    for (const task::DatasetSpec& dataset : experiment_.datasets) {
      paths.push_back(file.has("data") ? "data" : "datasets." + dataset.name);
    }
    return paths;
  }

  const std::string path_;
  const LoadOptions& options_;
  Sources sources_;
  Problems problems_;
  task::Experiment experiment_;
  metric_catalog::MetricChoice metrics_;
  std::vector<std::string> plugins_;
  std::string key_file_;
  std::vector<ReadVariant> variants_;
  std::vector<std::string> broken_;
  ReadOffPolicy off_policy_;
};

}  // namespace

task::Experiment load_experiment(const std::string& path, const LoadOptions& options) {
  return config::Loader(path, options).run();
}

}  // namespace assay::config

#include "config/variant_reader.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <limits>
#include <nlohmann/json.hpp>

#include "config/sections.h"

namespace assay::config {
namespace {

constexpr int64_t kDefaultPool = 200;

int64_t largest_pool(const task::Experiment& experiment) {
  int64_t most = 0;
  for (const task::MetricAt& metric : experiment.metrics.pool) most = std::max(most, metric.cutoff);
  return most;
}

std::vector<ReadStage> read_stages(const Section& variant, const char* key, PluginKind kind,
                                   const StageReader& reader) {
  std::vector<ReadStage> stages;
  variant.each(key, [&](const Section& section, size_t index) {
    stages.push_back(reader.read(section, kind, index));
    ReadStage& stage = stages.back();
    const char* size = kind == PluginKind::recall ? "k" : "keep";
    section.integer(size, stage.spec.k);
    stage.size_place = section.has(size) ? section.find(size)->place : Place{};
  });
  return stages;
}

void read_weights(const Section& params, size_t sources, nlohmann::json& out) {
  const Node* node = params.find("weights");
  if (node == nullptr) return;
  std::vector<double> weights;
  if (!node->is_list())
    return params.problem("weights",
                          fmt::format("is {}; it must be a list of numbers", shown(*node)));
  for (size_t i = 0; i < node->items.size(); ++i) {
    const std::string path = fmt::format("{}[{}]", params.path("weights"), i);
    double weight = 0;
    if (!read_as(node->items[i], path, params.problems(), weight)) return;
    if (weight <= 0)
      return params.problems().add(node->items[i].place, path,
                                   fmt::format("is {}; it must be above 0", shown(node->items[i])));
    weights.push_back(weight);
  }
  if (weights.size() != sources) {
    params.problem("weights",
                   fmt::format("has {} numbers for {} recall sources", weights.size(), sources));
  }
  out["weights"] = weights;
}

void read_quotas(const Section& merge, const Section& params, size_t sources, nlohmann::json& out) {
  std::vector<int64_t> quotas;
  // A section that is not there has no place: the one around it has.
  if (!params.has("quotas"))
    return (params.exists() ? params : merge)
        .problem(params.exists() ? "quotas" : "params.quotas",
                 "is missing; the method quota needs one number for each source");
  if (!params.integers("quotas", quotas)) return;
  if (quotas.size() != sources) {
    params.problem("quotas",
                   fmt::format("has {} numbers for {} recall sources", quotas.size(), sources));
  }
  out["quotas"] = quotas;
}

// Nothing where the method is wrong: the keys of every method are then taken for known.
std::optional<task::MergeMethod> known_method(const Section& merge, task::MergeMethod read) {
  const Node* named = merge.find("method");
  return named ? task::parse<task::MergeMethod>(named->text) : read;
}

task::MergeSpec read_merge(const Section& variant, size_t sources) {
  task::MergeSpec merge = default_merge();
  const Section section = variant.sub("merge");
  section.choice("method", merge.method);
  section.integer("k", merge.k);
  using enum task::MergeMethod;
  const auto method = known_method(section, merge.method);
  const Section params = section.sub("params", method ? std::string(name_of(*method)) : "");
  if (method && method != reciprocal_rank) merge.params = nlohmann::json::object();
  double k0 = 0;
  if ((!method || method == reciprocal_rank) && params.number("k0", k0)) merge.params["k0"] = k0;
  if (method == weighted_score) {
    task::ScoreScaling normalise = task::kDefaultScoreScaling;
    params.choice("normalise", normalise);
    merge.params["normalise"] = normalise;
  }
  if (method == quota) read_quotas(section, params, sources, merge.params);
  if (method != quota && method != round_robin) read_weights(params, sources, merge.params);
  return merge;
}

// Fills in sizes that the file leaves out, and follows how many candidates are left after each
// stage.
class Sizes {
 public:
  Sizes(ReadVariant& variant, const Section& section, const task::Experiment& experiment)
      : variant_(variant),
        section_(section),
        served_(experiment.serve_size),
        pool_(largest_pool(experiment)) {}

  void check() {
    recall();
    for (ReadStage& stage : variant_.rank) rank(stage);
    for (ReadStage& stage : variant_.rerank) rerank(stage);
  }

 private:
  void recall() {
    auto& sources = variant_.recall;
    const bool follows = !variant_.rank.empty() || !variant_.rerank.empty() || sources.size() > 1;
    const int64_t usual = std::max({served_, pool_, follows ? kDefaultPool : int64_t{0}});
    for (size_t s = 0; s < sources.size(); ++s) {
      if (sources[s].spec.k == 0) sources[s].spec.k = usual;
      left_ += std::min(sources[s].spec.k, quota(s));
    }
    if (variant_.merge.k > left_) {
      section_.problems().add(
          section_.find("merge")->find("k")->place, section_.path("merge.k"),
          fmt::format("is {}, but the sources retrieve at most {}", variant_.merge.k, left_));
    }
    if (variant_.merge.k > 0) left_ = std::min(left_, variant_.merge.k);
    const int64_t needed = std::max(served_, pool_);
    if (left_ >= needed || sources.empty()) return;
    const std::string why = fmt::format(
        "{} is {}", served_ == needed ? "serve.size" : "the largest of metrics.pool_cutoffs",
        needed);
    const bool alone = sources.size() == 1 && variant_.merge.k == 0;
    if (alone) {
      section_.problems().add(
          sources[0].size_place, sources[0].path + ".k",
          fmt::format("is {}; it must be at least {} ({})", left_, needed, why));
    } else {
      section_.problem("recall",
                       fmt::format("retrieves at most {} candidates, but {}", left_, why));
    }
  }

  // What the merge takes of a source at most.
  int64_t quota(size_t source) const {
    const nlohmann::json& params = variant_.merge.params;
    if (!params.contains("quotas") || params["quotas"].size() <= source)
      return std::numeric_limits<int64_t>::max();
    return params["quotas"][source];
  }

  // False where the stage says nothing and gets `usual`.
  bool given(ReadStage& stage, int64_t usual) const {
    if (stage.spec.k != 0) return true;
    stage.spec.k = usual;
    return false;
  }

  void object(const ReadStage& stage, const std::string& what) const {
    section_.problems().add(stage.size_place, stage.path + ".keep",
                            fmt::format("is {}, but {}", stage.spec.k, what));
  }

  void rank(ReadStage& stage) {
    if (given(stage, left_)) {
      if (stage.spec.k < served_) {
        object(stage,
               fmt::format("serve.size is {}: a stage cannot keep fewer than are served", served_));
      } else if (stage.spec.k > left_) {
        object(stage, fmt::format("at most {} candidates arrive", left_));
      }
    }
    left_ = std::max(stage.spec.k, served_);
  }

  void rerank(ReadStage& stage) {
    const bool last = &stage == &variant_.rerank.back();
    if (last && given(stage, served_) && stage.spec.k != served_) {
      object(stage,
             fmt::format("serve.size is {}: the last stage serves exactly that many", served_));
      stage.spec.k = served_;
    }
    if (!last) given(stage, served_), rank(stage);
  }

  ReadVariant& variant_;
  const Section& section_;
  const int64_t served_;
  const int64_t pool_;
  int64_t left_ = 0;
};

void check_lists(const ReadVariant& variant, const task::Experiment& experiment,
                 Problems& problems) {
  for (const ReadStage& source : variant.recall) {
    if (source.spec.lists.empty()) continue;
    for (const task::DatasetSpec& dataset : experiment.datasets) {
      if (dataset.lists.count(source.spec.lists) > 0) continue;
      std::vector<std::string> known;
      for (const auto& [name, path] : dataset.lists) known.push_back(name);
      problems.add(
          source.place, source.path + ".lists",
          fmt::format("is {}, which data set {} does not have{}", clipped(source.spec.lists),
                      dataset.name,
                      known.empty() ? "; it has no lists"
                                    : error::did_you_mean(clipped(source.spec.lists), known)));
    }
  }
}

// Where the candidates are logged rows, they are the one source.
ReadStage logged_rows(const Section& section) {
  constexpr int64_t kMostRows = 10'000;  // as many as a slate may have; none is cut off
  ReadStage source;
  source.spec.lists = task::kLoggedRows;
  source.spec.k = kMostRows;
  source.path = section.path("recall[0]");
  source.place = section.place();
  source.spec.where = source.place.text();
  return source;
}

void check_recall(const Section& section, const ResolvedVariant& variant, const ReadVariant& read,
                  Problems& problems) {
  const Node* recall = section.find("recall");
  if (recall != nullptr && !(recall->is_list() && recall->items.empty())) return;
  const bool later = !read.rank.empty() || !read.rerank.empty();
  problems.add(recall ? recall->place : variant.place, section.path("recall"),
               fmt::format("{}{}", recall ? "is empty" : "is missing",
                           later ? "; rank and rerank stages work on the candidates of recall"
                                 : "; a variant begins with at least one recall source"));
}

}  // namespace

task::MergeSpec default_merge() {
  task::MergeSpec merge;
  merge.params["k0"] = task::kDefaultMergeK0;
  return merge;
}

const std::vector<ReadStage>& ReadVariant::stages(PluginKind kind) const {
  if (kind == PluginKind::recall) return recall;
  return kind == PluginKind::rank ? rank : rerank;
}

ReadVariant read_variant(const ResolvedVariant& variant, const StageReader& reader,
                         const task::Experiment& experiment, Problems& problems) {
  const Section section(problems, &variant.node, "variants.*", "variants." + variant.name);
  ReadVariant read{.name = variant.name, .place = variant.place};
  section.text("description", read.description);
  const StageReader stages =
      reader.seeing(read_data_scope(section, reader.scope()))
          .with_candidates(read_candidate_features(section, reader.candidate_features()));
  read.recall = read_stages(section, "recall", PluginKind::recall, stages);
  read.rank = read_stages(section, "rank", PluginKind::rank, stages);
  read.rerank = read_stages(section, "rerank", PluginKind::rerank, stages);
  const bool logged = experiment.traffic.candidates == task::CandidateSource::logged;
  if (!logged) check_recall(section, variant, read, problems);
  for (const char* key : {"recall", "merge"})
    if (logged && section.has(key))
      section.refuse(key,
                     "is not for traffic.candidates: logged, where the logged rows are the "
                     "candidates");
  if (logged) read.recall = {logged_rows(section)};
  read.merge = read_merge(section, read.recall.size());
  read_serving(section, read);
  read_policy(section, read);
  read_perturb(section, read);
  read_augment(section, read);
  Sizes(read, section, experiment).check();
  if (!logged) check_lists(read, experiment, problems);
  return read;
}

}  // namespace assay::config

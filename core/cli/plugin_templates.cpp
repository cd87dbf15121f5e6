#include "cli/plugin_templates.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cctype>

#include "cli/plugin_template_texts.h"
#include "error/error.h"

namespace assay::cli {

namespace {

// In all of them @NAME@ and @CLASS@ are replaced. Each source is a whole plugin that holds its
// contract as it stands.

constexpr char kRecall[] = R"(#include <assay/plugin.h>

// What serving needs is learnt in fit(), kept by save() and brought back by load().
class @CLASS@ : public assay::RecallStrategy {
 public:
  struct Params {
    double exponent = 1;  // the default
  };
  static void describe(assay::ParamList<Params>& p) {
    p.add("exponent", &Params::exponent, "Power of an item's count.").range(0, 10);
  }
  explicit @CLASS@(const Params& params) : params_(params) {}

  void fit(const assay::TrainingView& data, assay::FitContext&) override {
    worth_ = data.by_item.lengths().to(at::kFloat).pow(params_.exponent);
  }

  assay::CandidateBatch recall(const assay::RequestBatch& requests, int64_t k,
                               const assay::ServeContext&) const override {
    // >>> Your idea goes here: float32 [B, N], a score for every item of the catalogue.
    const at::Tensor scores = worth_.expand({requests.size(), -1});
    // <<<
    return assay::top_k(scores, k, requests);  // excludes, pads, breaks ties
  }

  void save(assay::Archive& archive) const override { archive.put("worth", worth_); }
  void load(const assay::Archive& archive, const assay::LoadContext& ctx) override {
    worth_ = archive.tensor("worth").to(ctx.device);
  }

 private:
  Params params_;
  at::Tensor worth_;  // float32 [N]
};

ASSAY_PLUGINS(assay::plugin<@CLASS@>(
    {.name = "@NAME@", .version = "0.1", .doc = "Popular items, for now."}))
)";

constexpr char kRank[] = R"(#include <assay/plugin.h>

// What serving needs is learnt in fit(), kept by save() and brought back by load().
class @CLASS@ : public assay::RankStrategy {
 public:
  struct Params {
    double weight = 0.1;  // the default
  };
  static void describe(assay::ParamList<Params>& p) {
    p.add("weight", &Params::weight, "What popularity adds to the recall score.").range(0, 100);
  }
  explicit @CLASS@(const Params& params) : params_(params) {}

  void fit(const assay::TrainingView& data, assay::LabelledCandidates&, assay::FitContext&) override {
    popularity_ = data.by_item.lengths().to(at::kFloat).log1p();
  }

  assay::CandidateBatch rank(const assay::RequestBatch&, const assay::CandidateBatch& candidates,
                             const assay::ServeContext&) const override {
    const at::Tensor item = candidates.item.clamp_min(0);  // padding is -1
    const at::Tensor popularity = popularity_.index_select(0, item.flatten()).view(item.sizes());
    // >>> Your idea goes here: float32 [B, K], a score for each candidate.
    const at::Tensor score = candidates.score.add(popularity, params_.weight);
    // <<<
    return assay::by_score(candidates, score);  // sorts, keeps padding at the tail
  }

  void save(assay::Archive& archive) const override { archive.put("popularity", popularity_); }
  void load(const assay::Archive& archive, const assay::LoadContext& ctx) override {
    popularity_ = archive.tensor("popularity").to(ctx.device);
  }

 private:
  Params params_;
  at::Tensor popularity_;  // float32 [N]
};

ASSAY_PLUGINS(assay::plugin<@CLASS@>(
    {.name = "@NAME@", .version = "0.1", .doc = "Recall score and popularity, for now."}))
)";

constexpr char kRerank[] = R"(#include <ATen/ops/linspace.h>
#include <assay/plugin.h>

#include <algorithm>
#include <cmath>

// What serving needs is learnt in fit(), kept by save() and brought back by load().
class @CLASS@ : public assay::RerankStrategy {
 public:
  struct Params {
    double strength = 0.2;  // the default
  };
  static void describe(assay::ParamList<Params>& p) {
    p.add("strength", &Params::strength, "How much an unpopular item gains.").range(0, 1);
  }
  explicit @CLASS@(const Params& params) : params_(params) {}

  void fit(const assay::TrainingView& data, assay::LabelledCandidates&, assay::FitContext&) override {
    const at::Tensor heard = data.by_item.lengths().to(at::kFloat).log1p();
    rarity_ = heard.div(heard.max().clamp_min(1)).neg().add(1);  // 0 for the most popular item
  }

  assay::CandidateBatch rerank(const assay::RequestBatch&, const assay::CandidateBatch& candidates, int64_t n,
                               const assay::ServeContext& ctx) const override {
    const at::Tensor item = candidates.item.clamp_min(0);  // padding is -1
    const at::Tensor rarity = rarity_.index_select(0, item.flatten()).view(item.sizes());
    const at::Tensor rank = at::linspace(1, 0, candidates.width(), ctx.device());  // 1 for the first
    // >>> Your idea goes here: float32 [B, K], what each candidate is worth; the best is shown first.
    const at::Tensor worth = rarity.mul(params_.strength).add(rank, 1 - params_.strength);
    // <<<
    const at::Tensor order = worth.masked_fill(candidates.item.lt(0), -INFINITY).argsort(true, 1, true);
    const at::Tensor place = order.narrow(1, 0, std::min(n, candidates.width()));
    return assay::pick(candidates, place.masked_fill(candidates.item.gather(1, place).lt(0), -1));
  }

  void save(assay::Archive& archive) const override { archive.put("rarity", rarity_); }
  void load(const assay::Archive& archive, const assay::LoadContext& ctx) override {
    rarity_ = archive.tensor("rarity").to(ctx.device);
  }

 private:
  Params params_;
  at::Tensor rarity_;  // float32 [N]
};

ASSAY_PLUGINS(assay::plugin<@CLASS@>(
    {.name = "@NAME@", .version = "0.1", .doc = "Rare items rise, for now."}))
)";

constexpr char kMetric[] = R"(#include <assay/plugin.h>

#include <algorithm>

// What one served list is worth. Nothing is kept: fit() sees the training window in every process.
class @CLASS@ : public assay::Metric {
 public:
  struct Params {
    int64_t charts = 100;  // the default
  };
  static void describe(assay::ParamList<Params>& p) {
    p.add("charts", &Params::charts, "How many items everybody sees anyway.").range(1, 10000);
  }
  explicit @CLASS@(const Params& params) : params_(params) {}

  void fit(const assay::TrainingView& data, assay::FitContext&) override {
    const at::Tensor users = data.by_item.lengths();
    const int64_t top = std::min(params_.charts, users.size(0));
    rare_ = users.lt(std::get<0>(users.topk(top)).select(0, top - 1));
  }

  at::Tensor values(const assay::RequestBatch&, const assay::CandidateBatch& served, const assay::Ragged& truth,
                    const assay::ServeContext&) const override {
    const at::Tensor item = served.item.clamp_min(0);  // padding is -1
    const at::Tensor hit = truth.dense(rare_.size(0)).gather(1, item).logical_and(served.item.ge(0));
    const at::Tensor rare = rare_.index_select(0, item.flatten()).view(item.sizes());
    // >>> Your idea goes here: float32 [B], one number a request; NaN where it has no value.
    return hit.logical_and(rare).to(at::kFloat).mean(1);
    // <<<
  }

 private:
  Params params_;
  at::Tensor rare_;  // bool [N]
};

ASSAY_PLUGINS(assay::plugin<@CLASS@>(
    {.name = "@NAME@", .version = "0.1", .doc = "Hits beyond the charts, for now.", .higher_is_better = true,
     .unit = "share"}))
)";

constexpr char kCMake[] = R"(cmake_minimum_required(VERSION 3.25)
project(@NAME@ LANGUAGES CXX)

# The assay that made this folder; for another one: cmake -Dassay_DIR=<folder of assayConfig.cmake>
set(assay_DIR "@ASSAY_DIR@" CACHE PATH "Folder of assayConfig.cmake")
find_package(assay REQUIRED)

assay_add_plugin(@NAME@ @NAME@.cpp@LIBS@)
)";

/// What all the experiments share; metrics and variants follow.
constexpr char kTry[] = R"(# @QUESTION@   assay run @NAME@/try.yaml
name: @NAME@
plugins: [build/@NAME@.so]

data:
  source: movielens-100k
  split: {method: leave_last_out, test: 1, @SPLIT@}
serve: {size: 20}
metrics:
  groups: [accuracy, coverage, diversity, novelty]
  cutoffs: [10]
)";

constexpr char kBetter[] = "Is @NAME@ better than doing nothing?";

constexpr char kTryRecall[] = R"(  primary: ndcg@10

variants:
  nothing:
    recall: [{plugin: popularity, k: 100}]
  @NAME@:
    recall: [{plugin: @NAME@, k: 100}]
compare: {baseline: nothing}
)";

constexpr char kTryRank[] = R"(  primary: ndcg@10

variants:
  nothing:
    recall: [{plugin: item_knn, k: 100}]
  @NAME@:
    extends: nothing
    rank: [{plugin: @NAME@}]
compare: {baseline: nothing}
)";

constexpr char kTryRerank[] = R"(  primary: ndcg@10

variants:
  nothing:
    recall: [{plugin: item_knn, k: 100}]
  @NAME@:
    extends: nothing
    rerank: [{plugin: @NAME@}]
compare: {baseline: nothing}
)";

constexpr char kTryMetric[] = R"(  names: [@NAME@, "@NAME@{charts=20}"]
  primary: @NAME@@10

variants:
  popular:
    recall: [{plugin: popularity, k: 100}]
  similar:
    recall: [{plugin: item_knn, k: 100}]
compare: {baseline: popular}
)";

struct Template {
  PluginKind kind;
  const char* shape;
  const char* source;
  const char* libraries;  ///< what assay_add_plugin is told besides the source
  const char* split;      ///< which windows the experiment has besides test
  const char* question;
  const char* rest;  ///< of the experiment
  const char* thing;
};

constexpr char kRankWindow[] = "validation: 0, rank: 3";
constexpr char kValidationWindow[] = "validation: 1, rank: 0";
constexpr char kExtra[] = " LIBS assay::extra";

constexpr Template kTemplates[] = {
    {PluginKind::recall, "plain", kRecall, "", kRankWindow, kBetter, kTryRecall, "strategy"},
    {PluginKind::recall, "trained", kTrainedTemplate, "", kValidationWindow, kBetter, kTryRecall,
     "strategy"},
    {PluginKind::rank, "plain", kRank, "", kRankWindow, kBetter, kTryRank, "strategy"},
    {PluginKind::rank, "features", kFeaturesTemplate, kExtra, kRankWindow, kBetter, kTryRank,
     "strategy"},
    {PluginKind::rerank, "plain", kRerank, "", kRankWindow, kBetter, kTryRerank, "strategy"},
    {PluginKind::metric, "plain", kMetric, "", kRankWindow, "Which variant is better by @NAME@?",
     kTryMetric, "metric"}};

const Template& template_of(PluginKind kind, const std::string& shape) {
  for (const Template& one : kTemplates)
    if (one.kind == kind && one.shape == shape) return one;
  const std::vector<std::string> known = template_names(kind);
  throw error::UserError(fmt::format("{} is not a template of {} plugins{}", shape,
                                     task::name_of(kind), error::did_you_mean(shape, known)));
}

std::string replaced(std::string text, const std::string& word, const std::string& with) {
  for (size_t at = text.find(word); at != std::string::npos; at = text.find(word, at + with.size()))
    text.replace(at, word.size(), with);
  return text;
}

}  // namespace

std::vector<std::string> template_names(PluginKind kind) {
  std::vector<std::string> names;
  for (const Template& one : kTemplates)
    if (one.kind == kind) names.emplace_back(one.shape);
  return names;
}

std::string class_name(const std::string& name) {
  std::string out;
  bool start = true;
  for (const char c : name) {
    if (c != '_') out += start ? static_cast<char>(std::toupper(static_cast<unsigned char>(c))) : c;
    start = c == '_';
  }
  // The class holds a struct of that name.
  return out == "Params" ? "ParamsStrategy" : out;
}

std::vector<TemplateFile> plugin_template(PluginKind kind, const std::string& shape,
                                          const std::string& name, const std::string& assay_dir) {
  const Template& chosen = template_of(kind, shape);
  const auto filled = [&](std::string text) {
    text = replaced(std::move(text), "@QUESTION@", chosen.question);
    text = replaced(std::move(text), "@SPLIT@", chosen.split);
    text = replaced(std::move(text), "@LIBS@", chosen.libraries);
    return replaced(
        replaced(replaced(std::move(text), "@NAME@", name), "@CLASS@", class_name(name)),
        "@ASSAY_DIR@", assay_dir);
  };
  std::vector<TemplateFile> files{
      {name + ".cpp", "", filled(chosen.source)},
      {"CMakeLists.txt", "builds against the assay that made it", filled(kCMake)},
      {"try.yaml",
       chosen.kind == PluginKind::metric ? "an experiment that measures with it"
                                         : "an experiment that compares it with doing nothing",
       filled(std::string(kTry) + chosen.rest)}};
  files[0].purpose = fmt::format("the {} ({} lines, marked where your idea goes)", chosen.thing,
                                 std::ranges::count(files[0].text, '\n'));
  return files;
}

}  // namespace assay::cli

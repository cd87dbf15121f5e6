#include <ATen/TensorOperators.h>
#include <ATen/ops/tensor.h>
#include <assay/extra/features/feature_terms.h>
#include <assay/extra/features/ranker_tables.h>
#include <assay/extra/fits/epochs.h>
#include <assay/plugin.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <optional>

#include "booster.h"
#include "tree_columns.h"

namespace assay::gbdt {
namespace {

constexpr int64_t kTrialTrees = 5;

template <typename T>
std::vector<T> copied(const at::Tensor& values, at::ScalarType type) {
  const at::Tensor held = values.to(type).contiguous();
  return {held.const_data_ptr<T>(), held.const_data_ptr<T>() + held.numel()};
}

/// Some columns of a matrix whose rows are those of an owner.
struct Part {
  const std::vector<float>* values;
  int64_t columns;
  std::vector<int64_t> rows;
};

// float [rows, columns of all parts]
std::vector<float> side_by_side(const std::vector<Part>& parts) {
  int64_t columns = 0, at = 0;
  for (const Part& part : parts) columns += part.columns;
  const int64_t rows = std::ssize(parts.front().rows);
  std::vector<float> out(static_cast<size_t>(rows * columns));
  for (const Part& part : parts) {
    for (int64_t row = 0; row < rows; ++row)
      std::copy_n(part.values->data() + part.rows[row] * part.columns, part.columns,
                  out.data() + row * columns + at);
    at += part.columns;
  }
  return out;
}

std::vector<int64_t> all_rows(int64_t count) {
  std::vector<int64_t> rows(static_cast<size_t>(count));
  for (int64_t row = 0; row < count; ++row) rows[row] = row;
  return rows;
}

enum class Objective { pointwise, lambdamart };

/// Gradient-boosted trees of XGBoost 1.7 over what is known of a candidate: numbers as they are,
/// categories of few values as a column each (tree_columns.h). Ids of users and items are no columns.
///
/// Learnt without chance on one thread. A score is the sum of the trees: log-odds with `pointwise` (the
/// metric log_loss{link=logit} measures them), of no meaning beyond the order with `lambdamart`.
class Gbdt : public RankStrategy {
 public:
  struct Params {
    Objective objective = Objective::pointwise;
    std::string target;
    int64_t trees = 200;
    double learning_rate = 0.1;
    int64_t max_depth = 6;
    double min_child_weight = 1;
    double lambda = 1;
    double min_gain = 0;
    int64_t max_bins = 256;
    bool user_features = true;
    bool item_features = true;
    bool statistics = true;
    int64_t affinity_categories = 100;
    int64_t one_hot = 30;
    Repeats repeats = Repeats::once;
    int64_t patience = 0;
    int64_t validate_every = 10;
    std::string model;
  };
  static void describe(ParamList<Params>& p);
  static void describe_columns(ParamList<Params>& p);
  static bool validates(const Params& params) { return params.patience > 0; }
  explicit Gbdt(const Params& params)
      : params_(params),
        tables_({.user_id = false,
                 .item_id = false,
                 .user_features = params.user_features,
                 .item_features = params.item_features,
                 .statistics = params.statistics,
                 .affinity_categories = params.affinity_categories,
                 .repeats = params.repeats}) {}

  void fit(const TrainingView& data, LabelledCandidates& candidates, FitContext& ctx) override;
  CandidateBatch rank(const RequestBatch& requests, const CandidateBatch& candidates,
                      const ServeContext& ctx) const override;
  std::optional<Explanation> explain(const RequestBatch& requests, const CandidateBatch& candidates,
                                     const ServeContext& ctx) const override;
  void save(Archive& archive) const override;
  void load(const Archive& archive, const LoadContext& ctx) override;

 private:
  void learn_columns(const extra::RankerExamples& examples, const Features& features);
  void encode_owners(const Features& features);
  int64_t columns() const;
  std::vector<std::string> names() const;
  Matrix matrix_of(const extra::RankerExamples& examples) const;
  void start(const Matrix& matrix);
  void grow(const Matrix& matrix, FitContext& ctx);
  void read_model();
  std::vector<float> rows_of(const RequestBatch& requests, const CandidateBatch& candidates,
                             const Features& features) const;
  std::vector<int64_t> user_rows(const at::Tensor& users) const;

  Params params_;
  extra::RankerTables tables_;
  TreeColumns item_, user_, request_, candidate_;
  std::vector<float> items_, users_;  // of all; row U of the users stands for anonymous ones
  std::optional<Booster> booster_;    // none where all labels are alike
};

void Gbdt::describe_columns(ParamList<Params>& p) {
  p.add("user_features", &Params::user_features, "Learn from the users' features.");
  p.add("item_features", &Params::item_features, "Learn from the items' features.");
  p.add("statistics", &Params::statistics,
        "Learn from what earlier stages say of a candidate (scores, sources, place), from how much "
        "of "
        "the history shares its categories, from its popularity and the length of the history.");
  p.add("affinity_categories", &Params::affinity_categories,
        "For item features with at most this many categories, the share of the user's history in "
        "the candidate's categories is one of the statistics. 0: none.")
      .unit("categories")
      .range(0, 10000);
  p.add("one_hot", &Params::one_hot,
        "A category or set with at most this many values is a column a value; with more it is one "
        "column: how common the category is, or the size of the set.")
      .unit("categories")
      .range(0, 100000);
  p.repeats(&Params::repeats);
}

void Gbdt::describe(ParamList<Params>& p) {
  p.choice("objective", &Params::objective,
           {{"pointwise", Objective::pointwise}, {"lambdamart", Objective::lambdamart}},
           "The log loss of each candidate (binary:logistic), or the order within a request "
           "(rank:ndcg: LambdaMART).");
  p.add("target", &Params::target,
        "The target that is learnt; empty for the first, the ground truth.");
  p.add("trees", &Params::trees, "Trees. With patience above 0 the most there may be.")
      .unit("trees")
      .range(1, 100000)
      .tune_log(50, 1000);
  p.add("learning_rate", &Params::learning_rate,
        "What each tree is multiplied by: lower needs more trees, and is often more accurate.")
      .range(1e-6, 1)
      .tune_log(0.02, 0.3);
  p.add("max_depth", &Params::max_depth, "Questions on the way to a leaf.")
      .range(1, 30)
      .tune(3, 10);
  p.add("min_child_weight", &Params::min_child_weight,
        "Least sum of second derivatives of a leaf: higher regularises.")
      .range(0, 1e9);
  p.add("lambda", &Params::lambda, "L2 penalty of the values of leaves.").range(0, 1e9);
  p.add("min_gain", &Params::min_gain, "Least gain of a split (XGBoost's gamma).").range(0, 1e9);
  p.add("max_bins", &Params::max_bins, "Values of a number that splits tell apart.")
      .range(2, 65536);
  describe_columns(p);
  p.add(
       "patience", &Params::patience,
       "Stops once so many validations in a row have not improved on the best one, whose trees are "
       "kept. 0 grows all trees and needs no validation window.")
      .unit("validations")
      .range(0, 10000);
  p.add("validate_every", &Params::validate_every, "With patience: trees between validations.")
      .unit("trees")
      .range(1, 10000);
  p.file("model", &Params::model,
         "A model that XGBoost 1.x wrote as JSON, over the columns that the note `columns` shows: "
         "served as it is, and nothing is learnt.");
}

void Gbdt::learn_columns(const extra::RankerExamples& examples, const Features& features) {
  item_ = TreeColumns(tables_.items(features), params_.one_hot, "item:");
  user_ = TreeColumns(tables_.users(features), params_.one_hot, "user:");
  request_ = TreeColumns(examples.requests, params_.one_hot, "request:");
  candidate_ = TreeColumns(examples.candidates, params_.one_hot, "");
  encode_owners(features);
}

void Gbdt::encode_owners(const Features& features) {
  items_ = item_.encode(tables_.items(features));
  users_ = user_.encode(tables_.users(features));
  users_.insert(users_.end(), static_cast<size_t>(user_.columns()),
                std::numeric_limits<float>::quiet_NaN());
}

int64_t Gbdt::columns() const {
  return item_.columns() + user_.columns() + request_.columns() + candidate_.columns();
}

std::vector<std::string> Gbdt::names() const {
  std::vector<std::string> out;
  for (const TreeColumns* part : {&item_, &user_, &request_, &candidate_})
    out.insert(out.end(), part->names().begin(), part->names().end());
  return out;
}

std::vector<int64_t> Gbdt::user_rows(const at::Tensor& users) const {
  return copied<int64_t>(users.masked_fill(users < 0, tables_.user_count()), at::kLong);
}

// Where requests are ranked, the candidates of each are a group: the walk has them together.
Matrix Gbdt::matrix_of(const extra::RankerExamples& examples) const {
  const std::vector<float> requests = request_.encode(examples.requests);
  const std::vector<float> candidates = candidate_.encode(examples.candidates);
  const auto request = copied<int64_t>(examples.request, at::kLong);
  const std::vector<float> all =
      side_by_side({{&items_, item_.columns(), copied<int64_t>(examples.item, at::kLong)},
                    {&users_, user_.columns(), user_rows(examples.user)},
                    {&requests, request_.columns(), request},
                    {&candidates, candidate_.columns(), all_rows(examples.size())}});
  Matrix out(all, columns());
  const auto weight = copied<float>(examples.weight, at::kFloat);
  out.set_labels(copied<float>(examples.first_label(), at::kFloat));
  if (params_.objective == Objective::pointwise) {
    out.set_weights(weight);
    return out;
  }
  std::vector<uint32_t> sizes;
  std::vector<float> means;
  for (size_t row = 0, last = 0; row < request.size(); row = last) {
    double sum = 0;
    for (last = row; last < request.size() && request[last] == request[row]; ++last)
      sum += weight[last];
    sizes.push_back(static_cast<uint32_t>(last - row));
    means.push_back(static_cast<float>(sum / static_cast<double>(last - row)));
  }
  out.set_groups(sizes);
  out.set_weights(means);
  return out;
}

void Gbdt::start(const Matrix& matrix) {
  booster_.emplace(matrix);
  const bool pointwise = params_.objective == Objective::pointwise;
  booster_->set("objective", pointwise ? "binary:logistic" : "rank:ndcg");
  booster_->set("tree_method", "hist");
  booster_->set("eta", extra::shown(params_.learning_rate));
  booster_->set("max_depth", std::to_string(params_.max_depth));
  booster_->set("min_child_weight", extra::shown(params_.min_child_weight));
  booster_->set("lambda", extra::shown(params_.lambda));
  booster_->set("gamma", extra::shown(params_.min_gain));
  booster_->set("max_bin", std::to_string(params_.max_bins));
}

void Gbdt::grow(const Matrix& matrix, FitContext& ctx) {
  const int64_t chosen = extra::chosen_number(ctx, "trees");
  const int64_t last = ctx.trial() ? kTrialTrees : chosen > 0 ? chosen : params_.trees;
  const bool choosing = params_.patience > 0 && chosen == 0;
  double best = -std::numeric_limits<double>::infinity();
  int64_t best_trees = 0, worse = 0;
  for (int64_t tree = 0; tree < last && !ctx.stop_requested(); ++tree) {
    booster_->add_tree(tree, matrix);
    ctx.progress(tree + 1, last);
    const bool asks = choosing && ((tree + 1) % params_.validate_every == 0 || tree + 1 == last);
    const double value = asks ? ctx.validate() : std::numeric_limits<double>::quiet_NaN();
    if (std::isnan(value)) continue;
    if (value > best) {
      best = value;
      best_trees = tree + 1;
      worse = 0;
    } else if (++worse >= params_.patience) {
      break;
    }
  }
  if (best_trees == 0) return;
  booster_ = booster_->first(best_trees);
  ctx.note("chosen.trees", std::to_string(best_trees));
}

void Gbdt::read_model() {
  booster_ = Booster::of_file(params_.model);
  if (booster_->columns() == columns()) return;
  throw InvalidInput("gbdt: " + params_.model + " is a model of " +
                     std::to_string(booster_->columns()) + " columns, and the data have " +
                     std::to_string(columns()) +
                     " (`item_features`, `user_features`, `statistics` "
                     "and `one_hot` say which).");
}

void Gbdt::fit(const TrainingView& data, LabelledCandidates& candidates, FitContext& ctx) {
  const extra::ExampleOutcomes outcomes{
      .targets = {extra::target_named(candidates, params_.target, "gbdt")}};
  const extra::RankerExamples examples = tables_.learn(data, candidates, outcomes, ctx.features());
  learn_columns(examples, ctx.features());
  if (columns() == 0) {
    throw InvalidInput(
        "gbdt: there is nothing to learn from: statistics is false and the data have no features; "
        "set `statistics: true`.");
  }
  const int64_t positives = examples.first_label().count_nonzero().item<int64_t>();
  ctx.note("candidates", std::to_string(examples.size()));
  ctx.note("positives", std::to_string(positives));
  std::string list;
  for (const std::string& name : names()) list += (list.empty() ? "" : ", ") + name;
  ctx.note("columns", list);
  if (!params_.model.empty()) return read_model();
  if (positives == 0 || positives == examples.size())
    return ctx.note("warning", "all labels are equal: the input order is kept");
  const Matrix matrix = matrix_of(examples);
  start(matrix);
  grow(matrix, ctx);
  ctx.note("trees", std::to_string(booster_->trees()));
}

// float [B * K, columns]
std::vector<float> Gbdt::rows_of(const RequestBatch& requests, const CandidateBatch& candidates,
                                 const Features& features) const {
  const int64_t width = candidates.width();
  const std::vector<float> of_requests = request_.encode(tables_.requests(requests));
  const std::vector<float> of_candidates =
      candidate_.encode(tables_.candidates(requests, candidates, features));
  std::vector<int64_t> each = all_rows(candidates.size() * width), request = each, user = each;
  const std::vector<int64_t> users = user_rows(requests.user);
  for (const int64_t row : each) {
    request[row] = row / width;
    user[row] = users[request[row]];
  }
  return side_by_side(
      {{&items_, item_.columns(), copied<int64_t>(candidates.item.clamp_min(0), at::kLong)},
       {&users_, user_.columns(), std::move(user)},
       {&of_requests, request_.columns(), std::move(request)},
       {&of_candidates, candidate_.columns(), std::move(each)}});
}

CandidateBatch Gbdt::rank(const RequestBatch& requests, const CandidateBatch& candidates,
                          const ServeContext& ctx) const {
  if (!booster_) return candidates;
  const std::vector<float> score =
      booster_->sums(rows_of(requests, candidates, ctx.features()), columns());
  return by_score(candidates, at::tensor(score, at::kFloat).view_as(candidates.score));
}

std::optional<Explanation> Gbdt::explain(const RequestBatch& requests,
                                         const CandidateBatch& candidates,
                                         const ServeContext& ctx) const {
  if (!booster_) return std::nullopt;
  const at::Tensor terms =
      at::tensor(booster_->contributions(rows_of(requests, candidates, ctx.features()), columns()),
                 at::kFloat)
          .view({candidates.size(), candidates.width(), columns() + 1});
  return extra::explain_by_features(candidates, terms.slice(2, 0, columns()),
                                    terms.select(2, columns()), names());
}

void Gbdt::save(Archive& archive) const {
  tables_.save(archive);
  item_.save(archive, "item.");
  user_.save(archive, "user.");
  request_.save(archive, "request.");
  candidate_.save(archive, "candidate.");
  if (booster_) archive.put("booster", at::tensor(booster_->bytes(), at::kByte));
}

void Gbdt::load(const Archive& archive, const LoadContext& ctx) {
  tables_.load(archive);
  item_ = TreeColumns::load(archive, "item.");
  user_ = TreeColumns::load(archive, "user.");
  request_ = TreeColumns::load(archive, "request.");
  candidate_ = TreeColumns::load(archive, "candidate.");
  encode_owners(*ctx.features);
  if (archive.has("booster"))
    booster_ = Booster::read(copied<uint8_t>(archive.tensor("booster"), at::kByte));
}

}  // namespace
}  // namespace assay::gbdt

ASSAY_PLUGINS(assay::plugin<assay::gbdt::Gbdt>({
    .name = "gbdt",
    .doc = "Gradient-boosted trees of XGBoost over scores, statistics and features: pointwise or "
           "LambdaMART. Hard to beat where features are numbers.",
    .paper =
        "Chen & Guestrin 2016, XGBoost: A Scalable Tree Boosting System, KDD; Burges 2010, From "
        "RankNet to LambdaRank to LambdaMART",
    .traits =
        {.validates = true, .learns_from_candidates = true, .additive = true, .cpu_only = true},
}))

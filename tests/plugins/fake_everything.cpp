// Everything of the SDK that the strategies of this tree have no use for, in one recall strategy
// and one metric, so that it is tried by every test that loads them: validate, checkpoint and
// resume, chosen, note, progress, update, additive explanations, vectors, action probabilities,
// deadlines, files, inputs, texts and ragged data in the archive, Metric.
#include <ATen/ops/arange.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/full.h>
#include <ATen/ops/full_like.h>
#include <ATen/ops/where.h>
#include <ATen/ops/zeros.h>
#include <ATen/ops/zeros_like.h>
#include <assay/plugin.h>

#include <algorithm>
#include <cmath>
#include <fstream>
#include <limits>
#include <optional>
#include <string>
#include <vector>

namespace {

using assay::CandidateBatch;
using assay::FitContext;
using assay::RequestBatch;
using assay::ServeContext;

/// Popularity, plus a bonus for items of the categories in the request's history, plus (where it is
/// given) what a teacher's vectors say. The size of the bonus is found by validation.
class FakeEverything : public assay::RecallStrategy, public assay::VectorModel {
 public:
  struct Params {
    int64_t steps = 3;
    double bonus_step = 0.5;
    bool log_counts = true;
    std::string feature = "";
    std::string boosts;
    std::vector<int64_t> promoted = {};
    std::vector<double> prior = {0, 0};
    std::vector<std::string> tags = {};
    double low = 0;
    double high = 1;
    double hurry_ms = 0;
  };
  static void describe(assay::ParamList<Params>& p) {
    p.add("steps", &Params::steps, "How many sizes of the bonus are tried.").range(1, 20);
    p.add("bonus_step", &Params::bonus_step, "By how much the bonus grows in a step.")
        .range(0, 10)
        .unit("log events");
    p.add("log_counts", &Params::log_counts, "Whether counts are taken by their logarithm.");
    p.add("feature", &Params::feature,
          "The item category that the bonus goes by; the first there is, where empty.");
    p.file("boosts", &Params::boosts, "Lines of an item id and what is added to its score.");
    p.add("promoted", &Params::promoted, "Items that get 1 more.").at_least(0);
    p.add("prior", &Params::prior, "Two numbers that are added to every count.").at_least(0);
    p.add("tags", &Params::tags, "Words that are kept with the model.");
    p.add("low", &Params::low, "Least count of an item that is served.");
    p.add("high", &Params::high, "Something above low.");
    p.add("hurry_ms", &Params::hurry_ms, "Below this time budget, the bonus is left out.")
        .unit("ms")
        .at_least(0);
    p.input("teacher", assay::PluginKind::recall, "A fitted recall strategy with vectors.");
    p.less("low", "high");
  }
  explicit FakeEverything(const Params& params) : params_(params) {}

  void fit(const assay::TrainingView& data, FitContext& ctx) override {
    learn_counts(data);
    learn_categories(*data.features);
    learn_teacher(ctx.inputs());
    choose_bonus(ctx);
    ctx.note("items_seen", std::to_string(data.item_seen.sum().item<int64_t>()));
  }

  CandidateBatch recall(const RequestBatch& requests, int64_t k,
                        const ServeContext& ctx) const override {
    const at::Tensor scores = query_vectors(requests, ctx).matmul(item_vectors().t());
    return assay::top_k(scores, k, requests);
  }

  void save(assay::Archive& archive) const override {
    archive.put("score", score_);
    archive.put("category", category_);
    archive.put("teacher", teacher_);
    archive.put_text("bonus", std::to_string(bonus_));
    archive.put_text("cardinality", std::to_string(cardinality_));
    archive.put_ragged("tags", tag_lengths());
  }
  void load(const assay::Archive& archive, const assay::LoadContext& ctx) override {
    score_ = archive.tensor("score").to(ctx.device);
    category_ = archive.tensor("category").to(ctx.device);
    teacher_ = archive.tensor("teacher").to(ctx.device);
    bonus_ = std::stod(archive.text("bonus"));
    cardinality_ = std::stoll(archive.text("cardinality"));
    archive.ragged("tags").lengths();
  }

  void update(const assay::EventSlice& events, FitContext&) override {
    const at::Tensor item = events.item.to(at::kLong).index({events.positive});
    score_ = score_.add(at::zeros_like(score_).scatter_add(0, item, at::full(item.sizes(), 0.1F)));
  }

  /// The score is popularity (base), and a bonus for each item of the history that has the
  /// candidate's category.
  std::optional<assay::Explanation> explain(const RequestBatch& requests,
                                            const CandidateBatch& candidates,
                                            const ServeContext& ctx) const override {
    assay::Explanation why;
    const at::Tensor history = requests.history.padded(1).squeeze(1);
    const at::Tensor matches = category_of(candidates.item).eq(category_of(history).unsqueeze(1));
    const at::Tensor explained =
        matches.logical_and(history.ge(0).unsqueeze(1)).logical_and(candidates.item.ge(0));
    why.row = explained.flatten().nonzero().squeeze(1);
    why.kind = at::full_like(why.row, static_cast<int64_t>(assay::Explanation::Kind::history));
    why.id = history.unsqueeze(1).expand_as(candidates.item).flatten().index_select(0, why.row);
    why.weight = at::full(why.row.sizes(), bonus(ctx)).to(at::kFloat);
    why.base = base()
                   .index_select(0, candidates.item.clamp_min(0).flatten())
                   .view(candidates.item.sizes());
    return why;
  }

  const assay::VectorModel* vectors() const override { return this; }

  /// One column with popularity, one a category.
  at::Tensor item_vectors() const override {
    const at::Tensor categories =
        at::arange(cardinality_).unsqueeze(0).eq(category_.unsqueeze(1)).to(at::kFloat);
    return at::cat({base().unsqueeze(1), categories}, 1);
  }
  /// 1, and the bonus at the category of the last item of the history.
  at::Tensor query_vectors(const RequestBatch& requests, const ServeContext& ctx) const override {
    const at::Tensor last = requests.history.padded(1).squeeze(1);
    const at::Tensor category = category_of(last).masked_fill(last.lt(0), -1);
    const at::Tensor wanted =
        at::arange(cardinality_).unsqueeze(0).eq(category.unsqueeze(1)).to(at::kFloat);
    return at::cat({at::full({requests.size(), 1}, 1.0F), wanted.mul(bonus(ctx))}, 1);
  }

  /// Softmax of the scores.
  std::optional<at::Tensor> action_probability(const RequestBatch&,
                                               const CandidateBatch& candidates,
                                               const ServeContext&) const override {
    const at::Tensor padding = candidates.item.lt(0);
    const at::Tensor score = base()
                                 .index_select(0, candidates.item.clamp_min(0).flatten())
                                 .view(candidates.item.sizes())
                                 .masked_fill(padding, -std::numeric_limits<float>::infinity());
    return score.softmax(1).masked_fill(padding, 0);
  }

 private:
  void learn_counts(const assay::TrainingView& data) {
    score_ = data.by_item.lengths().to(at::kFloat);
    for (const double more : params_.prior) score_ = score_.add(more);
    if (params_.log_counts) score_ = score_.log1p();
    for (const int64_t item : params_.promoted)
      if (item < data.items) score_[item] += 1;
    std::ifstream boosts(params_.boosts);
    int64_t item = 0;
    for (double boost = 0; boosts >> item >> boost;)
      if (item < data.items) score_[item] += boost;
  }

  void learn_categories(const assay::Features& features) {
    const assay::Feature* feature = nullptr;
    if (!params_.feature.empty()) feature = &features.item.at(params_.feature);
    for (const assay::Feature& column : features.item.columns)
      if (feature == nullptr && column.type == assay::FeatureType::category) feature = &column;
    category_ = feature ? feature->values.to(at::kLong) : at::full(score_.sizes(), -1, at::kLong);
    cardinality_ = feature ? feature->cardinality : 0;
  }

  /// float32 [N], what the teacher would add for everybody: the first dimension of its vectors.
  void learn_teacher(const assay::Inputs& inputs) {
    teacher_ = at::zeros_like(score_);
    if (!inputs.has("teacher")) return;
    const assay::VectorModel* model = inputs.at("teacher").vectors();
    if (model == nullptr)
      throw assay::InvalidInput("inputs.teacher has no vectors; name a stage that does");
    teacher_ = model->item_vectors().select(1, 0).mul(0.01);
  }

  void choose_bonus(FitContext& ctx) {
    if (const std::string chosen = ctx.chosen("bonus"); !chosen.empty()) {
      bonus_ = std::stod(chosen);
      ctx.validate();
      return;
    }
    double best = -std::numeric_limits<double>::infinity(), best_bonus = 0;
    int64_t first = 0;
    if (const assay::Archive* left = ctx.resume_from()) {
      first = std::stoll(left->text("step"));
      best = std::stod(left->text("best"));
      best_bonus = std::stod(left->text("best_bonus"));
    }
    for (int64_t step = first; step < params_.steps; ++step) {
      bonus_ = static_cast<double>(step) * params_.bonus_step;
      const double value = ctx.validate();
      if (!(value <= best)) {
        best = value;
        best_bonus = bonus_;
      }
      ctx.progress(step + 1, params_.steps);
      leave_checkpoint(ctx, step + 1, best, best_bonus);
      if (ctx.stop_requested()) break;
    }
    bonus_ = best_bonus;
    ctx.note("chosen.bonus", std::to_string(bonus_));
  }

  static void leave_checkpoint(FitContext& ctx, int64_t step, double best, double best_bonus) {
    assay::Archive archive;
    archive.put_text("step", std::to_string(step));
    archive.put_text("best", std::to_string(best));
    archive.put_text("best_bonus", std::to_string(best_bonus));
    ctx.checkpoint(archive);
  }

  double bonus(const ServeContext& ctx) const {
    const bool hurry = ctx.remaining_ms() >= 0 && ctx.remaining_ms() < params_.hurry_ms;
    return hurry ? 0 : bonus_;
  }
  at::Tensor base() const { return score_.add(teacher_); }
  at::Tensor category_of(const at::Tensor& item) const {
    return category_.index_select(0, item.clamp_min(0).flatten()).view(item.sizes());
  }

  assay::Ragged tag_lengths() const {
    const auto tags = static_cast<int64_t>(params_.tags.size());
    return {at::arange(tags), at::arange(tags + 1)};
  }

  Params params_;
  at::Tensor score_;     // float32 [N]
  at::Tensor category_;  // int64 [N], -1 where unknown
  at::Tensor teacher_;   // float32 [N]
  double bonus_ = 0;
  int64_t cardinality_ = 0;
};

/// The share of the slate that is relevant, each item by its count in training, so that fit is
/// tried as well.
class FakeMetric : public assay::Metric {
 public:
  struct Params {
    double power = 0;
  };
  static void describe(assay::ParamList<Params>& p) {
    p.add("power", &Params::power, "How much the count of an item matters.").range(0, 1);
  }
  explicit FakeMetric(const Params& params) : params_(params) {}

  void fit(const assay::TrainingView& data, FitContext&) override {
    weight_ = data.by_item.lengths().to(at::kFloat).add(1).pow(params_.power);
  }
  at::Tensor values(const RequestBatch&, const CandidateBatch& served, const assay::Ragged& truth,
                    const ServeContext&) const override {
    const at::Tensor relevant = truth.dense(weight_.size(0));
    const at::Tensor item = served.item.clamp_min(0);
    const at::Tensor hit = relevant.gather(1, item).logical_and(served.item.ge(0)).to(at::kFloat);
    const at::Tensor weight = weight_.index_select(0, item.flatten()).view(item.sizes());
    const at::Tensor value =
        hit.mul(weight).sum(1).div(static_cast<double>(std::max<int64_t>(1, served.width())));
    return value.masked_fill(truth.lengths().eq(0), std::numeric_limits<float>::quiet_NaN());
  }

 private:
  Params params_;
  at::Tensor weight_;  // float32 [N]
};

}  // namespace

ASSAY_PLUGINS(assay::plugin<FakeEverything>(
                  {.name = "fake_everything",
                   .version = "2.1",
                   .doc = "Popularity with a bonus for the category of the last item.",
                   .paper = "Nobody 2024, Everything at once",
                   .traits = {.validates = true, .additive = true, .updates = true}}),
              assay::plugin<FakeMetric>({.name = "fake_metric",
                                         .doc = "Share of the slate that is relevant.",
                                         .higher_is_better = true,
                                         .unit = "share"}))

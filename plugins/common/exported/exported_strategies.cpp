#include <ATen/TensorOperators.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/full.h>
#include <ATen/ops/full_like.h>
#include <assay/error.h>
#include <assay/extra/exported/exported_strategies.h>
#include <assay/kernels.h>

#include <algorithm>
#include <limits>
#include <utility>

namespace assay::extra {
namespace {

constexpr int64_t kScoresAtOnce = 1 << 24;  // 64 MiB
constexpr int64_t kRowsAtOnce = 64;         // at least, and a multiple of it

std::vector<TensorSpec> of_requests() {
  return {{"user", at::kLong, {"B"}},
          {"time_us", at::kLong, {"B"}},
          {"history", at::kLong, {"B", "L"}},
          {"history_time_us", at::kLong, {"B", "L"}}};
}

Offer recall_offer() {
  return {.inputs = of_requests(), .output = {"scores", at::kFloat, {"B", "N"}}};
}

Offer rank_offer() {
  std::vector<TensorSpec> inputs = of_requests();
  inputs.push_back({"item", at::kLong, {"B", "K"}});
  inputs.push_back({"score", at::kFloat, {"B", "K"}});
  return {.inputs = std::move(inputs), .output = {"scores", at::kFloat, {"B", "K"}}};
}

/// The rows `first .. first + count` of what models look at.
RequestBatch some_of(const RequestBatch& all, int64_t first, int64_t count) {
  RequestBatch out;
  out.request = all.request.narrow(0, first, count);
  out.user = all.user.narrow(0, first, count);
  out.history = all.history.slice(first, count);
  out.time_us = all.time_us.narrow(0, first, count);
  return out;
}

at::Tensor input(const TensorSpec& spec, const RequestBatch& requests, const History& history,
                 const CandidateBatch* candidates) {
  if (spec.name == "user") return requests.user;
  if (spec.name == "time_us") return requests.time_us;
  if (spec.name == "history") return history.padded(spec.size(1));
  if (spec.name == "history_time_us") {
    Ragged times = history;
    times.values = history.time_us ? *history.time_us : at::full_like(history.values, kNoTime);
    return times.padded(spec.size(1));
  }
  if (spec.name == "item") return candidates->item;
  return candidates->score.masked_fill(candidates->item.eq(-1), 0);
}

}  // namespace

void describe_exported(ParamList<ExportedParams>& p) {
  p.file("model", &ExportedParams::model,
         "The model. The list that ASSAY_ALLOWED_MODELS names must hold its SHA-256, since it is "
         "code.")
      .required();
}

ExportedStrategy::ExportedStrategy(ModelFormat format, ExportedParams params, std::string who,
                                   Offer offer)
    : format_(format), params_(std::move(params)), who_(std::move(who)), offer_(std::move(offer)) {}

void ExportedStrategy::open(const at::Device& device) {
  if (!params_.model.empty()) model_ = load_exported(format_, params_.model, who_, offer_, device);
}

void ExportedStrategy::save(Archive& archive) const {
  archive.put_text("sha256", model_ ? model_->sha256() : "");
}

void ExportedStrategy::load(const Archive& archive, const at::Device& device) {
  open(device);
  const std::string& fitted = archive.text("sha256");
  const std::string found = model_ ? model_->sha256() : "";
  if (fitted == found) return;
  throw InvalidInput(who_ + ": " + params_.model + " has the SHA-256 " + found +
                     ", and was fitted with " + fitted +
                     ": the file has changed since. Run the experiment again.");
}

std::vector<at::Tensor> ExportedStrategy::inputs(const RequestBatch& requests,
                                                 const CandidateBatch* candidates) const {
  const History history = requests.history.once();
  std::vector<at::Tensor> out;
  for (const TensorSpec& spec : model_->signature().inputs)
    out.push_back(input(spec, requests, history, candidates).contiguous());
  return out;
}

ExportedRecall::ExportedRecall(ModelFormat format, const ExportedParams& params, std::string who)
    : model_(format, params, std::move(who), recall_offer()) {}

void ExportedRecall::fit(const TrainingView& data, FitContext& ctx) {
  known_ = data.user_seen.clone().to(ctx.device());
  model_.open(ctx.device());
  if (!model_.model()) return;
  const int64_t items = model_.model()->signature().output.size(1);
  ctx.note("sha256", model_.model()->sha256());
  if (items == data.items) return;
  throw InvalidInput(model_.who() + ": " + model_.file() + " scores " + std::to_string(items) +
                     " items, and the data know " + std::to_string(data.items) +
                     "; a model is exported for the data set that it serves.");
}

CandidateBatch ExportedRecall::recall(const RequestBatch& requests, int64_t k,
                                      const ServeContext&) const {
  const int64_t size = requests.size();
  if (!model_.model() || size == 0)
    return {.item = at::full({size, k}, -1, requests.request.options()),
            .score = at::full({size, k}, -std::numeric_limits<double>::infinity(),
                              requests.request.options().dtype(at::kFloat))};
  const int64_t items = model_.model()->signature().output.size(1);
  const int64_t most = std::max<int64_t>(kScoresAtOnce / items / kRowsAtOnce, 1) * kRowsAtOnce;
  std::vector<at::Tensor> item, score;
  for (int64_t first = 0; first < size; first += most) {
    const int64_t count = std::min(most, size - first);
    RequestBatch some = some_of(requests, first, count);
    if (requests.excluded.rows() > 0) some.excluded = requests.excluded.slice(first, count);
    if (requests.allowed) some.allowed = requests.allowed->slice(first, count);
    const CandidateBatch best = top_k(model_.model()->run(model_.inputs(some, nullptr)), k, some);
    item.push_back(best.item);
    score.push_back(best.score);
  }
  CandidateBatch out{.item = at::cat(item), .score = at::cat(score)};
  const at::Tensor by_id =
      known_.index_select(0, requests.user.clamp_min(0)).logical_and(requests.user.ge(0));
  const at::Tensor nothing =
      by_id.logical_or(requests.history.lengths().gt(0)).logical_not().unsqueeze(1);
  out.item.masked_fill_(nothing, -1);
  out.score.masked_fill_(nothing, -std::numeric_limits<double>::infinity());
  return out;
}

void ExportedRecall::save(Archive& archive) const {
  model_.save(archive);
  archive.put("known", known_);
}

void ExportedRecall::load(const Archive& archive, const LoadContext& ctx) {
  model_.load(archive, ctx.device);
  known_ = archive.tensor("known").to(ctx.device);
}

ExportedRank::ExportedRank(ModelFormat format, const ExportedParams& params, std::string who)
    : model_(format, params, std::move(who), rank_offer()) {}

void ExportedRank::fit(const TrainingView&, LabelledCandidates&, FitContext& ctx) {
  model_.open(ctx.device());
  if (model_.model()) ctx.note("sha256", model_.model()->sha256());
}

CandidateBatch ExportedRank::rank(const RequestBatch& requests, const CandidateBatch& candidates,
                                  const ServeContext&) const {
  if (!model_.model() || requests.size() == 0 || candidates.width() == 0)
    return by_score(candidates, candidates.score);
  return by_score(candidates, model_.model()->run(model_.inputs(requests, &candidates)));
}

}  // namespace assay::extra

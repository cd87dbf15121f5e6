#include <ATen/TensorOperators.h>
#include <ATen/ops/full_like.h>
#include <ATen/ops/tensor.h>
#include <assay/error.h>
#include <assay/extra/features/candidate_examples.h>
#include <assay/extra/features/feature_terms.h>
#include <assay/extra/fields/field_ranker.h>
#include <assay/extra/fields/field_trainer.h>
#include <assay/extra/fits/epochs.h>
#include <assay/kernels.h>

#include <cmath>
#include <limits>

namespace assay::extra {

FieldRanker::FieldRanker(std::string who, const FieldParams& params,
                         std::unique_ptr<const FieldNetwork> network)
    : who_(std::move(who)), params_(params), model_(params, std::move(network)) {
  if (params.pruning > 0 && params.low_rank > 0) {
    throw InvalidInput(who_ +
                       ": pruning and low_rank are both set, and a matrix is made smaller in one "
                       "way; leave one of them out.");
  }
}

void FieldRanker::expect_fields() const {
  const FieldSpace& space = model_.space();
  if (space.fields() == 0) {
    throw InvalidInput(
        who_ +
        ": there is no field to learn from: user_id, item_id and statistics are false "
        "and the data have no features; set one of them.");
  }
  if (model_.network().history_length() > 0 && space.item_singles() + space.item_bags() == 0) {
    throw InvalidInput(who_ +
                       ": it compares candidates with the items of the history, of which it knows "
                       "nothing: item_id and statistics are false and the data have no item "
                       "features; set one of them.");
  }
}

void FieldRanker::fit(const TrainingView& data, LabelledCandidates& candidates, FitContext& ctx) {
  expect_computes_in(params_.precision, who_);
  const FieldExamples examples = model_.space().learn(
      data, candidates, target_named(candidates, params_.target, who_), ctx.features());
  expect_fields();
  const LabelCounts labels(examples.label);
  prior_ = labels.prior();
  learns_ = labels.are_mixed();
  ctx.note("candidates", std::to_string(examples.size()));
  ctx.note("positives", std::to_string(static_cast<int64_t>(labels.positives)));
  const double share = labels.share_of_negatives(params_.negatives);
  if (share < 1) ctx.note("share_of_negatives", shown(share));
  if (learns_) {
    FieldTrainer trainer(params_, examples, model_, ctx.generator());
    learn_epochs(trainer,
                 {.who = who_,
                  .epochs = params_.epochs,
                  .patience = params_.patience,
                  .validate_every = params_.validate_every,
                  .learning_rate = params_.learning_rate},
                 ctx);
    ctx.note("parameters", std::to_string(model_.numbers()));
    ctx.note("bytes", std::to_string(model_.bytes()));
    if (params_.pruning > 0) ctx.note("zeros", std::to_string(model_.zeros()));
  } else {
    ctx.note("warning", "all labels are equal: the input order is kept");
  }
  std::string names;
  for (const std::string& name : model_.space().names())
    names += (names.empty() ? "" : ", ") + name;
  ctx.note("fields", names);
}

CandidateBatch FieldRanker::rank(const RequestBatch& requests, const CandidateBatch& candidates,
                                 const ServeContext& ctx) const {
  if (learns_) {
    const at::Tensor score =
        model_.probabilities(model_.space().batch(requests, candidates, ctx.features()));
    return by_score(candidates, score.view_as(candidates.score));
  }
  CandidateBatch as_given = candidates;
  as_given.propensity.reset();
  as_given.score = at::full_like(candidates.score, 1 / (1 + std::exp(-prior_)))
                       .masked_fill(candidates.item < 0, -std::numeric_limits<double>::infinity());
  return as_given;
}

std::optional<Explanation> FieldRanker::explain(const RequestBatch& requests,
                                                const CandidateBatch& candidates,
                                                const ServeContext& ctx) const {
  if (!learns_) return std::nullopt;
  auto why = model_.terms(model_.space().batch(requests, candidates, ctx.features()));
  if (!why) return std::nullopt;
  const at::Tensor terms =
      why->terms.view({candidates.size(), candidates.width(), std::ssize(why->names)});
  return explain_by_features(candidates, terms, why->constant, std::move(why->names));
}

void FieldRanker::save(Archive& archive) const {
  archive.put_text("learns", learns_ ? "yes" : "no");
  archive.put("prior", at::tensor({prior_}, at::kDouble));
  model_.save(archive, learns_);
}

void FieldRanker::load(const Archive& archive, const LoadContext& ctx) {
  expect_computes_in(params_.precision, who_);
  learns_ = archive.text("learns") == "yes";
  prior_ = archive.tensor("prior").item<double>();
  model_.load(archive, *ctx.features, learns_);
}

}  // namespace assay::extra

#include <ATen/TensorOperators.h>
#include <ATen/ops/full_like.h>
#include <ATen/ops/tensor.h>
#include <assay/error.h>
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

std::vector<int64_t> FieldRanker::targets(const LabelledCandidates& candidates) const {
  return {target_named(candidates, params_.target, who_)};
}

ExampleOutcomes FieldRanker::outcomes(const LabelledCandidates& candidates,
                                      const FitContext& ctx) const {
  ExampleOutcomes out{.targets = targets(candidates)};
  if (!ctx.inputs().has(kTeacher)) return out;
  out.teacher = [teacher = Teacher(who_, kTeacher, params_.distill_scores, ctx)](
                    const RequestBatch& requests, const CandidateBatch& given) {
    return teacher.log_odds(requests, given);
  };
  return out;
}

void FieldRanker::count_labels(const FieldExamples& examples, const std::vector<std::string>& names,
                               FitContext& ctx) {
  ctx.note("candidates", std::to_string(examples.size()));
  prior_.clear();
  learns_ = false;
  for (int64_t target = 0; target < examples.targets; ++target) {
    const LabelCounts labels(examples, target);
    prior_.push_back(labels.prior());
    learns_ = learns_ || labels.are_mixed();
    ctx.note(examples.targets == 1 ? "positives" : "positives." + names[target],
             std::to_string(static_cast<int64_t>(labels.positives)));
  }
}

void FieldRanker::learn(FieldExamples& examples, FitContext& ctx) {
  const double share = share_of_negatives(params_, examples);
  if (share < 1) ctx.note("share_of_negatives", shown(share));
  // As the log-odds are among the candidates that are kept.
  for (float& said : examples.teacher) said -= static_cast<float>(std::log(share));
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
}

void FieldRanker::fit(const TrainingView& data, LabelledCandidates& candidates, FitContext& ctx) {
  expect_computes_in(params_.precision, who_);
  const ExampleOutcomes outcomes = this->outcomes(candidates, ctx);
  FieldExamples examples = model_.space().learn(data, candidates, outcomes, ctx.features());
  expect_fields();
  std::vector<std::string> learnt;
  if (examples.targets > 1)
    for (const int64_t target : outcomes.targets) learnt.push_back(candidates.targets()[target]);
  count_labels(examples, learnt, ctx);
  if (learns_)
    learn(examples, ctx);
  else
    ctx.note("warning", "all labels are equal: the input order is kept");
  std::string names;
  for (const std::string& name : model_.space().names())
    names += (names.empty() ? "" : ", ") + name;
  ctx.note("fields", names);
}

double FieldRanker::constant_score() const {
  std::vector<double> each;
  for (const double prior : prior_) each.push_back(1 / (1 + std::exp(-prior)));
  return model_.network().mixed(at::tensor(each, at::kDouble).unsqueeze(0)).item<double>();
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
  as_given.score = at::full_like(candidates.score, constant_score())
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
  archive.put("prior", at::tensor(prior_, at::kDouble));
  model_.save(archive, learns_);
}

void FieldRanker::load(const Archive& archive, const LoadContext& ctx) {
  expect_computes_in(params_.precision, who_);
  learns_ = archive.text("learns") == "yes";
  const at::Tensor prior = archive.tensor("prior").contiguous();
  prior_.assign(prior.const_data_ptr<double>(), prior.const_data_ptr<double>() + prior.numel());
  model_.load(archive, *ctx.features, learns_);
}

}  // namespace assay::extra

#include "cli/plugin_template_texts.h"

namespace assay::cli {

const char kFeaturesTemplate[] = R"(#include <ATen/ops/_fused_adamw.h>
#include <ATen/ops/binary_cross_entropy_with_logits.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/randn.h>
#include <ATen/ops/stack.h>
#include <ATen/ops/zeros.h>
#include <ATen/ops/zeros_like.h>
#include <assay/extra/features/candidate_inputs.h>
#include <assay/extra/features/standard_scale.h>
#include <assay/plugin.h>

#include <string>
#include <vector>

// A ranker that learns from what was taken and what was not: a small network looks at what is known
// of each candidate.
class @CLASS@ : public assay::RankStrategy {
 public:
  struct Params {
    int64_t hidden = 16;
    int64_t steps = 100;
    double learning_rate = 0.05;
  };
  static void describe(assay::ParamList<Params>& p) {
    p.add("hidden", &Params::hidden, "Units of the hidden layer.").range(1, 1024);
    p.add("steps", &Params::steps, "Steps of the optimiser, each over all candidates.")
        .range(1, 1e5);
    p.add("learning_rate", &Params::learning_rate, "Size of a step.").range(1e-6, 1);
  }
  explicit @CLASS@(const Params& params) : params_(params) {}

  void fit(const assay::TrainingView& data, assay::LabelledCandidates& candidates,
           assay::FitContext& ctx) override {
    popularity_ = data.by_item.lengths().to(at::kDouble).log1p();
    sources_ = candidates.sources();
    std::vector<at::Tensor> input, label;
    while (const auto batch = candidates.next()) {
      const at::Tensor real = batch->candidates.item.flatten().ge(0).nonzero().squeeze(1);
      input.push_back(
          inputs(batch->requests, batch->candidates, ctx.features()).index_select(0, real));
      label.push_back(
          batch->label.select(2, 0).flatten().index_select(0, real));  // the first target
    }
    if (label.empty())
      throw assay::InvalidInput("@NAME@ needs events in the rank window; there are none.");
    const at::Tensor all = at::cat(input);
    scale_ =
        assay::extra::StandardScale::of(all);  // columns of mean 0 and deviation 1; NaN becomes 0
    learn(scale_(all).to(at::kFloat), at::cat(label), ctx);
  }

  assay::CandidateBatch rank(const assay::RequestBatch& requests,
                             const assay::CandidateBatch& candidates,
                             const assay::ServeContext& ctx) const override {
    const at::Tensor input = scale_(inputs(requests, candidates, ctx.features())).to(at::kFloat);
    return assay::by_score(candidates, scores(weights_, input).view(candidates.item.sizes()));
  }

  void save(assay::Archive& archive) const override {
    archive.put("weights", weights_);
    archive.put("popularity", popularity_);
    archive.put("mean", scale_.mean);
    archive.put("deviation", scale_.deviation);
    for (size_t i = 0; i < sources_.size(); ++i)
      archive.put_text("source." + std::to_string(i), sources_[i]);
  }
  void load(const assay::Archive& archive, const assay::LoadContext& ctx) override {
    weights_ = archive.tensor("weights").to(ctx.device);
    popularity_ = archive.tensor("popularity").to(ctx.device);
    scale_ = {archive.tensor("mean").to(ctx.device), archive.tensor("deviation").to(ctx.device)};
    for (int i = 0; archive.has("source." + std::to_string(i)); ++i)
      sources_.push_back(archive.text("source." + std::to_string(i)));
  }

 private:
  // >>> Your idea goes here: what is known of a candidate, and what follows from it.
  /// float64 [B * K, inputs], NaN where unknown; what stands at padding does not matter.
  at::Tensor inputs(const assay::RequestBatch& requests, const assay::CandidateBatch& candidates,
                    const assay::Features& features) const {
    std::vector<const assay::Feature*> shared;  // how much of the history shares their categories
    for (const assay::Feature& feature : features.item.columns)
      if (feature.cardinality > 0 && feature.cardinality <= 100) shared.push_back(&feature);
    std::vector<at::Tensor> columns;
    for (const auto& known : assay::extra::candidate_inputs(requests, candidates, sources_, shared))
      columns.push_back(known.value.flatten());
    columns.push_back(popularity_.index_select(0, candidates.item.clamp_min(0).flatten()));
    return at::stack(columns, 1);
  }
  /// float32 [rows], higher is better, from standardised inputs (float32 [rows, inputs]).
  at::Tensor scores(const at::Tensor& weights, const at::Tensor& input) const {
    const int64_t hidden = params_.hidden;
    const auto part = weights.split_with_sizes({input.size(1) * hidden, hidden, hidden, 1});
    const at::Tensor layer =
        input.matmul(part[0].view({input.size(1), hidden})).add(part[1]).relu();
    return layer.matmul(part[2]).add(part[3]);
  }
  // <<<

  void learn(const at::Tensor& input, const at::Tensor& label, assay::FitContext& ctx) {
    const int64_t size = input.size(1) * params_.hidden + 2 * params_.hidden + 1;
    weights_ = at::randn({size}, ctx.generator(), ctx.device()).mul(0.1);
    const at::Tensor mean = at::zeros_like(weights_), square = at::zeros_like(weights_);
    const at::Tensor step = at::zeros({}, weights_.options());
    for (int64_t i = 1; i <= (ctx.trial() ? 1 : params_.steps) && !ctx.stop_requested(); ++i) {
      const at::Tensor leaf = weights_.detach().requires_grad_();
      const at::Tensor loss = at::binary_cross_entropy_with_logits(scores(leaf, input), label);
      loss.backward();
      at::_fused_adamw_({weights_}, {leaf.grad()}, {mean}, {square}, {}, {step.add_(1)},
                        params_.learning_rate, 0.9, 0.999, 0.01, 1e-8, false, false);
      ctx.note_step("loss", i, loss.item<double>());
      ctx.progress(i, params_.steps);
    }
  }

  Params params_;
  at::Tensor weights_;     // float32, all layers end to end
  at::Tensor popularity_;  // float64 [N]
  std::vector<std::string> sources_;
  assay::extra::StandardScale scale_;
};

ASSAY_PLUGINS(assay::plugin<@CLASS@>(
    {.name = "@NAME@",
     .version = "0.1",
     .doc = "What is known of a candidate, through a small network, for now.",
     .traits = {.draws_in_fit = true, .learns_from_candidates = true}}))
)";

}  // namespace assay::cli

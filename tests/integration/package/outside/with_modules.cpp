#include <ATen/Context.h>
#include <ATen/ops/mse_loss.h>
#include <assay/plugin.h>
#include <torch/nn/modules/activation.h>
#include <torch/nn/modules/container/sequential.h>
#include <torch/nn/modules/dropout.h>
#include <torch/nn/modules/linear.h>
#include <torch/optim/adam.h>

namespace {

// Modules of torch::nn learn, with Adam, how often an item occurs; written as docs/a-trained-model.md
// says.
class WithModules : public assay::RecallStrategy {
 public:
  void fit(const assay::TrainingView& data, assay::FitContext& ctx) override {
    at::manual_seed(ctx.generator().current_seed());
    model_ = make();
    count_ = data.by_item.lengths().to(at::kFloat).log1p().unsqueeze(1);
    torch::optim::Adam adam(model_->parameters(), torch::optim::AdamOptions(0.05));
    double first = 0;
    double last = 0;
    for (int step = 0; step < 50; ++step) {
      adam.zero_grad();
      const at::Tensor loss = at::mse_loss(model_->forward(count_), count_);
      loss.backward();
      adam.step();
      last = loss.item<double>();
      if (step == 0) first = last;
    }
    model_->eval();
    ctx.note("learnt", last < first ? "yes" : "no");
  }

  assay::CandidateBatch recall(const assay::RequestBatch& requests, int64_t k,
                               const assay::ServeContext&) const override {
    const at::NoGradGuard no_gradients;
    torch::nn::Sequential model = model_;  // forward() is no const method; the modules are shared
    return assay::top_k(model->forward(count_).squeeze(1).expand({requests.size(), -1}), k,
                        requests);
  }

  void save(assay::Archive& archive) const override {
    archive.put("count", count_);
    for (const auto& parameter : model_->named_parameters())
      archive.put(parameter.key(), parameter.value());
  }
  void load(const assay::Archive& archive, const assay::LoadContext& ctx) override {
    const at::NoGradGuard no_gradients;
    count_ = archive.tensor("count").to(ctx.device);
    model_ = make();
    for (auto& parameter : model_->named_parameters())
      parameter.value().copy_(archive.tensor(parameter.key()));
    model_->to(ctx.device);
    model_->eval();
  }

 private:
  static torch::nn::Sequential make() {
    return torch::nn::Sequential(torch::nn::Linear(1, 8), torch::nn::Tanh(),
                                 torch::nn::Dropout(0.1), torch::nn::Linear(8, 1));
  }

  torch::nn::Sequential model_ = nullptr;
  at::Tensor count_;  // float32 [N, 1]
};

}  // namespace

ASSAY_PLUGINS(assay::plugin<WithModules>({.name = "with_modules",
                                          .doc = "Common items, by a network.",
                                          .traits = {.draws_in_fit = true}}))

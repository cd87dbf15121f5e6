#include <ATen/ops/mse_loss.h>
#include <torch/nn/modules/activation.h>
#include <torch/nn/modules/container/sequential.h>
#include <torch/nn/modules/linear.h>
#include <torch/optim/adam.h>

#include "every_item.h"

namespace {

// A module of torch::nn learns, with Adam, how often an item occurs.
class WithModules : public EveryItem {
 public:
  void fit(const assay::TrainingView& data, assay::FitContext& ctx) override {
    torch::nn::Sequential model(torch::nn::Linear(1, 4), torch::nn::Tanh(),
                                torch::nn::Linear(4, 1));
    for (at::Tensor& weight : model->parameters()) weight.data().normal_(0, 1, ctx.generator());
    torch::optim::Adam adam(model->parameters(), torch::optim::AdamOptions(0.05));
    const at::Tensor count = data.by_item.lengths().to(at::kFloat).log1p().unsqueeze(1);
    double first = 0;
    double last = 0;
    for (int step = 0; step < 50; ++step) {
      adam.zero_grad();
      const at::Tensor loss = at::mse_loss(model->forward(count), count);
      loss.backward();
      adam.step();
      last = loss.item<double>();
      if (step == 0) first = last;
    }
    ctx.note("learnt", last < first ? "yes" : "no");
    const at::NoGradGuard no_gradients;
    score = model->forward(count).squeeze(1).contiguous();
  }
};

}  // namespace

ASSAY_PLUGINS(assay::plugin<WithModules>({.name = "with_modules",
                                          .doc = "Common items, by a network.",
                                          .traits = {.draws_in_fit = true}}))

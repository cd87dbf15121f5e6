#include "recall/two_tower/towers.h"

#include <ATen/CPUGeneratorImpl.h>
#include <ATen/TensorOperators.h>
#include <ATen/ops/empty_like.h>
#include <ATen/ops/tensor.h>
#include <gtest/gtest.h>

#include "tiny_data.h"

namespace assay::test {
namespace {

using two_tower::Similarity;

at::Generator random_numbers(uint64_t seed) { return at::detail::createCPUGenerator(seed); }

FeatureTable groups(const std::vector<int64_t>& of_rows) {
  Feature feature{.name = "group",
                  .type = FeatureType::category,
                  .values = at::tensor(of_rows, at::kLong).to(at::kInt),
                  .labels = {"a", "b", "c"}};
  feature.cardinality = 3;
  return {std::ssize(of_rows), {feature}};
}

/// A step over pairs with a history, features of users and items, and a context.
struct OneStep {
  explicit OneStep(two_tower::Settings of) : settings(of) {
    data.context = groups({0, 1, 2, 0, 1, 2, 0, 1, 2, 0, 1, 2, 0, 1});
    const auto encoded = [](const FeatureTable& table, int64_t& columns) {
      const two_tower::FeatureBags bags(table, 100, 8, at::kCPU);
      columns = bags.columns();
      return bags.encode(table);
    };
    known.user = encoded(groups({0, 0, 1, 1, 2, -1}), known.user_columns);
    known.item = encoded(groups({0, 1, 2, 0, 1, -1, 2, 0}), known.item_columns);
    known.context = encoded(data.context, known.context_columns);
    examples.start(1);
    batch = examples.batch(0);
  }

  /// The loss where the weights of one name are moved on, and the state of Adam after the step.
  double loss(const std::string& name, const at::Tensor& by, Archive* after = nullptr) {
    two_tower::Towers towers = started();
    for (auto& [own, value] : towers.weights())
      if (own == name) value.add_(by);
    extra::SplitMix random(1, 1);
    const double before_step = towers.learn(batch, examples, random);
    if (after != nullptr) towers.keep_optimisers(*after);
    return before_step;
  }

  two_tower::Towers started() {
    two_tower::Towers towers(settings);
    towers.start(data, known, random_numbers(1), at::kCPU);
    return towers;
  }

  two_tower::Settings settings;
  TrainingView data = training_of({{0, 1, 2}, {0, 1}, {1, 2}, {3, 4}, {3, 4, 5}, {4, 5}}, 8);
  two_tower::Known known;
  two_tower::Examples examples{
      data, {}, std::vector<bool>(8, true), {.batch_size = 9, .negatives = 3}, 1};
  two_tower::Batch batch;
};

// Adam's mean is a tenth of the first gradient.
void expect_gradients_of_the_loss(const two_tower::Settings& settings) {
  constexpr double kStep = 0.005;
  OneStep step(settings);
  Archive after;
  step.loss("", {}, &after);
  // Without lengths of 1 the last bias of items moves all scores of a query alike, which a softmax
  // does not see.
  const std::string shared_by_all_scores =
      settings.similarity == Similarity::dot && settings.layers > 0
          ? "layers.item." + std::to_string(settings.layers - 1) + ".bias"
          : "";
  at::Generator random = random_numbers(2);
  for (const auto& [name, value] : step.started().weights()) {
    const at::Tensor gradient = after.tensor("adam." + name + ".mean") * 10;
    if (name == shared_by_all_scores) continue;
    EXPECT_GT(gradient.abs().max().item<double>(), 1e-3) << name;
    for (int64_t n = 0; n < 3; ++n) {
      at::Tensor to = at::empty_like(value).normal_(0, 1, random);
      // Part of the way along the gradient itself, so that what is compared is no rounding error.
      to = to / to.norm() + gradient / gradient.norm();
      const double expected =
          (step.loss(name, to * kStep) - step.loss(name, to * -kStep)) / (2 * kStep);
      const double found = (gradient * to).sum().item<double>();
      EXPECT_NEAR(found, expected, 1e-3 + 0.01 * std::abs(expected)) << name << ' ' << n;
    }
  }
}

TEST(TwoTowerTowers, AStepFollowsTheGradientOfTheLossInEveryTableAndLayer) {
  for (const int64_t layers : {0, 1, 2}) {
    for (const Similarity similarity : {Similarity::cosine, Similarity::dot}) {
      SCOPED_TRACE(std::to_string(layers) + (similarity == Similarity::dot ? " dot" : " cosine"));
      expect_gradients_of_the_loss({.factors = 8,
                                    .layers = layers,
                                    .hidden = 16,
                                    .history_length = 2,
                                    .similarity = similarity,
                                    .temperature = 0.5,
                                    .initial_deviation = 0.5});
    }
  }
}

}  // namespace
}  // namespace assay::test

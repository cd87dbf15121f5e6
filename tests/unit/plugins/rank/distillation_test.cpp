/// Rankers by fields that learn from another ranker (`distill_from`).

#include <ATen/TensorOperators.h>
#include <assay/kernels.h>
#include <gmock/gmock.h>

#include "shipped_plugin.h"
#include "tiny_data.h"

namespace assay::test {
namespace {

using testing::HasSubstr;

constexpr int64_t kUsers = 8, kItems = 6;

// Even items are positive.
LabelledBatch shown() {
  Lists items(kUsers);
  Numbers scores(kUsers), labels(kUsers);
  for (int64_t user = 0; user < kUsers; ++user) {
    for (int64_t item = 0; item < kItems; ++item) {
      items[user].push_back(item);
      scores[user].push_back(1);
      labels[user].push_back(item % 2 == 0 ? 1 : 0);
    }
  }
  LabelledBatch batch{.requests = requests_of(Lists(kUsers, {0})),
                      .candidates = candidates_of(items, scores)};
  batch.label = matrix(labels).unsqueeze(2);
  batch.weight = at::ones({kUsers, kItems});
  return batch;
}

// Says how likely each item is, best first.
class Says : public RankStrategy {
 public:
  explicit Says(std::vector<double> by_item) : by_item_(std::move(by_item)) {}
  CandidateBatch rank(const RequestBatch&, const CandidateBatch& candidates,
                      const ServeContext&) const override {
    const at::Tensor score = at::tensor(by_item_, at::kFloat)
                                 .index_select(0, candidates.item.clamp_min(0).flatten())
                                 .view_as(candidates.score);
    return by_score(candidates, score);
  }

 private:
  std::vector<double> by_item_;
};

// Leaves the last candidate out.
class Forgets : public RankStrategy {
 public:
  CandidateBatch rank(const RequestBatch&, const CandidateBatch& candidates,
                      const ServeContext&) const override {
    return {.item = candidates.item.slice(1, 0, candidates.width() - 1),
            .score = candidates.score.slice(1, 0, candidates.width() - 1)};
  }
};

class Recalls : public RecallStrategy {
 public:
  CandidateBatch recall(const RequestBatch&, int64_t, const ServeContext&) const override {
    return {};
  }
};

class Distillation : public testing::TestWithParam<const char*> {
 protected:
  static ParamMap quick(const ParamMap& more = {}) {
    ParamMap params = {
        {"factors", int64_t{4}},   {"epochs", int64_t{60}}, {"batch_size", int64_t{12}},
        {"learning_rate", 0.01},   {"dropout", 0.0},        {"statistics", false},
        {"initial_deviation", 0.1}};
    for (const auto& [key, value] : more) params[key] = value;
    return params;
  }
  // The score of each item for the first user.
  static std::vector<double> learnt(const ParamMap& params, std::shared_ptr<Strategy> teacher) {
    Inputs inputs;
    if (teacher) inputs.add("distill_from", std::move(teacher));
    TinyFit fit(&no_features(), &inputs);
    const auto model = make_rank(GetParam(), params);
    TinyLabelled candidates({shown()});
    model->fit(training_of(Lists(kUsers, {0}), kItems), candidates, fit);
    const LabelledBatch asked = shown();
    const CandidateBatch ranked = model->rank(asked.requests, asked.candidates, tiny_serve());
    std::vector<double> out(kItems);
    for (int64_t place = 0; place < kItems; ++place)
      out[ranked.item[0][place].item<int64_t>()] = ranked.score[0][place].item<double>();
    return out;
  }
  static std::string refusal(const ParamMap& params, std::shared_ptr<Strategy> teacher) {
    try {
      learnt(params, std::move(teacher));
    } catch (const InvalidInput& error) {
      return error.what();
    }
    return "";
  }
};

TEST_P(Distillation, FollowsATeacherThatContradictsTheLabelsWhereItHasTheWholeSay) {
  // Odd items are likely, which the labels deny; item 5 less than the others.
  const auto teacher = std::make_shared<Says>(std::vector<double>{.1, .9, .1, .9, .1, .6});
  const std::vector<double> taught = learnt(quick({{"distill_weight", 1.0}}), teacher);
  EXPECT_NEAR(taught[0], 0.1, 0.08);
  EXPECT_NEAR(taught[1], 0.9, 0.08);
  EXPECT_NEAR(taught[5], 0.6, 0.1);
  const std::vector<double> by_labels = learnt(quick(), nullptr);
  EXPECT_GT(by_labels[0], 0.9);
  EXPECT_LT(by_labels[1], 0.1);
}

TEST_P(Distillation, StandsBetweenLabelsAndTeacherWhereBothCount) {
  const auto teacher = std::make_shared<Says>(std::vector<double>{.5, .5, .5, .5, .5, .5});
  const std::vector<double> taught = learnt(quick({{"distill_weight", 0.5}}), teacher);
  EXPECT_NEAR(taught[0], 0.75, 0.08);
  EXPECT_NEAR(taught[1], 0.25, 0.08);
}

TEST_P(Distillation, ReadsLogOddsWhereItIsTold) {
  const auto teacher = std::make_shared<Says>(std::vector<double>{-2, 2, -2, 2, -2, 2});
  const std::vector<double> taught =
      learnt(quick({{"distill_weight", 1.0}, {"distill_scores", "log_odds"}}), teacher);
  EXPECT_NEAR(taught[1], 1 / (1 + std::exp(-2.0)), 0.08);
  EXPECT_EQ(
      refusal(quick(), teacher),
      std::string(GetParam()) +
          ": the teacher (`inputs: distill_from`) gives a score of -2, which is no "
          "probability. Set `distill_scores: log_odds` where its scores are sums, as those of "
          "gbdt are, or name a ranker that gives probabilities.");
}

TEST_P(Distillation, HasTheSameBitsAsWithoutATeacherThatHasNoSay) {
  const auto teacher = std::make_shared<Says>(std::vector<double>{.1, .9, .1, .9, .1, .6});
  EXPECT_EQ(learnt(quick({{"distill_weight", 0.0}, {"epochs", int64_t{2}}}), teacher),
            learnt(quick({{"epochs", int64_t{2}}}), nullptr));
}

TEST_P(Distillation, RefusesATeacherThatKnowsOtherItems) {
  EXPECT_EQ(refusal(quick(), std::make_shared<Forgets>()),
            std::string(GetParam()) +
                ": the teacher (`inputs: distill_from`) knows other items: it left out candidates "
                "that it was to score, or brought others. Name a rank stage over the same items "
                "that keeps all of its candidates.");
  EXPECT_THAT(refusal(quick(), std::make_shared<Recalls>()), HasSubstr("names no rank stage"));
}

INSTANTIATE_TEST_SUITE_P(All, Distillation, testing::Values("deep_fm", "mlp", "mmoe"),
                         [](const auto& ranker) { return std::string(ranker.param); });

TEST(Distillation, CorrectsWhatATeacherSaysForNegativesThatWereLeftOut) {
  // Nine of ten are negative, of which a third is learnt from; the teacher knows the share of all.
  LabelledBatch batch = shown();
  batch.label.fill_(0);
  batch.label.view({-1}).slice(0, 0, kUsers * kItems, 10).fill_(1);
  Inputs inputs;
  inputs.add("distill_from", std::make_shared<Says>(std::vector<double>(kItems, 0.1)));
  TinyFit fit(&no_features(), &inputs);
  const auto model = make_rank("mlp", {{"distill_weight", 1.0},
                                       {"negatives", 3.0},
                                       {"epochs", int64_t{200}},
                                       {"learning_rate", 0.03},
                                       {"statistics", false}});
  TinyLabelled candidates({batch});
  model->fit(training_of(Lists(kUsers, {0}), kItems), candidates, fit);
  const CandidateBatch ranked = model->rank(batch.requests, batch.candidates, tiny_serve());
  EXPECT_NEAR(ranked.score.mean().item<double>(), 0.1, 0.02);
}

}  // namespace
}  // namespace assay::test

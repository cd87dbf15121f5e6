#include <ATen/TensorOperators.h>
#include <ATen/ops/cat.h>
#include <gmock/gmock.h>

#include <cmath>
#include <map>

#include "logged_data.h"
#include "shipped_plugin.h"
#include "tiny_data.h"

namespace assay::test {
namespace {

using testing::DoubleNear;
using testing::ElementsAre;

constexpr int64_t kItems = 6;

// Two kinds of items; users like one kind.
Features two_kinds() {
  Features features;
  features.item.rows = kItems;
  features.item.columns = {{.name = "kind",
                            .type = FeatureType::category,
                            .values = at::tensor(std::vector<int>{0, 0, 0, 1, 1, 1}, at::kInt),
                            .cardinality = 2}};
  features.user.rows = 4;
  features.user.columns = {
      {.name = "age", .values = at::tensor(std::vector<float>{20, 30, 40, NAN})}};
  return features;
}

LabelledBatch labelled(const Lists& histories, const Lists& items, const Numbers& scores,
                       const Numbers& labels) {
  LabelledBatch batch{.requests = requests_of(histories),
                      .candidates = candidates_of(items, scores)};
  batch.label = matrix(labels).unsqueeze(2);
  batch.weight = (batch.candidates.item >= 0).to(at::kFloat);
  return batch;
}

// Users 0 and 1 like kind 0, users 2 and 3 kind 1; what they take shares the kind of their history.
std::vector<LabelledBatch> by_kind() {
  return {labelled({{0}, {1}}, {{3, 1, 4, 2}, {3, 0, 5, 2}}, {{4, 3, 2, 1}, {4, 3, 2, 1}},
                   {{0, 1, 0, 1}, {0, 1, 0, 1}}),
          labelled({{3}, {4}}, {{0, 1, 4, 5}, {0, 3, 2, 5}}, {{4, 3, 2, 1}, {4, 3, 2, 1}},
                   {{0, 0, 1, 1}, {0, 1, 0, 1}})};
}

struct Fitted {
  std::unique_ptr<RankStrategy> strategy;
  TinyFit fit;
  const Features* features;

  CandidateBatch rank(const RequestBatch& requests, const CandidateBatch& candidates) const {
    return strategy->rank(requests, candidates, tiny_serve(1, features));
  }
};

Fitted fitted(const ParamMap& params, std::vector<LabelledBatch> batches,
              const Features& features = no_features(), std::vector<std::string> sources = {},
              std::vector<std::string> targets = {"click"}) {
  Fitted result{make_rank("logistic_regression", params), TinyFit(&features), &features};
  TinyLabelled candidates(std::move(batches), std::move(sources), std::move(targets));
  result.strategy->fit(training_of({{0, 1}, {1}, {3, 4}, {4}}, kItems, &features), candidates,
                       result.fit);
  return result;
}

TEST(LogisticRegression, LearnsThatUsersTakeWhatIsLikeTheirHistory) {
  const Features features = two_kinds();
  const Fitted model = fitted({{"l2", 0.01}}, by_kind(), features);
  const CandidateBatch ranked =
      model.rank(requests_of({{2}, {5}}),
                 candidates_of({{3, 0, 4, 1}, {3, 0, 4, 1}}, {{4, 3, 2, 1}, {4, 3, 2, 1}}));
  const Lists order = lists(ranked.item);
  EXPECT_THAT(std::vector(order[0].begin(), order[0].begin() + 2),
              testing::UnorderedElementsAre(0, 1));
  EXPECT_THAT(std::vector(order[1].begin(), order[1].begin() + 2),
              testing::UnorderedElementsAre(3, 4));
  EXPECT_GT(numbers(ranked.score)[0][0], 0.9);
  EXPECT_LT(numbers(ranked.score)[0][3], 0.1);
}

TEST(LogisticRegression, CountsWhatAHistoryRepeatsOnceUnlessTheFileSaysEach) {
  const Features features = two_kinds();
  const auto repeated = requests_of({{2, 2, 2, 5}}), single = requests_of({{2, 5}});
  const CandidateBatch asked = candidates_of({{3, 0, 4, 1}}, {{4, 3, 2, 1}});
  const auto ranked = [&](const std::string& repeats, const RequestBatch& requests) {
    const Fitted model = fitted({{"l2", 0.01}, {"repeats", repeats}}, by_kind(), features);
    return numbers(model.rank(requests, asked).score);
  };
  EXPECT_EQ(ranked("once", repeated), ranked("once", single));
  EXPECT_NE(ranked("each", repeated), ranked("each", single));
}

TEST(LogisticRegression, PredictsTheShareOfPositivesOnAverage) {
  // A maximum likelihood fit with an intercept has residuals that sum to 0.
  const Features features = two_kinds();
  const Fitted model = fitted({{"l2", 1.0}, {"tolerance", 1e-10}}, by_kind(), features);
  double sum = 0;
  for (const LabelledBatch& batch : by_kind()) {
    for (const auto& row : numbers(model.rank(batch.requests, batch.candidates).score)) {
      for (const double p : row) sum += p;
    }
  }
  EXPECT_NEAR(sum / 16, 8.0 / 16, 1e-6);
  EXPECT_EQ(model.fit.notes.at("converged"), "yes");
}

TEST(LogisticRegression, LearnsWhichSourceIsRight) {
  std::vector<LabelledBatch> batches = {
      labelled({{}, {}}, {{0, 1, 2}, {3, 4, 5}}, {{3, 2, 1}, {3, 2, 1}}, {{0, 1, 0}, {0, 1, 0}})};
  batches[0].candidates.source_score =
      matrix({{3, kNaN}, {kNaN, 0.5}, {1, kNaN}, {3, kNaN}, {kNaN, 0.5}, {1, kNaN}})
          .view({2, 3, 2});
  const Fitted model = fitted({{"l2", 0.1}}, batches, no_features(), {"recall[0]", "recall[1]"});
  const CandidateBatch ranked = model.rank(batches[0].requests, batches[0].candidates);
  EXPECT_EQ(lists(ranked.item)[0][0], 1);
  EXPECT_EQ(lists(ranked.item)[1][0], 4);
  EXPECT_TRUE(ranked.source_score.has_value());
}

// A number and a category for each candidate; nothing else tells the labels.
LabelledBatch with_features(const std::vector<float>& price, const std::vector<int>& color) {
  LabelledBatch batch =
      labelled({{}, {}}, {{0, 1, 2}, {3, 4, 5}}, {{1, 1, 1}, {1, 1, 1}}, {{0, 1, 0}, {1, 0, 0}});
  batch.candidates.features.rows = 6;
  batch.candidates.features.columns = {{.name = "price", .values = at::tensor(price, at::kFloat)},
                                       {.name = "color",
                                        .type = FeatureType::category,
                                        .values = at::tensor(color, at::kInt),
                                        .cardinality = 3}};
  return batch;
}

TEST(LogisticRegression, LearnsFromTheFeaturesOfCandidates) {
  const LabelledBatch batch = with_features({1, 9, 2, 8, NAN, 1}, {0, 1, 0, 1, 0, 0});
  const Fitted model = fitted({{"l2", 0.01}}, {batch});
  EXPECT_THAT(model.fit.notes.at("inputs"), testing::HasSubstr("given:price, given:color"));
  const CandidateBatch ranked = model.rank(batch.requests, batch.candidates);
  EXPECT_EQ(lists(ranked.item)[0][0], 1);
  EXPECT_EQ(lists(ranked.item)[1][0], 3);
  EXPECT_GT(numbers(ranked.score)[0][0], 0.9);
}

TEST(LogisticRegression, AFeatureThatIsMissingOrWasNeverSeenGivesAScore) {
  const Fitted model =
      fitted({{"l2", 0.01}}, {with_features({1, 9, 2, 8, 3, 1}, {0, 1, 0, 1, 0, 0})});
  const LabelledBatch other = with_features({NAN, NAN, NAN, 9, 9, 9}, {-1, 2, 0, -1, 2, 1});
  for (const auto& row : numbers(model.rank(other.requests, other.candidates).score))
    for (const double score : row) EXPECT_TRUE(score > 0 && score < 1) << score;
}

TEST(LogisticRegression, ExplainsWhatFeaturesOfCandidatesAdd) {
  const LabelledBatch batch = with_features({1, 9, 2, 8, NAN, 1}, {0, 1, 0, 1, 0, 0});
  const Fitted model = fitted({{"l2", 0.1}}, {batch});
  const auto why = model.strategy->explain(batch.requests, batch.candidates, tiny_serve(1));
  ASSERT_TRUE(why);
  const CandidateBatch ranked = model.rank(batch.requests, batch.candidates);
  std::map<int64_t, double> score;
  for (size_t b = 0; b < 2; ++b)
    for (size_t k = 0; k < 3; ++k) score[lists(ranked.item)[b][k]] = numbers(ranked.score)[b][k];
  const at::Tensor log_odds = why->base.flatten().index_add(0, why->row, why->weight).contiguous();
  for (int64_t item = 0; item < 6; ++item)
    EXPECT_NEAR(1 / (1 + std::exp(-log_odds[item].item<float>())), score.at(item), 1e-5);
}

TEST(LogisticRegression, RanksTheSameItemsInFallingOrderAndPads) {
  const Features features = two_kinds();
  const Fitted model = fitted({}, by_kind(), features);
  const CandidateBatch ranked =
      model.rank(requests_of({{0}, {}}),
                 candidates_of({{5, 1, -1}, {-1, -1, -1}}, {{2, 1, kNone}, {kNone, kNone, kNone}}));
  const Lists items = lists(ranked.item);
  const Numbers scores = numbers(ranked.score);
  EXPECT_THAT(items[0], testing::UnorderedElementsAre(5, 1, -1));
  EXPECT_EQ(items[0][2], -1);
  EXPECT_GE(scores[0][0], scores[0][1]);
  EXPECT_EQ(scores[0][2], kNone);
  EXPECT_THAT(items[1], testing::Each(-1));
}

TEST(LogisticRegression, ServesAnonymousUsersEmptyHistoriesNoCandidatesAndNoRequests) {
  const Features features = two_kinds();
  const Fitted model = fitted({}, by_kind(), features);
  RequestBatch anonymous = requests_of({{}, {3}});
  anonymous.user.fill_(-1);
  EXPECT_TRUE(model.rank(anonymous, candidates_of({{0, 1}, {2, 3}}, {{2, 1}, {2, 1}}))
                  .score.isfinite()
                  .all()
                  .item<bool>());
  EXPECT_EQ(
      model.rank(anonymous, {.item = at::zeros({2, 0}, at::kLong), .score = at::zeros({2, 0})})
          .item.size(1),
      0);
  EXPECT_EQ(
      model
          .rank(requests_of({}), {.item = at::zeros({0, 3}, at::kLong), .score = at::zeros({0, 3})})
          .item.size(0),
      0);
}

TEST(LogisticRegression, GivesACandidateTheSameScoreInAnyBatch) {
  const Features features = two_kinds();
  const Fitted model = fitted({}, by_kind(), features);
  Lists histories, items;
  Numbers scores;
  for (int64_t r = 0; r < 67; ++r) {
    histories.push_back({r % kItems, (r + 2) % kItems});
    items.push_back({(r + 1) % kItems, (r + 3) % kItems, (r + 4) % kItems});
    scores.push_back({3.0 + 0.1 * static_cast<double>(r), 2, 1});
  }
  RequestBatch all = requests_of(histories);
  all.user.remainder_(4);
  const CandidateBatch candidates = candidates_of(items, scores);
  const at::Tensor together = model.rank(all, candidates).score;
  std::vector<at::Tensor> parts;
  for (const auto& [first, count] : {std::pair{0, 1}, std::pair{1, 63}, std::pair{64, 3}}) {
    const CandidateBatch some{.item = candidates.item.slice(0, first, first + count),
                              .score = candidates.score.slice(0, first, first + count)};
    parts.push_back(model.rank(part_of(all, first, count), some).score);
  }
  EXPECT_TRUE(together.equal(at::cat(parts)));
}

TEST(LogisticRegression, ExplanationsAddUpToTheLogOdds) {
  const Features features = two_kinds();
  const Fitted model = fitted({}, by_kind(), features);
  const RequestBatch requests = requests_of({{0, 1}, {}, {4}});
  const CandidateBatch ranked =
      model.rank(requests, candidates_of({{2, 3, 5}, {0, 4, -1}, {1, 3, -1}},
                                         {{3, 2, 1}, {3, 2, kNone}, {2, 1, kNone}}));
  // Explained as they were given to the ranker, so that scores and places are those it saw.
  const CandidateBatch given =
      candidates_of({{2, 3, 5}, {0, 4, -1}, {1, 3, -1}}, {{3, 2, 1}, {3, 2, kNone}, {2, 1, kNone}});
  const Explanation why = *model.strategy->explain(requests, given, tiny_serve(1, &features));
  const Numbers odds =
      numbers(why.base.flatten().clone().index_add_(0, why.row, why.weight).view_as(given.score));
  const Lists before = lists(given.item), after = lists(ranked.item);
  const Numbers score = numbers(ranked.score);
  for (size_t r = 0; r < before.size(); ++r) {
    for (size_t j = 0; j < before[r].size(); ++j) {
      if (before[r][j] < 0) continue;
      const size_t place =
          std::find(after[r].begin(), after[r].end(), before[r][j]) - after[r].begin();
      EXPECT_NEAR(1 / (1 + std::exp(-odds[r][j])), score[r][place], 1e-6);
    }
  }
  EXPECT_EQ(model.fit.notes.at("inputs"),
            "score, score_relative, place, affinity:kind, request:history_length, user:age, "
            "item:popularity, item:kind");
}

TEST(LogisticRegression, ServesTheSameAfterSaveAndLoad) {
  const Features features = two_kinds();
  const Fitted model = fitted({}, by_kind(), features);
  Archive archive;
  model.strategy->save(archive);
  const auto loaded = make_rank("logistic_regression");
  const Inputs inputs;
  loaded->load(archive, {.features = &features, .inputs = &inputs});
  const RequestBatch requests = requests_of({{0, 1}, {}, {4}});
  const CandidateBatch given =
      candidates_of({{2, 3, 5}, {0, 4, 1}, {1, 3, 2}}, {{3, 2, 1}, {3, 2, 1}, {2, 1, 0}});
  EXPECT_TRUE(loaded->rank(requests, given, tiny_serve(1, &features))
                  .score.equal(model.rank(requests, given).score));
}

TEST(LogisticRegression, LearnsFromContextFeatures) {
  std::vector<LabelledBatch> batches = {
      labelled({{}, {}, {}, {}}, {{0}, {1}, {2}, {3}}, {{1}, {1}, {1}, {1}}, {{1}, {0}, {1}, {0}})};
  FeatureTable& context = batches[0].requests.context;
  context.rows = 4;
  context.columns = {{.name = "device",
                      .type = FeatureType::category,
                      .values = at::tensor(std::vector<int>{0, 1, 0, 1}, at::kInt),
                      .cardinality = 2}};
  const Fitted model = fitted({{"l2", 0.1}}, batches);
  const Numbers score = numbers(model.rank(batches[0].requests, batches[0].candidates).score);
  EXPECT_GT(score[0][0], 0.7);
  EXPECT_LT(score[1][0], 0.3);
}

TEST(LogisticRegression, LeavesOutCandidatesWithoutWeightOrLabel) {
  LabelledBatch batch = labelled({{}}, {{0, 1, 2, 3}}, {{4, 3, 2, 1}}, {{1, 0, kNaN, 1}});
  batch.weight = matrix({{1, 1, 1, 0}});
  EXPECT_EQ(fitted({}, {batch}).fit.notes.at("candidates"), "2");
}

TEST(LogisticRegression, LearnsTheTargetThatIsNamed) {
  LabelledBatch batch = labelled({{}}, {{0, 1}}, {{2, 1}}, {{1, 0}});
  batch.label = at::cat({batch.label, 1 - batch.label}, 2);
  const auto first = [&](const std::string& target) {
    const Fitted model =
        fitted({{"target", target}, {"l2", 0.1}}, {batch}, no_features(), {}, {"click", "buy"});
    return lists(model.rank(batch.requests, batch.candidates).item)[0][0];
  };
  EXPECT_EQ(first(""), 0);
  EXPECT_EQ(first("buy"), 1);
  try {
    first("bought");
    FAIL() << "expected InvalidInput";
  } catch (const InvalidInput& error) {
    EXPECT_STREQ(
        error.what(),
        "logistic_regression: the data have no target \"bought\"; their targets are: click, buy.");
  }
}

TEST(LogisticRegression, KeepsTheGivenOrderAndSaysSoWhereAllLabelsAreAlike) {
  for (const double label : {0.0, 1.0}) {
    const LabelledBatch batch =
        labelled({{}}, {{4, 2, 3, -1}}, {{2, 1, 0, kNone}}, {{label, label, label, 0}});
    const Fitted model = fitted({}, {batch});
    EXPECT_EQ(model.fit.notes.at("warning"), "all labels are equal: the input order is kept");
    const CandidateBatch ranked = model.rank(batch.requests, batch.candidates);
    EXPECT_TRUE(ranked.item.equal(batch.candidates.item));
    EXPECT_THAT(numbers(ranked.score)[0], ElementsAre(DoubleNear(label == 0 ? 0.125 : 0.875, 1e-6),
                                                      testing::_, testing::_, kNone));
  }
}

TEST(LogisticRegression, LearnsFromNoCandidatesAtAll) {
  const Features features = two_kinds();
  const Fitted model = fitted({}, {}, features);
  EXPECT_EQ(model.fit.notes.at("candidates"), "0");
  const CandidateBatch given = candidates_of({{4, 2}}, {{2, 1}});
  EXPECT_TRUE(model.rank(requests_of({{}}), given).item.equal(given.item));
}

}  // namespace
}  // namespace assay::test

/// What holds for all rankers by a network over fields.

#include <ATen/TensorOperators.h>
#include <ATen/ops/full_like.h>
#include <ATen/ops/zeros_like.h>
#include <gmock/gmock.h>

#include <cmath>
#include <map>
#include <set>

#include "logged_data.h"
#include "shipped_plugin.h"
#include "stopping_fit.h"
#include "tiny_data.h"

namespace assay::test {
namespace {

using testing::HasSubstr;

constexpr int64_t kUsers = 12, kItems = 12;

// Even users like items of kind 0, odd ones those of kind 1: neither says anything alone.
Features two_kinds() {
  Features features;
  std::vector<int> kind;
  std::vector<float> age;
  for (int n = 0; n < kItems; ++n) kind.push_back(n / 6);
  for (int n = 0; n < kUsers; ++n) age.push_back(n % 3 == 0 ? NAN : static_cast<float>(20 + n));
  features.item.rows = kItems;
  features.item.columns = {{.name = "kind",
                            .type = FeatureType::category,
                            .values = at::tensor(kind, at::kInt),
                            .cardinality = 2}};
  features.user.rows = kUsers;
  features.user.columns = {{.name = "age", .values = at::tensor(age, at::kFloat)}};
  return features;
}

bool likes(int64_t user, int64_t item) { return user % 2 == item / 6; }

// All users were shown all items but the last one of each kind.
std::vector<LabelledBatch> shown(int64_t users = kUsers) {
  Lists histories(static_cast<size_t>(users)), items;
  Numbers scores, labels;
  for (int64_t user = 0; user < users; ++user) {
    items.emplace_back(), scores.emplace_back(), labels.emplace_back();
    histories[user] = {likes(user, 0) ? 0 : 6, likes(user, 0) ? 1 : 7};
    for (int64_t item = 0; item < kItems; ++item) {
      if (item == 5 || item == 11) continue;
      items.back().push_back(item);
      scores.back().push_back(1.0 - 0.01 * static_cast<double>(item));
      labels.back().push_back(likes(user, item) ? 1 : 0);
    }
  }
  LabelledBatch batch{.requests = requests_of(histories),
                      .candidates = candidates_of(items, scores)};
  batch.label = matrix(labels).unsqueeze(2);
  batch.weight = (batch.candidates.item >= 0).to(at::kFloat);
  return {batch};
}

TrainingView training(const Features& features) {
  Lists by_user;
  for (int64_t user = 0; user < kUsers; ++user)
    by_user.push_back({likes(user, 0) ? 0 : 6, likes(user, 0) ? 1 : 7});
  return training_of(by_user, kItems, &features);
}

class FieldRankers : public testing::TestWithParam<const char*> {
 protected:
  // Small layers that learn fast.
  static ParamMap quick(const ParamMap& more = {}) {
    ParamMap params = {{"factors", int64_t{4}},
                       {"epochs", int64_t{40}},
                       {"batch_size", int64_t{16}},
                       {"learning_rate", 0.03},
                       {"initial_deviation", 0.1}};
    const std::vector<int64_t> layers = {16, 8};
    const std::string name = GetParam();
    if (name == "mmoe") {
      params["expert"] = layers;
    } else if (name == "final_mlp") {
      params["first"] = layers;
      params["second"] = layers;
    } else if (name != "factorization_machine") {
      params["hidden"] = layers;
    }
    if (name != "factorization_machine") params["dropout"] = 0.05;
    if (name == "din") params["history_length"] = int64_t{4};
    for (const auto& [key, value] : more) params[key] = value;
    return params;
  }
  std::unique_ptr<RankStrategy> made(const ParamMap& params) const {
    return make_rank(GetParam(), params);
  }
  std::unique_ptr<RankStrategy> fitted(const ParamMap& params, std::vector<LabelledBatch> batches,
                                       FitContext& fit) const {
    auto strategy = made(params);
    TinyLabelled candidates(std::move(batches));
    strategy->fit(training(fit.features()), candidates, fit);
    return strategy;
  }
  std::unique_ptr<RankStrategy> loaded(const RankStrategy& strategy, const ParamMap& params) const {
    Archive archive;
    strategy.save(archive);
    auto fresh = made(params);
    const Inputs inputs;
    fresh->load(archive, {.features = &features_, .inputs = &inputs});
    return fresh;
  }
  CandidateBatch ranked(const RankStrategy& strategy, const LabelledBatch& batch) const {
    return strategy.rank(batch.requests, batch.candidates, tiny_serve(1, &features_));
  }

  // Scores of shown()[0] by place, not by rank.
  at::Tensor in_given_order(const RankStrategy& strategy) const {
    const LabelledBatch batch = shown()[0];
    const CandidateBatch found = ranked(strategy, batch);
    const at::Tensor back = found.item.argsort(int64_t{1});
    return found.score.gather(1, back);
  }

  const Features features_ = two_kinds();
};

TEST_P(FieldRankers, LearnWhichUsersLikeWhichItems) {
  TinyFit fit(&features_);
  const auto model = fitted(quick(), shown(), fit);
  // The items that nobody was shown.
  const RequestBatch requests = shown()[0].requests;
  const CandidateBatch given = candidates_of(Lists(kUsers, {5, 11}), Numbers(kUsers, {0.5, 0.5}));
  const Lists order = lists(model->rank(requests, given, tiny_serve(1, &features_)).item);
  for (int64_t user = 0; user < kUsers; ++user)
    EXPECT_EQ(order[user][0], likes(user, 5) ? 5 : 11) << "user " << user;
}

TEST_P(FieldRankers, GiveProbabilities) {
  TinyFit fit(&features_);
  const auto model = fitted(quick(), shown(), fit);
  double sum = 0;
  for (const auto& row : numbers(ranked(*model, shown()[0]).score))
    for (const double p : row) sum += p;
  EXPECT_NEAR(sum / (kUsers * 10), 0.5, 0.05);
  EXPECT_EQ(fit.notes.at("positives"), "60");
}

TEST_P(FieldRankers, RepeatBitByBitAndServeTheSameAfterSaveAndLoad) {
  for (const char* const numbers_as : {"scaled", "buckets"}) {
    const ParamMap params = quick({{"numbers", numbers_as}, {"epochs", int64_t{3}}});
    TinyFit one(&features_), two(&features_);
    const auto first = fitted(params, shown(), one), second = fitted(params, shown(), two);
    const at::Tensor score = ranked(*first, shown()[0]).score;
    EXPECT_TRUE(ranked(*second, shown()[0]).score.equal(score));
    EXPECT_TRUE(ranked(*loaded(*first, params), shown()[0]).score.equal(score));
  }
}

TEST_P(FieldRankers, ScoreACandidateTheSameAloneAsAmongOthers) {
  const RequestBatch all = shown()[0].requests;
  const CandidateBatch given =
      candidates_of(Lists(kUsers, {0, 1, 2, 3, 4, 6, 8}), Numbers(kUsers, Numbers::value_type(7)));
  for (const char* const precision : {"fp32", "bf16", "fp16", "int8"}) {
    TinyFit fit(&features_);
    const auto model =
        fitted(quick({{"epochs", int64_t{2}}, {"precision", precision}}), shown(), fit);
    const Numbers together = numbers(model->rank(all, given, tiny_serve(1, &features_)).score);
    for (int64_t user = 0; user < kUsers; ++user) {
      const CandidateBatch own{.item = given.item.slice(0, user, user + 1),
                               .score = given.score.slice(0, user, user + 1)};
      EXPECT_EQ(
          numbers(model->rank(part_of(all, user, 1), own, tiny_serve(1, &features_)).score)[0],
          together[user])
          << precision;
    }
  }
}

class RankersOfOneTarget : public FieldRankers {};

TEST_P(RankersOfOneTarget, CorrectProbabilitiesForNegativesThatWereLeftOut) {
  // One of 100 is positive, whoever it is and whatever is shown.
  LabelledBatch batch = shown()[0];
  batch.label = at::zeros_like(batch.label);
  std::vector<LabelledBatch> batches(100, batch);
  for (size_t n = 0; n < batches.size(); ++n) {
    batches[n].label = batch.label.clone();
    batches[n].label.view({-1})[static_cast<int64_t>(n) % 120] = 1;
  }
  TinyFit fit(&features_);
  const auto model = fitted(quick({{"negatives", 3.0},
                                   {"epochs", int64_t{20}},
                                   {"batch_size", int64_t{64}},
                                   {"learning_rate", 0.005},
                                   {"lambda", 0.01}}),
                            batches, fit);
  EXPECT_THAT(fit.notes.at("share_of_negatives"), HasSubstr("0.025"));
  const double mean = ranked(*model, batch).score.mean().item<double>();
  EXPECT_GT(mean, 0.5 / 120);
  EXPECT_LT(mean, 2.0 / 120);
}

TEST_P(FieldRankers, KeepTheGivenOrderAndSaySoWhereAllLabelsAreAlike) {
  for (const double label : {0.0, 1.0}) {
    LabelledBatch batch = shown()[0];
    batch.label = at::full_like(batch.label, label);
    TinyFit fit(&features_);
    const auto model = fitted(quick(), {batch}, fit);
    EXPECT_EQ(fit.notes.at("warning"), "all labels are equal: the input order is kept");
    EXPECT_TRUE(ranked(*loaded(*model, quick()), batch).item.equal(batch.candidates.item));
  }
}

TEST_P(FieldRankers, LearnNothingFromNoCandidates) {
  TinyFit fit(&features_);
  const auto model = fitted(quick(), {}, fit);
  const LabelledBatch batch = shown()[0];
  EXPECT_TRUE(ranked(*model, batch).item.equal(batch.candidates.item));
}

TEST_P(FieldRankers, SayThatThereIsNothingToLearnFromWithoutAnyField) {
  try {
    TinyFit fit;
    fitted(quick({{"user_id", false}, {"item_id", false}, {"statistics", false}}), shown(), fit);
    FAIL() << "expected InvalidInput";
  } catch (const InvalidInput& error) {
    EXPECT_EQ(error.what(),
              std::string(GetParam()) +
                  ": there is no field to learn from: user_id, item_id and statistics "
                  "are false and the data have no features; set one of them.");
  }
}

TEST_P(FieldRankers, KnowNothingOfUsersAndItemsThatTheCandidatesLacked) {
  TinyFit fit(&features_);
  const ParamMap params = quick({{"statistics", false}, {"item_features", false}});
  const auto model = fitted(params, shown(4), fit);
  // Items 5 and 11 were never shown, nor were users beyond the fourth there.
  const CandidateBatch given = candidates_of(Lists(kUsers, {5, 11}), Numbers(kUsers, {0.5, 0.5}));
  const Numbers score =
      numbers(model->rank(shown()[0].requests, given, tiny_serve(1, &features_)).score);
  for (const auto& row : score) EXPECT_EQ(row[0], row[1]);
}

TEST_P(FieldRankers, LearnFromFeaturesOfCandidates) {
  std::vector<LabelledBatch> batches = shown();
  FeatureTable& features = batches[0].candidates.features;
  const int64_t rows = kUsers * batches[0].candidates.width();
  std::vector<int> even;
  for (int64_t row = 0; row < rows; ++row) even.push_back(static_cast<int>(row % 2));
  features.rows = rows;
  features.columns = {{.name = "place",
                       .type = FeatureType::category,
                       .values = at::tensor(even, at::kInt),
                       .cardinality = 2}};
  batches[0].label = features.columns[0].values.to(at::kFloat).view_as(batches[0].label);
  TinyFit fit(&features_);
  const auto model = fitted(quick({{"statistics", false}}), batches, fit);
  EXPECT_THAT(fit.notes.at("fields"), HasSubstr("place"));
  const Numbers score = numbers(ranked(*model, batches[0]).score);
  EXPECT_GT(score[0][4], 0.8);
  EXPECT_LT(score[0][5], 0.2);
}

TEST_P(FieldRankers, StopEarlyWithTheBestEpochAndTakeItOverInAFinalRefit) {
  const ParamMap params = quick({{"epochs", int64_t{10}}, {"patience", int64_t{2}}});
  StoppingFit fit(&features_);
  fit.validations = {0.1, 0.3, 0.2, 0.2};
  const auto model = fitted(params, shown(), fit);
  EXPECT_EQ(fit.notes.at("chosen.epochs"), "2");
  EXPECT_EQ(fit.curves.at("loss").size(), 4U);

  StoppingFit refit(&features_);
  refit.chosen_epochs = "2";
  const auto again = fitted(params, shown(), refit);
  EXPECT_TRUE(ranked(*again, shown()[0]).score.equal(ranked(*model, shown()[0]).score));
}

TEST_P(FieldRankers, EndAfterAResumptionAsWithoutAnInterruption) {
  const ParamMap params = quick({{"epochs", int64_t{5}}});
  StoppingFit whole(&features_), stopped(&features_, 2);
  const auto expected = fitted(params, shown(), whole);
  fitted(params, shown(), stopped);
  StoppingFit resumed(&features_);
  resumed.from = stopped.last;
  const auto model = fitted(params, shown(), resumed);
  EXPECT_TRUE(ranked(*model, shown()[0]).score.equal(ranked(*expected, shown()[0]).score));
}

// By item rather than in the order of the scores: ids are places in the rows here.
double score_of(const CandidateBatch& ranked, size_t row, int64_t item) {
  const Lists items = lists(ranked.item);
  const auto at = std::find(items[row].begin(), items[row].end(), item) - items[row].begin();
  return numbers(ranked.score)[row][at];
}

TEST_P(FieldRankers, ExplainLogOddsBySumsOrNotAtAll) {
  TinyFit fit(&features_);
  const auto model = fitted(quick({{"epochs", int64_t{5}}}), shown(), fit);
  const LabelledBatch batch = shown()[0];
  const auto why = model->explain(batch.requests, batch.candidates, tiny_serve(1, &features_));
  const std::string name = GetParam();
  const bool is_sum = name == "factorization_machine" || name == "deep_fm" || name == "wide_deep";
  ASSERT_EQ(why.has_value(), is_sum);
  if (!why) return;
  EXPECT_EQ(why->names.back() == "dense layers, all fields together",
            name != "factorization_machine");
  const Numbers odds = numbers(
      why->base.flatten().index_add(0, why->row, why->weight).view_as(batch.candidates.score));
  const Lists items = lists(batch.candidates.item);
  const CandidateBatch served = ranked(*model, batch);
  for (size_t row = 0; row < items.size(); ++row) {
    for (size_t place = 0; place < items[row].size(); ++place)
      EXPECT_NEAR(1 / (1 + std::exp(-odds[row][place])), score_of(served, row, items[row][place]),
                  1e-5);
  }
}

TEST_P(FieldRankers, ServeInFewerBitsNearlyWhatTheySayInFloat32) {
  // As probabilities; bf16 learns in it, too.
  const std::map<std::string, double> largest = {{"fp16", 2e-3}, {"int8", 0.03}, {"bf16", 0.06}};
  const ParamMap params = quick({{"epochs", int64_t{10}}});
  TinyFit fit(&features_);
  const Numbers expected = numbers(in_given_order(*fitted(params, shown(), fit)));
  const int64_t bytes = std::stoll(fit.notes.at("bytes"));
  EXPECT_EQ(bytes, 4 * std::stoll(fit.notes.at("parameters")));
  for (const auto& [precision, error] : largest) {
    ParamMap smaller = params;
    smaller["precision"] = precision;
    TinyFit own(&features_), again(&features_);
    const auto model = fitted(smaller, shown(), own);
    const at::Tensor score = in_given_order(*model);
    EXPECT_LT((score - matrix(expected)).abs().max().item<double>(), error) << precision;
    EXPECT_LT(std::stoll(own.notes.at("bytes")), bytes) << precision;
    EXPECT_EQ(own.notes.at("parameters"), fit.notes.at("parameters"));
    EXPECT_TRUE(in_given_order(*fitted(smaller, shown(), again)).equal(score)) << precision;
    EXPECT_TRUE(in_given_order(*loaded(*model, smaller)).equal(score)) << precision;
  }
}

std::string name_of(const testing::TestParamInfo<const char*>& ranker) { return ranker.param; }

INSTANTIATE_TEST_SUITE_P(All, FieldRankers,
                         testing::Values("factorization_machine", "deep_fm", "dcn_v2", "din",
                                         "wide_deep", "final_mlp", "mlp", "mmoe"),
                         name_of);
INSTANTIATE_TEST_SUITE_P(All, RankersOfOneTarget,
                         testing::Values("factorization_machine", "deep_fm", "dcn_v2", "din",
                                         "wide_deep", "final_mlp", "mlp"),
                         name_of);

TEST_P(FieldRankers, KeepVectorsInOtherNumbersThanLayers) {
  const ParamMap params = quick({{"epochs", int64_t{3}}, {"embeddings", "int8"}});
  TinyFit plain(&features_), fit(&features_);
  const auto exact = fitted(quick({{"epochs", int64_t{3}}}), shown(), plain);
  const auto model = fitted(params, shown(), fit);
  const at::Tensor score = in_given_order(*model);
  EXPECT_LT((score - in_given_order(*exact)).abs().max().item<double>(), 0.01);
  EXPECT_LT(std::stoll(fit.notes.at("bytes")), std::stoll(plain.notes.at("bytes")));
  Archive archive;
  model->save(archive);
  EXPECT_EQ(archive.tensor("table").scalar_type(), at::kChar);
  for (const auto& [name, tensor] : archive.tensors()) {
    if (name.starts_with("layers.")) {
      EXPECT_EQ(tensor.scalar_type(), at::kFloat) << name;
    }
  }
  EXPECT_TRUE(in_given_order(*loaded(*model, params)).equal(score));
}

TEST_P(FieldRankers, LearnFromCategoriesThatAreSumsOfHashedVectors) {
  TinyFit fit(&features_);
  const ParamMap params = quick({{"hash_above", int64_t{6}}, {"hashes", int64_t{2}}});
  const auto model = fitted(params, shown(), fit);
  const at::Tensor score = in_given_order(*model);
  // Users of 12, in 6 rows: each likes what it should.
  for (int64_t user = 0; user < kUsers; ++user)
    for (int64_t place = 0; place < 10; ++place)
      EXPECT_EQ(score[user][place].item<double>() > 0.5, likes(user, place < 5 ? 0 : 6));
  EXPECT_TRUE(in_given_order(*loaded(*model, params)).equal(score));
}

/// Those with dense layers.
class DeepRankers : public FieldRankers {
 protected:
  static std::vector<ParamMap> smaller() {
    return {{{"pruning", 0.5}},
            {{"pruning", 0.5}, {"pruned", "units"}},
            {{"pruning", 0.5}, {"pruned", "units"}, {"precision", "int8"}},
            {{"low_rank", int64_t{3}}},
            {{"low_rank", int64_t{3}}, {"precision", "int8"}}};
  }
};

TEST_P(DeepRankers, LearnOnWithAPartOfTheirWeights) {
  const RequestBatch requests = shown()[0].requests;
  const CandidateBatch given = candidates_of(Lists(kUsers, {5, 11}), Numbers(kUsers, {0.5, 0.5}));
  for (const ParamMap& how : smaller()) {
    TinyFit fit(&features_);
    const auto model = fitted(quick(how), shown(), fit);
    const Lists order = lists(model->rank(requests, given, tiny_serve(1, &features_)).item);
    for (int64_t user = 0; user < kUsers; ++user)
      EXPECT_EQ(order[user][0], likes(user, 5) ? 5 : 11) << "user " << user;
  }
}

TEST_P(DeepRankers, AreSmallerWithoutUnitsAndOfLowRank) {
  const auto parameters = [&](const ParamMap& how, TinyFit&& fit) {
    ParamMap params = quick(how);
    params["epochs"] = int64_t{2};
    fitted(params, shown(), fit);
    return std::pair(std::stoll(fit.notes.at("parameters")),
                     fit.notes.contains("zeros") ? std::stoll(fit.notes.at("zeros")) : 0);
  };
  const auto [whole, none] = parameters({}, TinyFit(&features_));
  const auto [pruned, zeros] = parameters({{"pruning", 0.5}}, TinyFit(&features_));
  EXPECT_EQ(pruned, whole);
  EXPECT_EQ(none, 0);
  EXPECT_GT(zeros, 100);
  EXPECT_LT(parameters({{"pruning", 0.5}, {"pruned", "units"}}, TinyFit(&features_)).first,
            whole - 100);
  EXPECT_LT(parameters({{"low_rank", int64_t{2}}}, TinyFit(&features_)).first, whole - 100);
}

TEST_P(DeepRankers, EndSmallerAfterAResumptionAsWithoutAnInterruption) {
  for (ParamMap how : smaller()) {
    how["epochs"] = int64_t{6};
    const ParamMap params = quick(how);
    StoppingFit whole(&features_), stopped(&features_, 4);
    const auto expected = fitted(params, shown(), whole);
    fitted(params, shown(), stopped);
    StoppingFit resumed(&features_);
    resumed.from = stopped.last;
    const auto model = fitted(params, shown(), resumed);
    const at::Tensor score = in_given_order(*expected);
    EXPECT_TRUE(in_given_order(*model).equal(score));
    EXPECT_TRUE(in_given_order(*loaded(*expected, params)).equal(score));
  }
}

TEST_P(DeepRankers, RefuseToBePrunedAndOfLowRankAtOnce) {
  try {
    made(quick({{"pruning", 0.5}, {"low_rank", int64_t{4}}}));
    FAIL() << "expected InvalidInput";
  } catch (const InvalidInput& error) {
    EXPECT_EQ(error.what(), std::string(GetParam()) +
                                ": pruning and low_rank are both set, and a matrix is made smaller "
                                "in one way; leave one of them out.");
  }
}

INSTANTIATE_TEST_SUITE_P(All, DeepRankers,
                         testing::Values("deep_fm", "dcn_v2", "din", "wide_deep", "final_mlp",
                                         "mlp", "mmoe"),
                         name_of);

TEST(WideDeep, NamesEachFieldOfItsExplanationAlsoWhereSetsStandBehindNumbers) {
  Features features = two_kinds();
  Lists tags;
  for (int64_t item = 0; item < kItems; ++item) tags.push_back({item % 2});
  features.item.columns = {
      {.name = "tags", .type = FeatureType::set, .sets = ragged(tags), .cardinality = 2}};
  const ParamMap params = {{"user_id", false},
                           {"item_id", false},
                           {"statistics", false},
                           {"hidden", std::vector<int64_t>{4}},
                           {"epochs", int64_t{2}}};
  auto model = make_rank("wide_deep", params);
  TinyFit fit(&features);
  TinyLabelled candidates(shown());
  model->fit(training(features), candidates, fit);
  const LabelledBatch batch = shown()[0];
  const Explanation why =
      *model->explain(batch.requests, batch.candidates, tiny_serve(1, &features));
  EXPECT_THAT(why.names,
              testing::ElementsAre("user:age", "item:tags", "dense layers, all fields together"));
  // Terms of a request and a field: one number where the field is of the user.
  std::map<int64_t, std::set<float>> of_age, of_tags;
  for (int64_t term = 0; term < why.row.size(0); ++term) {
    const int64_t request = why.row[term].item<int64_t>() / batch.candidates.width();
    auto& terms = why.id[term].item<int64_t>() == 0 ? of_age : of_tags;
    if (why.id[term].item<int64_t>() < 2) terms[request].insert(why.weight[term].item<float>());
  }
  EXPECT_EQ(of_age.at(1).size(), 1U);
  EXPECT_EQ(of_tags.at(1).size(), 2U);
}

TEST(FactorizationMachine, OfUsersAndItemsIsMatrixFactorisationWithBiases) {
  const Features none;
  const ParamMap params = {{"factors", int64_t{3}},
                           {"statistics", false},
                           {"initial_deviation", 0.3},
                           {"epochs", int64_t{2}}};
  auto model = make_rank("factorization_machine", params);
  TinyFit fit(&none);
  TinyLabelled candidates(shown());
  model->fit(training(none), candidates, fit);
  Archive archive;
  model->save(archive);
  // Rows: unknown item, items, unknown user, users; columns: the vector, the weight.
  const at::Tensor table = archive.tensor("table");
  const at::Tensor item = table[1 + 3], user = table[1 + kItems + 1 + 7];
  const at::Tensor odds = (item.slice(0, 0, 3) * user.slice(0, 0, 3)).sum() + item[3] + user[3] +
                          archive.tensor("layers.constant")[0];
  const CandidateBatch given = candidates_of(Lists(kUsers, {3}), Numbers(kUsers, {1.0}));
  const Numbers score =
      numbers(model->rank(shown()[0].requests, given, tiny_serve(1, &none)).score);
  EXPECT_NEAR(score[7][0], odds.sigmoid().item<double>(), 1e-6);
}

TEST(FinalMlp, SaysThatEachHeadNeedsAPartOfEachStream) {
  try {
    make_rank("final_mlp", {{"heads", int64_t{8}}, {"second", std::vector<int64_t>{16, 4}}});
    FAIL() << "expected InvalidInput";
  } catch (const InvalidInput& error) {
    EXPECT_STREQ(
        error.what(),
        "final_mlp: heads is 8, and the last layer of each stream (`first`, `second`) must "
        "have at least that width.");
  }
}

}  // namespace
}  // namespace assay::test

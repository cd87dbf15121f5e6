#include <ATen/Parallel.h>
#include <ATen/TensorOperators.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/tensor.h>
#include <gmock/gmock.h>

#include <cmath>

#include "recall/two_tower/examples.h"
#include "recall/two_tower/feature_bags.h"
#include "shipped_plugin.h"
#include "stopping_fit.h"
#include "tiny_data.h"

namespace assay::test {
namespace {

using testing::Each;
using testing::ElementsAre;
using testing::Ge;
using testing::HasSubstr;
using testing::ThrowsMessage;

Lists tastes() { return {{0, 1, 2}, {0, 1}, {1, 2}, {3, 4}, {3, 4, 5}, {4, 5}}; }

ParamMap small() {
  return {{"factors", int64_t{8}}, {"epochs", int64_t{200}}, {"batch_size", int64_t{4}},
          {"learning_rate", 0.02}, {"id_dropout", 0.0},      {"text_buckets", int64_t{64}}};
}

ParamMap with(ParamMap params, const std::string& name, ParamValue value) {
  params[name] = std::move(value);
  return params;
}

Feature category(const std::string& name, const std::vector<int64_t>& values, int64_t cardinality) {
  Feature feature{.name = name,
                  .type = FeatureType::category,
                  .values = at::tensor(values, at::kLong).to(at::kInt)};
  feature.cardinality = cardinality;
  for (int64_t id = 0; id < cardinality; ++id) feature.labels.push_back(std::to_string(id));
  return feature;
}

// Items 0 to 2 are of one kind, 3 to 5 of another; 6 and 7 are new, and of one each; 8 is of none.
const Features& kinds() {
  static const Features features{.user = {6, {category("side", {0, 0, 0, 1, 1, 1}, 2)}},
                                 .item = {9, {category("kind", {0, 0, 0, 1, 1, 1, 0, 1, -1}, 2)}}};
  return features;
}

TEST(TwoTower, BringsWhatUsersOfTheSameTasteLiked) {
  for (const char* similarity : {"cosine", "dot"}) {
    for (const int64_t layers : {0, 2}) {
      ParamMap params =
          with(with(small(), "similarity", std::string(similarity)), "layers", layers);
      if (similarity == std::string("dot")) params["temperature"] = 1.0;
      const auto model = make_recall("two_tower", params);
      const Lists best =
          lists(recalled(*model, training_of(tastes(), 6), requests_of(tastes()), 1).item);
      EXPECT_EQ(best[1][0], 2) << similarity << layers;
      EXPECT_EQ(best[2][0], 0) << similarity << layers;
      EXPECT_EQ(best[3][0], 5) << similarity << layers;
      EXPECT_EQ(best[5][0], 3) << similarity << layers;
    }
  }
}

TEST(TwoTower, ServesNewUsersByTheirHistoryAndNobodyWithoutOne) {
  const auto model = make_recall("two_tower", with(small(), "id_dropout", 0.5));
  RequestBatch requests = requests_of({{0, 1}, {3, 5}, {}});
  requests.user.fill_(-1);
  const Lists best = lists(recalled(*model, training_of(tastes(), 6), requests, 1).item);
  EXPECT_THAT(best, ElementsAre(ElementsAre(2), ElementsAre(4), ElementsAre(-1)));
}

TEST(TwoTower, KnowsUsersWithoutAHistoryByTheirFeatures) {
  const Features& features = kinds();
  const auto model = make_recall("two_tower", with(small(), "user_id", false));
  // Users 2 and 5 have nothing but their features.
  const TrainingView data =
      training_of({{0, 1, 2}, {0, 1, 2}, {}, {3, 4, 5}, {3, 4, 5}, {}}, 9, &features);
  const Lists best = lists(recalled(*model, data, requests_of(Lists(6)), 1).item);
  EXPECT_THAT(best[2], ElementsAre(testing::AnyOf(0, 1, 2, 6)));
  EXPECT_THAT(best[5], ElementsAre(testing::AnyOf(3, 4, 5, 7)));
}

TEST(TwoTower, ScoresNewItemsByTheirFeaturesAndNeverBringsItemsOfWhichNothingIsKnown) {
  const Features& features = kinds();
  const auto model = make_recall("two_tower", with(small(), "id_dropout", 0.3));
  const TrainingView data = training_of(tastes(), 9, &features);
  const CandidateBatch best = recalled(*model, data, requests_of(tastes()), 9);
  const Lists items = lists(best.item);
  for (size_t user = 0; user < items.size(); ++user) {
    const auto place = [&](int64_t item) { return std::ranges::find(items[user], item); };
    EXPECT_EQ(place(8), items[user].end()) << user;
    if (user < 3)
      EXPECT_LT(place(6), place(7)) << user;
    else
      EXPECT_LT(place(7), place(6)) << user;
  }
}

TEST(TwoTower, RespectsExcludedAndAllowedItemsWhereSomeAreNotServed) {
  const Features& features = kinds();
  const auto model = make_recall("two_tower", small());
  RequestBatch requests = requests_of(tastes());
  requests.allowed = ragged({{3, 6, 8}, {2, 8}, {}, {0, 1, 2, 3, 4, 5, 6, 7, 8}, {7}, {8}});
  const Lists items =
      lists(recalled(*model, training_of(tastes(), 9, &features), requests, 3).item);
  EXPECT_THAT(items[0], testing::UnorderedElementsAre(3, 6, -1));
  EXPECT_THAT(items[1], ElementsAre(2, -1, -1));
  EXPECT_THAT(items[2], Each(-1));
  EXPECT_THAT(items[3], testing::Not(testing::Contains(testing::AnyOf(3, 4, 8))));
  EXPECT_THAT(items[4], ElementsAre(7, -1, -1));
  EXPECT_THAT(items[5], Each(-1));
}

// Which kind is wanted depends on the hour alone.
TEST(TwoTower, LooksAtTheContextOfARequest) {
  std::vector<Event> events;
  std::vector<int64_t> hours;
  for (int64_t user = 0; user < 12; ++user) {
    for (const int64_t item : {user % 3, 3 + user % 3}) {
      events.push_back({user, item});
      hours.push_back(item / 3);
    }
  }
  TrainingView data = training_of(events, 12, 6);
  data.context = {std::ssize(events), {category("hour", hours, 2)}};
  const auto model = make_recall("two_tower", with(small(), "layers", int64_t{2}));
  RequestBatch requests = requests_of(Lists(12));
  std::vector<int64_t> asked;
  for (int64_t row = 0; row < 12; ++row) asked.push_back(row % 2);
  requests.context = {12, {category("hour", asked, 2)}};
  const Lists best = lists(recalled(*model, data, requests, 1).item);
  for (int64_t row = 0; row < 12; ++row) EXPECT_EQ(best[row][0] / 3, row % 2) << row;
  const Lists after =
      lists(copied(*model, make_recall("two_tower", with(small(), "layers", int64_t{2})))
                ->recall(requests, 1, tiny_serve())
                .item);
  EXPECT_EQ(best, after);
}

TEST(TwoTower, GivesARequestTheSameListInAnyBatch) {
  const auto model = make_recall("two_tower", with(small(), "layers", int64_t{2}));
  TinyFit fit;
  model->fit(training_of(tastes(), 6), fit);
  const RequestBatch all = requests_of(tastes());
  const CandidateBatch together = model->recall(all, 3, tiny_serve());
  for (int64_t row = 0; row < all.size(); ++row) {
    const CandidateBatch alone = model->recall(part_of(all, row, 1), 3, tiny_serve());
    EXPECT_TRUE(alone.item.equal(together.item.slice(0, row, row + 1))) << row;
    EXPECT_TRUE(alone.score.allclose(together.score.slice(0, row, row + 1), 1e-6, 1e-6)) << row;
  }
}

TEST(TwoTower, LearnsTheSameBitsTwice) {
  const auto vectors = [&](int64_t layers) {
    TinyFit fit(&kinds());
    const auto model =
        make_recall("two_tower", with(with(small(), "layers", layers), "negatives", int64_t{3}));
    model->fit(training_of(tastes(), 9, &kinds()), fit);
    return model->vectors()->item_vectors().clone();
  };
  EXPECT_TRUE(vectors(0).equal(vectors(0)));
  EXPECT_TRUE(vectors(2).equal(vectors(2)));
}

TEST(TwoTower, ServesTheSameAfterSaveAndLoad) {
  const ParamMap params = with(small(), "layers", int64_t{1});
  const auto model = make_recall("two_tower", params);
  const RequestBatch requests = requests_of(tastes());
  const CandidateBatch before = recalled(*model, training_of(tastes(), 9, &kinds()), requests, 5);
  const CandidateBatch after =
      copied(*model, make_recall("two_tower", params))->recall(requests, 5, tiny_serve());
  EXPECT_TRUE(before.item.equal(after.item));
  EXPECT_TRUE(before.score.equal(after.score));
}

TEST(TwoTower, GoesOnFromACheckpointAsIfItHadNeverStopped) {
  const ParamMap params = with(with(with(small(), "layers", int64_t{1}), "epochs", int64_t{12}),
                               "negatives", int64_t{2});
  const TrainingView data = training_of(tastes(), 9, &kinds());
  StoppingFit whole(&kinds()), first(&kinds(), 5), second(&kinds());
  const auto straight = make_recall("two_tower", params),
             stopped = make_recall("two_tower", params), resumed = make_recall("two_tower", params);
  straight->fit(data, whole);
  stopped->fit(data, first);
  second.from = first.last;
  resumed->fit(data, second);
  EXPECT_EQ(second.curves["loss"].begin()->first, 6);
  EXPECT_TRUE(straight->vectors()->item_vectors().equal(resumed->vectors()->item_vectors()));
}

TEST(TwoTower, StopsOnceValidationsNoLongerImproveAndKeepsTheBest) {
  StoppingFit fit;
  fit.validations = {0.1, 0.3, 0.2, 0.25, 0.9};
  const auto model = make_recall("two_tower", with(small(), "patience", int64_t{2}));
  model->fit(training_of(tastes(), 6), fit);
  EXPECT_EQ(fit.notes["chosen.epochs"], "2");
  EXPECT_EQ(fit.curves["loss"].size(), 4);
  TinyFit plain;
  const auto same = make_recall("two_tower", with(small(), "epochs", int64_t{2}));
  same->fit(training_of(tastes(), 6), plain);
  EXPECT_TRUE(model->vectors()->item_vectors().equal(same->vectors()->item_vectors()));
}

TEST(TwoTower, AFinalRefitLearnsForAsLongAsWasChosen) {
  StoppingFit fit;
  fit.chosen_epochs = "7";
  make_recall("two_tower", with(small(), "patience", int64_t{2}))
      ->fit(training_of(tastes(), 6), fit);
  EXPECT_EQ(fit.curves["loss"].size(), 7);
}

TEST(TwoTower, LearnsNothingFromAWindowWithoutPositives) {
  const auto model = make_recall("two_tower", small());
  const CandidateBatch best = recalled(*model, training_of(Lists(2), 3), requests_of({{}, {}}), 2);
  EXPECT_THAT(lists(best.item), Each(Each(-1)));
}

TEST(TwoTower, AUserOfWhomNothingIsAskedIsAnError) {
  const auto model =
      make_recall("two_tower", with(with(small(), "user_id", false), "history_length", int64_t{0}));
  TinyFit fit;
  EXPECT_THAT([&] { model->fit(training_of(tastes(), 6), fit); },
              ThrowsMessage<InvalidInput>(HasSubstr("nothing says who a user is")));
}

TEST(TwoTowerExamples, LogQIsThatOfABatchAsItIsDrawn) {
  const TrainingView data = training_of(tastes(), 8);
  const std::vector<bool> eligible(8, true);
  two_tower::Examples examples(data, {}, eligible, {.batch_size = 4, .negatives = 2}, 1);
  examples.start(1);
  const two_tower::Batch batch = examples.batch(0);
  // Item 1 is in 3 of 14 pairs; a negative is one of 8 items.
  const double absent = std::pow(1 - 3.0 / 14, 4) * std::pow(1 - 1.0 / 8, 2);
  EXPECT_NEAR(examples.log_q(1, batch), std::log(1 - absent), 1e-6);
  EXPECT_NEAR(examples.log_q(7, batch), std::log(1 - std::pow(7.0 / 8, 2)), 1e-6);
}

TEST(TwoTowerExamples, AnEpochHoldsEachPairOnceAndPairsOfWeight0Never) {
  const TrainingView data = training_of(tastes(), 6);
  std::vector<float> weights(14, 1.F);
  weights[4] = 0;  // user 1, item 1
  two_tower::Examples examples(data, weights, std::vector<bool>(6), {.batch_size = 5}, 1);
  EXPECT_EQ(examples.size(), 13);
  examples.start(3);
  std::set<std::pair<int32_t, int32_t>> seen;
  for (int64_t n = 0; n < examples.batches(); ++n)
    for (const two_tower::Example& example : examples.batch(n).examples)
      seen.emplace(example.user, example.item);
  EXPECT_EQ(seen.size(), 13);
  EXPECT_EQ(seen.count({1, 1}), 0);
  EXPECT_THAT(examples.history(1), ElementsAre(0));
}

TEST(TwoTowerFeatures, TextsAreBagsOfTheirWordsWhateverTheirCase) {
  FeatureTable table{4, {}};
  table.columns.push_back({.name = "title", .type = FeatureType::text});
  table.columns.back().texts = {"Red wine", "wine, RED!", "", "red red red"};
  const two_tower::FeatureBags bags(table, 100, 1 << 20, at::kCPU);
  const two_tower::KnownFeatures found = bags.encode(table);
  EXPECT_THAT(found.bags.offsets, ElementsAre(0, 2, 4, 4, 5));
  EXPECT_EQ(found.bags.rows[0], found.bags.rows[2]);
  EXPECT_EQ(found.bags.rows[1], found.bags.rows[3]);
  EXPECT_FLOAT_EQ(found.bags.weights[0], std::sqrt(0.5F));
  EXPECT_FLOAT_EQ(found.bags.weights[4], 1);
  EXPECT_THAT(found.known, ElementsAre(true, true, false, true));
}

TEST(TwoTowerFeatures, ARowOfMissingValuesKnowsNothing) {
  FeatureTable table{3, {category("kind", {0, -1, -1}, 2)}};
  table.columns.push_back(
      {.name = "price", .type = FeatureType::number, .values = at::tensor({1.F, NAN, 3.F})});
  const two_tower::FeatureBags bags(table, 100, 8, at::kCPU);
  EXPECT_THAT(bags.encode(table).known, ElementsAre(true, false, true));
}

}  // namespace
}  // namespace assay::test

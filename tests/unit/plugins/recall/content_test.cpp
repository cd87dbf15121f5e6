// Scores against scikit-learn's TfidfVectorizer (tests/golden/oracles/make_content.py).

#include <ATen/TensorOperators.h>
#include <gmock/gmock.h>

#include <cmath>

#include "logged_data.h"
#include "shipped_plugin.h"

namespace assay::test {
namespace {

using testing::Each;
using testing::ElementsAre;
using testing::HasSubstr;

Feature categories(const std::string& name, const std::vector<int>& values, int64_t cardinality) {
  return {.name = name,
          .type = FeatureType::category,
          .values = at::tensor(values, at::kInt),
          .cardinality = cardinality};
}
Feature vectors(const std::string& name, const Numbers& rows) {
  return {.name = name, .type = FeatureType::vector, .values = matrix(rows)};
}
Feature texts(const std::string& name, const std::vector<std::string>& rows) {
  Feature feature{.name = name, .type = FeatureType::text};
  feature.texts = rows;
  return feature;
}
Feature sets(const std::string& name, const Lists& rows, int64_t cardinality) {
  Feature feature{.name = name, .type = FeatureType::set, .cardinality = cardinality};
  feature.sets = ragged(rows);
  return feature;
}

/// The catalogue, histories and scores of content.json.
struct World {
  nlohmann::json read = oracle("content.json");
  Features features;
  RequestBatch requests;
  TrainingView train;

  World() {
    std::vector<int> category;
    Lists set;
    std::vector<std::string> text;
    Numbers vector;
    for (const auto& item : read["items"]) {
      category.push_back(item["category"]);
      set.push_back(item["set"]);
      text.push_back(item["text"]);
      vector.push_back(item["vector"].is_null() ? std::vector<double>(read["width"], kNaN)
                                                : item["vector"].get<std::vector<double>>());
    }
    features.item = {std::ssize(text),
                     {categories("category", category, read["categories"]),
                      sets("set", set, std::ssize(read["tags"])), texts("text", text),
                      vectors("vector", vector)}};
    Lists histories;
    std::vector<int64_t> times;
    for (const auto& row : read["histories"]) {
      histories.emplace_back();
      for (const auto& event : row) {
        histories.back().push_back(event[0]);
        times.push_back(event[1]);
      }
    }
    requests = requests_of(histories);
    requests.excluded = ragged(Lists(histories.size()));
    requests.history.time_us = at::tensor(times, at::kLong);
    train = training_of(Lists(histories.size()), std::ssize(text), &features);
  }
};

ParamMap params_of(const nlohmann::json& one) {
  return {{"features", one["features"].get<std::vector<std::string>>()},
          {"weights", one["weights"].get<std::vector<double>>()},
          {"min_items", one["min_items"].get<int64_t>()},
          {"half_life_days", one["half_life_days"].get<double>()}};
}

bool all_same(const std::vector<double>& values) {
  return std::ranges::all_of(values,
                             [&](double value) { return std::abs(value - values[0]) < 1e-9; });
}

TEST(Content, ScoresAreTheCosinesOfScikitLearn) {
  const World world;
  for (const nlohmann::json& one : world.read["cases"]) {
    SCOPED_TRACE(one["features"].dump() + " " + one["weights"].dump());
    const auto content = make_recall("content", params_of(one));
    const int64_t items = world.train.items;
    const CandidateBatch best = recalled(*content, world.train, world.requests, items);
    const Lists served = lists(best.item);
    const Numbers scores = numbers(best.score);
    for (size_t row = 0; row < served.size(); ++row) {
      const auto expected = one["scores"][row].get<std::vector<double>>();
      if (all_same(expected)) {
        EXPECT_THAT(served[row], Each(-1)) << "request " << row;
        continue;
      }
      for (size_t at = 0; at < served[row].size(); ++at) {
        ASSERT_GE(served[row][at], 0);
        EXPECT_NEAR(scores[row][at], expected[static_cast<size_t>(served[row][at])], 1e-6)
            << "request " << row << ", item " << served[row][at];
      }
    }
  }
}

// Items 0 and 1 are of genre 0, 2 and 3 of genre 1; nobody has touched 3 and 4.
Features genres() {
  Features made;
  made.item = {5, {categories("genre", {0, 0, 1, 1, -1}, 2)}};
  return made;
}
const Lists kPositives = {{0}, {1, 2}, {}};

CandidateBatch served_by_genre(const RequestBatch& requests, const ParamMap& params = {}) {
  const Features known = genres();
  const auto content = make_recall("content", params);
  return recalled(*content, training_of(kPositives, 5, &known), requests, 3);
}

TEST(Content, NewItemsAreRecommendedLikeOthers) {
  EXPECT_EQ(lists(served_by_genre(requests_of({{2}})).item)[0][0], 3);
}

TEST(Content, WithoutAHistoryThereAreNoCandidates) {
  EXPECT_THAT(lists(served_by_genre(requests_of({{}})).item)[0], Each(-1));
}

TEST(Content, AHistoryOfItemsWithoutFeaturesGivesNoCandidates) {
  EXPECT_THAT(lists(served_by_genre(requests_of({{4}})).item)[0], Each(-1));
}

TEST(Content, WhereAllThatMayBeServedHasOneScoreThereAreNoCandidates) {
  RequestBatch requests = requests_of({{0}, {0}, {0}});
  requests.excluded = ragged({{0, 1}, {0}, {0}});
  requests.allowed = ragged({{2, 3, 4}, {1, 2}, {1}});
  const Lists served = lists(served_by_genre(requests).item);
  EXPECT_THAT(served[0], Each(-1));
  EXPECT_THAT(served[1], ElementsAre(1, 2, -1));
  EXPECT_THAT(served[2], ElementsAre(1, -1, -1)) << "a single item that is like the history";
}

TEST(Content, TheYoungerItemCountsMoreWhereInterestsDecay) {
  RequestBatch requests = requests_of({{0, 2}});
  requests.history.time_us = at::tensor(std::vector<int64_t>{0, 86'400'000'000}, at::kLong);
  const CandidateBatch best = served_by_genre(requests, {{"half_life_days", 1.0}});
  EXPECT_EQ(lists(best.item)[0][0], 3);
  EXPECT_NEAR(numbers(best.score)[0][0], 2 / std::sqrt(5.0), 1e-6);
  EXPECT_NEAR(numbers(best.score)[0][1], 1 / std::sqrt(5.0), 1e-6);
}

TEST(Content, RepeatsCountOnceOrEachTime) {
  const RequestBatch requests = requests_of({{0, 0, 0, 2}});
  const double once = numbers(served_by_genre(requests).score)[0][0];
  EXPECT_NEAR(once, std::sqrt(0.5), 1e-6);
  const CandidateBatch each = served_by_genre(requests, {{"repeats", std::string("each")}});
  EXPECT_EQ(lists(each.item)[0][0], 1);
  EXPECT_NEAR(numbers(each.score)[0][0], 3 / std::sqrt(10.0), 1e-6);
}

TEST(Content, EventsCountTheirWeight) {
  RequestBatch requests = requests_of({{0, 2}});
  requests.history.weight = at::tensor(std::vector<float>{1, 3}, at::kFloat);
  const CandidateBatch best = served_by_genre(requests);
  EXPECT_EQ(lists(best.item)[0][0], 3);
  EXPECT_NEAR(numbers(best.score)[0][0], 3 / std::sqrt(10.0), 1e-6);
}

TEST(Content, AVectorWithANaNIsMissing) {
  Features known;
  known.item = {4, {vectors("v", {{1, 0}, {1, kNaN}, {0.6, 0.8}, {0, 2}})}};
  const auto content = make_recall("content");
  const CandidateBatch best =
      recalled(*content, training_of(Lists{{0}}, 4, &known), requests_of({{0}, {1}}), 4);
  EXPECT_THAT(lists(best.item)[0], ElementsAre(2, 1, 3, -1));
  EXPECT_NEAR(numbers(best.score)[0][0], 0.6, 1e-6);
  EXPECT_THAT(lists(best.item)[1], Each(-1));
}

TEST(Content, VectorsAloneAreAVectorModel) {
  Features known;
  known.item = {3, {vectors("v", {{3, 0}, {0, 5}, {0.6, 0.8}}), texts("t", {"ab", "cd", ""})}};
  const TrainingView data = training_of(Lists{{0}}, 3, &known);
  const auto dense = make_recall("content", {{"features", std::vector<std::string>{"v"}}});
  const RequestBatch requests = requests_of({{0, 1}, {}});
  const CandidateBatch best = recalled(*dense, data, requests, 1);
  ASSERT_NE(dense->vectors(), nullptr);
  const at::Tensor queries = dense->vectors()->query_vectors(requests, tiny_serve(1, &known));
  const Numbers products = numbers(queries.matmul(dense->vectors()->item_vectors().t()));
  EXPECT_NEAR(products[0][2], numbers(best.score)[0][0], 1e-6);
  EXPECT_EQ(queries.select(0, 1).abs().sum().item<double>(), 0);
  const auto both = make_recall("content");
  recalled(*both, data, requests, 1);
  EXPECT_EQ(both->vectors(), nullptr);
}

TEST(Content, ServesTheSameAfterSaveAndLoad) {
  const World world;
  const auto content = make_recall("content");
  const CandidateBatch before = recalled(*content, world.train, world.requests, 10);
  const auto loaded = copied(*content, make_recall("content"), &world.features);
  const CandidateBatch after = loaded->recall(world.requests, 10, tiny_serve(1, &world.features));
  EXPECT_TRUE(before.item.equal(after.item));
  EXPECT_TRUE(before.score.equal(after.score));
}

TEST(Content, ExplanationsAddUpToTheScores) {
  const World world;
  const auto content = make_recall("content", {{"half_life_days", 5.0}});
  const CandidateBatch best = recalled(*content, world.train, world.requests, 10);
  const auto why = content->explain(world.requests, best, tiny_serve(1, &world.features));
  ASSERT_TRUE(why.has_value());
  const at::Tensor sums =
      why->base.flatten().clone().index_add_(0, why->row, why->weight).view_as(best.score);
  const at::Tensor error = (sums - best.score).abs().masked_fill(best.item < 0, 0);
  EXPECT_LT(error.max().item<double>(), 1e-6);
}

TEST(Content, OneItemAndNoEventsAreNoTrouble) {
  Features known;
  known.item = {1, {texts("title", {"the only one"})}};
  const auto content = make_recall("content");
  RequestBatch requests = requests_of({{0}});
  requests.excluded = ragged({{}});
  const CandidateBatch best = recalled(*content, training_of(Lists{{}}, 1, &known), requests, 5);
  EXPECT_THAT(lists(best.item)[0], ElementsAre(0, -1, -1, -1, -1));
  EXPECT_NEAR(numbers(best.score)[0][0], 1, 1e-6);
}

std::string refusal(const ParamMap& params, const Features& known) {
  TinyFit fit(&known);
  try {
    make_recall("content", params)->fit(training_of(Lists{{0}}, known.item.rows, &known), fit);
  } catch (const InvalidInput& problem) {
    return problem.what();
  }
  return "";
}

TEST(Content, RefusesWhatCannotBeCompared) {
  Features known = genres();
  known.item.columns.push_back({.name = "price", .values = at::ones({5})});
  EXPECT_EQ(
      refusal({{"features", std::vector<std::string>{"price"}}}, known),
      "content: the item feature \"price\" is a number; name a category, set, text or vector.");
  EXPECT_THAT(refusal({{"features", std::vector<std::string>{"genra"}}}, known),
              HasSubstr("genre"));
  EXPECT_THAT(refusal({{"features", std::vector<std::string>{"genre", "genre"}}}, known),
              HasSubstr("names \"genre\" twice"));
  EXPECT_EQ(
      refusal(
          {{"features", std::vector<std::string>{"genre"}}, {"weights", std::vector<double>{1, 2}}},
          known),
      "content: weights has 2 numbers and features has 1 names; give each of the features one "
      "weight, or leave weights out.");
  EXPECT_THAT(refusal({{"features", std::vector<std::string>{"genre"}},
                       {"weights", std::vector<double>{0}}},
                      known),
              HasSubstr("all weights are 0"));
  known.item.columns.erase(known.item.columns.begin());
  EXPECT_EQ(refusal({}, known),
            "content: items have no category, set, text or vector feature; add a feature file for "
            "items.");
}

}  // namespace
}  // namespace assay::test

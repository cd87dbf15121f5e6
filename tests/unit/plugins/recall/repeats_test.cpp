// Repeats and weights of event types against tests/golden/oracles/make_repeats.py.

#include <ATen/TensorOperators.h>
#include <ATen/ops/diag.h>
#include <ATen/ops/eye.h>
#include <ATen/ops/linalg_solve.h>
#include <gmock/gmock.h>

#include <cmath>
#include <string>
#include <vector>

#include "logged_data.h"
#include "shipped_plugin.h"

namespace assay::test {
namespace {

struct World {
  nlohmann::json read = oracle("repeats.json");
  int64_t users = read["users"], items = read["items"];

  std::vector<Event> events(bool weighted) const {
    std::vector<Event> all;
    for (const auto& event : read["events"]) {
      const float weight = weighted ? event[2].get<float>() : 1.F;
      if (weight > 0) all.push_back({event[0], event[1], -1, true, weight});
    }
    return all;
  }

  TrainingView train(bool weighted) const { return training_of(events(weighted), users, items); }

  /// Every user's whole log, with what the stage does not learn from at weight 0.
  RequestBatch requests(bool weighted) const {
    Lists histories(users);
    std::vector<std::vector<float>> weights(users);
    for (const auto& event : read["events"]) {
      histories[event[0].get<size_t>()].push_back(event[1]);
      weights[event[0].get<size_t>()].push_back(event[2]);
    }
    RequestBatch batch = requests_of(histories);
    batch.excluded = ragged(Lists(users));
    if (!weighted) return batch;
    std::vector<float> flat;
    for (const auto& row : weights) flat.insert(flat.end(), row.begin(), row.end());
    batch.history.weight = at::tensor(flat, at::kFloat);
    return batch;
  }

  ParamMap params(const nlohmann::json& of) const {
    ParamMap params = {{"repeats", of["repeats"].get<std::string>()}};
    if (of["model"] == "ease") params["lambda"] = read["lambda"].get<double>();
    if (of["model"] == "item_knn" || of["model"] == "user_knn")
      params.insert({{"neighbours", int64_t{0}}, {"shrinkage", read["shrinkage"].get<double>()}});
    return params;
  }
};

/// Scores in the order of items, float64 [B, N].
Numbers by_item(const CandidateBatch& best, int64_t items) {
  Numbers out;
  const Lists item = lists(best.item);
  const Numbers score = numbers(best.score);
  for (size_t row = 0; row < item.size(); ++row) {
    std::vector<double> scores(static_cast<size_t>(items), kNaN);
    for (size_t n = 0; n < item[row].size(); ++n) scores[item[row][n]] = score[row][n];
    out.push_back(scores);
  }
  return out;
}

/// Base and terms of each candidate added up, float64 [B, K].
Numbers explained(const Explanation& why, const CandidateBatch& candidates) {
  at::Tensor sum = why.base.to(at::kDouble).flatten().clone();
  sum.index_add_(0, why.row, why.weight.to(at::kDouble));
  return numbers(sum.view_as(candidates.item));
}

void expect_near(const Numbers& found, const Numbers& expected, double tolerance) {
  ASSERT_EQ(found.size(), expected.size());
  for (size_t row = 0; row < found.size(); ++row)
    EXPECT_THAT(found[row], testing::Pointwise(testing::DoubleNear(tolerance), expected[row]))
        << "row " << row;
}

TEST(Repeats, CountAlikeInLearningServingAndExplainingAsNumpyHasIt) {
  const World world;
  ASSERT_EQ(world.read["cases"].size(), 16);
  for (const auto& of : world.read["cases"]) {
    const std::string model = of["model"];
    const bool weighted = of["weighted"];
    SCOPED_TRACE(model + " " + of["repeats"].get<std::string>() + (weighted ? " weighted" : ""));
    const auto strategy = make_recall(model, world.params(of));
    const RequestBatch requests = world.requests(weighted);
    const CandidateBatch best = recalled(*strategy, world.train(weighted), requests, world.items);
    expect_near(by_item(best, world.items), of["scores"], 1e-4);
    const auto why = strategy->explain(requests, best, tiny_serve());
    if (why) expect_near(explained(*why, best), numbers(best.score), 1e-4);
    const auto copy = copied(*strategy, make_recall(model, world.params(of)));
    EXPECT_TRUE(copy->recall(requests, world.items, tiny_serve()).score.equal(best.score));
  }
}

TEST(Repeats, ChangeTheScoresOfEachModel) {
  const World world;
  const auto& cases = world.read["cases"];
  for (size_t i = 0; i + 1 < cases.size(); i += 2)
    EXPECT_NE(cases[i]["scores"], cases[i + 1]["scores"]) << cases[i]["model"];
}

// A request's vector is the solution of (Y'Y + Y'(C - I)Y + lambda I) x = Y'C p (Hu et al. 2008).
TEST(Repeats, AlsServesAHistoryByItsStrength) {
  const World world;
  for (const bool weighted : {false, true}) {
    for (const std::string strength : {"positive", "events"}) {
      const auto als = make_recall(
          "als",
          {{"strength", strength}, {"factors", int64_t{4}}, {"alpha", 2.0}, {"lambda", 0.5}});
      const RequestBatch requests = world.requests(weighted);
      const CandidateBatch best = recalled(*als, world.train(weighted), requests, world.items);
      const at::Tensor y = als->vectors()->item_vectors().to(at::kDouble);
      const at::Tensor vectors = als->vectors()->query_vectors(requests, tiny_serve());
      std::vector<double> r(world.items, 0);
      for (const auto& event : world.read["events"]) {
        if (event[0] != 3) continue;
        const double weight = weighted ? event[2].get<double>() : 1;
        double& known = r[event[1].get<size_t>()];
        known = strength == "events" ? known + weight : std::max(known, weight);
      }
      const at::Tensor strengths = at::tensor(r, at::kDouble);
      const at::Tensor more = at::diag(strengths * 2.0), held = (strengths > 0).to(at::kDouble);
      const at::Tensor left = y.t().mm(y) + y.t().mm(more).mm(y) + at::eye(4, at::kDouble) * 0.5;
      const at::Tensor right = y.t().mv((strengths * 2.0 + 1) * held);
      EXPECT_TRUE(vectors[3].to(at::kDouble).allclose(at::linalg_solve(left, right), 1e-3, 1e-4))
          << strength << (weighted ? " weighted" : "");
      const auto why = als->explain(requests, best, tiny_serve());
      expect_near(explained(*why, best), numbers(best.score), 1e-4);
    }
  }
}

TEST(Repeats, OfAMarkovChainAreTransitionsAndTheLastItemIsOneThatIsLearntFrom) {
  // 0 0 1 of user 0: 0 follows itself with weight 0.5, 1 follows 0 with weight 2.
  const TrainingView data =
      training_of({{0, 0}, {0, 0, -1, true, 0.5F}, {0, 1, -1, true, 2}}, 1, 3);
  const auto chain = make_recall("markov_chain", {{"smoothing", 1e-9}});
  RequestBatch requests = requests_of({{0, 2}});
  requests.excluded = ragged(Lists(1));
  requests.history.weight = at::tensor({1.0F, 0.0F}, at::kFloat);
  const CandidateBatch best = recalled(*chain, data, requests, 2);
  EXPECT_THAT(lists(best.item)[0], testing::ElementsAre(1, 0));
  EXPECT_NEAR(numbers(best.score)[0][0], 0.8, 1e-6);
  EXPECT_NEAR(numbers(best.score)[0][1], 0.2, 1e-6);
}

TEST(Weights, AreRefusedByNameWhereTheyMeanNothing) {
  const TrainingView data = training_of({{0, 0, 5, true, 0.5F}, {0, 1, 6}}, 1, 2);
  const auto recent = make_recall("recent_items");
  TinyFit fit;
  try {
    recent->fit(data, fit);
    FAIL() << "it takes weights in silence";
  } catch (const InvalidInput& error) {
    EXPECT_STREQ(error.what(),
                 "recent_items: learn_from gives event types weights other than 0 and 1, and "
                 "recent_items cannot use them: it orders items by the time of events. Give its "
                 "stage a learn_from of its own that lists the types: learn_from: [cart, "
                 "purchase].");
  }
  TinyLabelled nothing;
  EXPECT_THROW(make_rerank("mmr")->fit(data, nothing, fit), InvalidInput);
}

}  // namespace
}  // namespace assay::test

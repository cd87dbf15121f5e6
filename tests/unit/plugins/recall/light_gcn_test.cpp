#include <ATen/Parallel.h>
#include <ATen/TensorOperators.h>
#include <gmock/gmock.h>

#include "logged_data.h"
#include "recall/light_gcn/graph.h"
#include "recall/light_gcn/pairwise_loss.h"
#include "recall/light_gcn/triples.h"
#include "shipped_plugin.h"

namespace assay::test {
namespace {

using light_gcn::Graph;
using light_gcn::LossGradient;
using light_gcn::Triple;
using light_gcn::Triples;
using testing::ElementsAre;

// light_gcn.json: dense matrices of numpy.
class LightGcnOf : public testing::Test {
 protected:
  TrainingView data() const {
    std::vector<Event> events;
    for (const auto& pair : reference_["pairs"])
      events.push_back({pair[0].get<int64_t>(), pair[1].get<int64_t>()});
    return training_of(events, users(), reference_["items"]);
  }
  int64_t users() const { return reference_["users"]; }
  std::vector<Triple> batch() const {
    std::vector<Triple> all;
    for (const auto& one : reference_["batch"])
      all.push_back({one[0].get<int64_t>(), one[1].get<int64_t>(), one[2].get<int64_t>()});
    return all;
  }
  at::Tensor table() const { return matrix(reference_["table"].get<Numbers>()); }

  const nlohmann::json reference_ = oracle("light_gcn.json");
};

TEST_F(LightGcnOf, VectorsAreThoseOfTheReference) {
  const Graph graph(data());
  for (const auto& one : reference_["cases"]) {
    const at::Tensor expected = matrix(one["propagated"].get<Numbers>());
    EXPECT_TRUE(graph.propagated(table(), one["layers"]).allclose(expected, 1e-5, 1e-6))
        << one["layers"] << " layers";
  }
}

TEST_F(LightGcnOf, LossAndGradientAreThoseOfTheReference) {
  const Graph graph(data());
  for (const auto& one : reference_["cases"]) {
    const LossGradient got = light_gcn::pairwise_loss(graph, table(), one["layers"], users(),
                                                      batch(), reference_["lambda"]);
    EXPECT_NEAR(got.loss, one["loss"].get<double>(), 1e-6);
    const at::Tensor expected = matrix(one["gradient"].get<Numbers>());
    EXPECT_TRUE(got.gradient.allclose(expected, 1e-5, 1e-6)) << one["layers"] << " layers";
  }
}

TEST(LightGcnTriples, DrawPositivesInProportionToTheirWeightsAndNegativesFromTheRest) {
  std::vector<Event> events = {{0, 2}, {0, 0}, {1, 1}, {2, 0}, {2, 1}, {2, 2}, {2, 3}};
  events[0].weight = 3;
  const TrainingView data = training_of(events, 4, 4);
  const Triples triples(data, extra::pair_weights(data, Repeats::once));
  EXPECT_EQ(triples.an_epoch(), 7);
  extra::SplitMix random(1, 1);
  std::vector<Triple> batch(20000);
  triples.draw(random, batch);
  std::map<std::pair<int64_t, int64_t>, int64_t> drawn;
  for (const Triple& one : batch) {
    ++drawn[{one.user, one.positive}];
    EXPECT_TRUE(one.user == 0 || one.user == 1) << "2 has all items, 3 none";
    EXPECT_TRUE(one.user == 1 ? one.negative != 1 : one.negative == 1 || one.negative == 3);
  }
  EXPECT_NEAR(static_cast<double>(drawn[{0, 2}]) / static_cast<double>(drawn[{0, 0}]), 3, 0.2);
  EXPECT_NEAR(static_cast<double>(drawn[{1, 1}]), 10000, 400);
}

ParamMap small() {
  return {{"factors", int64_t{8}},
          {"epochs", int64_t{150}},
          {"batch_size", int64_t{4}},
          {"learning_rate", 0.01}};
}

TrainingView two_tastes() {
  return training_of({{0, 1, 2}, {0, 1}, {1, 2}, {3, 4}, {3, 4, 5}, {4, 5}}, 6);
}

TEST(LightGcn, BringsWhatUsersOfTheSameTasteLiked) {
  const auto model = make_recall("light_gcn", small());
  const Lists best = lists(
      recalled(*model, two_tastes(), requests_of({{0, 1, 2}, {0, 1}, {1, 2}, {3, 4}}), 1).item);
  EXPECT_EQ(best[1][0], 2);
  EXPECT_EQ(best[2][0], 0);
  EXPECT_EQ(best[3][0], 5);
}

TEST(LightGcn, LearnsTheSameBitsWithAnyNumberOfThreads) {
  const auto vectors = [](int threads) {
    const int before = at::get_num_threads();
    at::set_num_threads(threads);
    TinyFit fit;
    const auto model = make_recall("light_gcn", small());
    model->fit(two_tastes(), fit);
    at::set_num_threads(before);
    return model->vectors()->item_vectors().clone();
  };
  const at::Tensor one = vectors(1);
  EXPECT_TRUE(one.equal(vectors(2)));
  EXPECT_TRUE(one.equal(vectors(1)));
}

TEST(LightGcn, AUserThatTrainingNeverSawGetsAnEmptyList) {
  const TrainingView data = training_of({{0, 1}, {}, {1, 2}}, 4);
  const auto model = make_recall("light_gcn", small());
  RequestBatch requests = requests_of({{0, 1}, {0}, {1, 2}, {}});
  requests.user[3] = -1;
  const Lists best = lists(recalled(*model, data, requests, 2).item);
  EXPECT_THAT(best, ElementsAre(testing::Each(testing::Ge(0)), ElementsAre(-1, -1),
                                testing::Each(testing::Ge(0)), ElementsAre(-1, -1)));
}

TEST(LightGcn, ServesTheSameAfterSaveAndLoad) {
  const auto model = make_recall("light_gcn", small());
  const RequestBatch requests = requests_of({{0, 1, 2}, {0, 1}});
  const CandidateBatch before = recalled(*model, two_tastes(), requests, 3);
  const auto loaded = copied(*model, make_recall("light_gcn", small()));
  EXPECT_TRUE(loaded->recall(requests, 3, tiny_serve()).score.equal(before.score));
}

TEST(LightGcn, LearnsNothingWhereThereIsNothingToTellApart) {
  const auto nothing = make_recall("light_gcn", small());
  EXPECT_THAT(lists(recalled(*nothing, training_of(Lists(2), 3), requests_of({{}, {}}), 2).item),
              testing::Each(ElementsAre(-1, -1)));
  const auto everything = make_recall("light_gcn", small());
  recalled(*everything, training_of(Lists{{0, 1}}, 2), requests_of({{0, 1}}), 1);
}

}  // namespace
}  // namespace assay::test

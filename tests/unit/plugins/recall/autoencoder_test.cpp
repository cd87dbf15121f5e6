// mult_vae and recvae: what holds for every autoencoder over histories.

#include <ATen/Parallel.h>
#include <ATen/TensorOperators.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/ones.h>
#include <ATen/ops/randn.h>
#include <assay/extra/neural/bag_layer.h>
#include <assay/extra/neural/multinomial_likelihood.h>
#include <assay/extra/neural/user_bags.h>
#include <gmock/gmock.h>

#include "logged_data.h"
#include "recall/mult_vae/network.h"
#include "recall/recvae/network.h"
#include "shipped_plugin.h"
#include "stopping_fit.h"

namespace assay::test {
namespace {

using testing::Each;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::ThrowsMessage;

// autoencoders.json: numpy in float64.
class AutoencoderOf : public testing::Test {
 protected:
  static extra::Bags liked() {
    extra::Bags out;
    for (const auto& user : reference()["users"]) {
      for (const auto& pair : user) out.add(pair[0].get<int64_t>(), pair[1].get<float>());
      out.close();
    }
    return out;
  }
  static at::Tensor tensor(const nlohmann::json& values) {
    if (values[0].is_array()) return matrix(values.get<Numbers>());
    return matrix({values.get<std::vector<double>>()})[0];
  }
  /// Of a reference, in the order of what a network draws.
  static extra::NamedTensors ordered(const nlohmann::json& weights, extra::NamedTensors drawn) {
    for (auto& [name, value] : drawn) {
      const at::Tensor read = tensor(weights.at(name));
      EXPECT_EQ(read.sizes(), value.sizes()) << name;
      value = read;
    }
    return drawn;
  }
  static extra::NamedTensors layers(const extra::NamedTensors& all) {
    return {all.begin() + 2, all.end()};
  }
  static const nlohmann::json& reference() {
    static const nlohmann::json read = oracle("autoencoders.json");
    return read;
  }
  static void expect_close(const at::Tensor& got, const nlohmann::json& expected) {
    EXPECT_TRUE(got.allclose(tensor(expected), 1e-4, 1e-5)) << got << expected;
  }
  static at::Tensor drawn(const at::Tensor& mean, const at::Tensor& spread,
                          const at::Tensor& noise) {
    return mean + noise * (0.5 * spread).exp();
  }
  static at::Tensor with_one(const at::Tensor& rows) {
    return at::cat({rows, at::ones({rows.size(0), 1})}, 1);
  }
  at::Generator generator_ = at::detail::createCPUGenerator(1);
};

TEST_F(AutoencoderOf, LikelihoodAndItsGradientsAreThoseOfTheReference) {
  const auto& one = reference()["mult_vae"];
  extra::MultinomialLikelihood likelihood;
  const at::Tensor items = tensor(one["weights"]["items"]);
  for (int n = 0; n < 2; ++n) {  // the second time in memory of the first
    const auto found = likelihood(tensor(one["hidden"]), items, liked());
    EXPECT_NEAR(found.loss, one["likelihood"].get<double>(), 1e-5);
    expect_close(found.of_hidden, one["of_hidden"]);
    expect_close(found.of_items, one["of_items"]);
  }
  EXPECT_FALSE(likelihood(tensor(one["hidden"]), items, liked(), false).of_items.defined());
}

TEST_F(AutoencoderOf, ElboOfMultVaeIsThatOfTheReference) {
  const auto& one = reference()["mult_vae"];
  const auto all = ordered(one["weights"], mult_vae::draw(reference()["items"],
                                                          {.hidden = 4, .factors = 3}, generator_));
  const at::Tensor sums = extra::unit_length(liked()).sums(all[0].second);
  const auto posterior = mult_vae::encoded(sums, layers(all));
  expect_close(mult_vae::divergence(posterior), one["divergence"]);
  const at::Tensor hidden = mult_vae::decoded(
      drawn(posterior.mean, posterior.log_variance, tensor(one["noise"])), layers(all));
  expect_close(hidden, one["hidden"]);
  extra::MultinomialLikelihood likelihood;
  const double elbo =
      -(likelihood(hidden, all[1].second, liked()).loss +
        one["beta"].get<double>() * mult_vae::divergence(posterior).mean().item<double>());
  EXPECT_NEAR(elbo, one["elbo"].get<double>(), 1e-5);
  expect_close(mult_vae::decoded(posterior.mean, layers(all)).matmul(all[1].second.t()),
               one["scores"]);
}

TEST_F(AutoencoderOf, ElboOfRecVaeIsThatOfTheReference) {
  const auto& one = reference()["recvae"];
  const recvae::Widths widths{.hidden = 4, .factors = 3};
  const auto drawn_ones = recvae::draw(reference()["items"], widths, generator_);
  const auto all = ordered(one["weights"], drawn_ones), old = ordered(one["old"], drawn_ones);
  const extra::Bags unit = extra::unit_length(liked());
  const auto posterior = recvae::encoded(unit.sums(all[0].second), layers(all));
  expect_close(posterior.mean, one["mean"]);
  expect_close(posterior.log_variance, one["log_variance"]);
  const at::Tensor latent = drawn(posterior.mean, posterior.log_variance, tensor(one["noise"]));
  const at::Tensor prior =
      recvae::log_prior(latent, recvae::encoded(unit.sums(old[0].second), layers(old)),
                        one["shares"].get<std::vector<double>>());
  expect_close(prior, one["log_prior"]);
  const at::Tensor divergence = (recvae::log_normal(latent, posterior) - prior).sum(1);
  expect_close(divergence, one["divergence"]);
  extra::MultinomialLikelihood likelihood;
  const at::Tensor totals = matrix({{3, 2.5, 1}})[0];
  const double elbo = -(likelihood(with_one(latent), all[1].second, liked()).loss +
                        (totals * divergence).mean().item<double>() * one["gamma"].get<double>());
  EXPECT_NEAR(elbo, one["elbo"].get<double>(), 1e-4);
  expect_close(with_one(posterior.mean).matmul(all[1].second.t()), one["scores"]);
}

TEST(BagLayer, AStepMovesTheRowsOfItsBagsByTheGradientOfTheirSums) {
  const at::Tensor table = at::ones({4, 2});
  extra::BagLayer layer(table, {.learning_rate = 0.5});
  extra::Bags bags;
  bags.add(3, 2);
  bags.add(1, 0);  // dropped out: not touched
  bags.close();
  bags.close();
  const at::Tensor sums = layer.sums(bags);
  EXPECT_TRUE(sums.detach().equal(matrix({{2, 2}, {0, 0}})));
  (sums * matrix({{1, -1}, {5, 5}})).sum().backward();
  layer.step();
  EXPECT_TRUE(table.allclose(matrix({{1, 1}, {1, 1}, {1, 1}, {0.5, 1.5}}), 1e-5, 1e-5)) << table;
}

TEST(UserBags, AreScaledToLengthOneAndLoseAShareByDropout) {
  const TrainingView data = training_of({{0, 1, 2, 3}, {}, {2}}, 5);
  extra::UserBags bags(data, Repeats::once, 1, 7);
  EXPECT_EQ(bags.users(), 2);
  EXPECT_EQ(bags.items(), (std::vector<bool>{true, true, true, true, false}));
  bags.start(1);
  std::vector<size_t> sizes;
  for (int64_t n = 0; n < bags.batches(); ++n) sizes.push_back(bags.batch(n).rows.size());
  EXPECT_THAT(sizes, testing::UnorderedElementsAre(4, 1));
  extra::Bags many;
  for (int64_t item = 0; item < 10000; ++item) many.add(item, 2);
  many.close();
  EXPECT_FLOAT_EQ(extra::unit_length(many).weights[0], 0.01F);
  extra::SplitMix random(1, 1);
  const std::vector<float> kept = extra::unit_length(many, 0.75, random).weights;
  EXPECT_NEAR(static_cast<double>(std::ranges::count(kept, 0.04F)), 2500, 150);
  EXPECT_EQ(std::ranges::count(kept, 0.04F) + std::ranges::count(kept, 0.F), 10000);
}

/// One thread, as a worker has by default.
class Autoencoder : public testing::TestWithParam<std::string> {
 protected:
  void SetUp() override { at::set_num_threads(1); }
  void TearDown() override { at::set_num_threads(threads_); }
  const int threads_ = at::get_num_threads();

  static ParamMap small() {
    ParamMap params = {{"hidden", int64_t{16}}, {"factors", int64_t{8}}, {"batch_size", int64_t{8}},
                       {"epochs", int64_t{60}}, {"learning_rate", 0.01}, {"dropout", 0.3}};
    if (GetParam() == "mult_vae") params["beta"] = 0.05;
    return params;
  }
  std::unique_ptr<RecallStrategy> make(const ParamMap& params = small()) const {
    return make_recall(GetParam(), params);
  }
  /// Three tastes of five items each; every user has all but one of a taste.
  static Lists tastes() {
    Lists by_user;
    for (int64_t user = 0; user < 45; ++user) {
      by_user.emplace_back();
      for (int64_t n = 0; n < 5; ++n)
        if (n != user / 3 % 5) by_user.back().push_back(5 * (user % 3) + n);
    }
    return by_user;
  }
  TrainingView data_ = training_of(tastes(), 15);
};

TEST_P(Autoencoder, GuessesWhatIsMissingOfATaste) {
  const Lists best = lists(
      recalled(*make(), data_, requests_of({{0, 1, 2, 3}, {5, 6, 8}, {14, 13}, {10}}), 1).item);
  EXPECT_EQ(best[0][0], 4);
  EXPECT_THAT(best[1][0], testing::AnyOf(7, 9));
  EXPECT_THAT(best[2][0], testing::AllOf(testing::Ge(10), testing::Le(12)));
  EXPECT_GE(best[3][0], 11);
}

TEST_P(Autoencoder, TheLossFalls) {
  StoppingFit fit;
  make()->fit(data_, fit);
  EXPECT_LT(fit.curves["loss"].rbegin()->second, 0.8 * fit.curves["loss"].begin()->second);
}

TEST_P(Autoencoder, ARequestOfWhichTrainingKnewNoItemGetsAnEmptyList) {
  Lists by_user = tastes();
  const TrainingView data = training_of(by_user, 17);  // nobody had 15 and 16
  const Lists best = lists(recalled(*make(), data, requests_of({{}, {15}, {15, 0}}), 2).item);
  EXPECT_THAT(best[0], Each(-1));
  EXPECT_THAT(best[1], Each(-1));
  EXPECT_THAT(best[2], Each(testing::Ge(0)));
}

TEST_P(Autoencoder, AUserIsItsHistoryAlone) {
  const auto model = make();
  RequestBatch requests = requests_of({{0, 1, 2}, {0, 1, 2}});
  requests.user = at::tensor({3, -1}, at::kLong);
  const CandidateBatch best = recalled(*model, data_, requests, 4);
  EXPECT_TRUE(best.item[0].equal(best.item[1]));
}

TEST_P(Autoencoder, GivesARequestTheSameListInAnyBatch) {
  const auto model = make();
  const RequestBatch all = requests_of({{0, 1, 2}, {7}, {}, {5, 6, 7, 8, 9, 10}, {3, 4}});
  const CandidateBatch together = recalled(*model, data_, all, 4);
  std::vector<at::Tensor> items, scores;
  for (int64_t row = 0; row < 5; ++row) {
    const CandidateBatch one = model->recall(part_of(all, row, 1), 4, tiny_serve());
    items.push_back(one.item);
    scores.push_back(one.score);
  }
  EXPECT_TRUE(together.item.equal(at::cat(items)));
  EXPECT_TRUE(together.score.allclose(at::cat(scores), 1e-6, 1e-6));
}

TEST_P(Autoencoder, ScoresAreProductsOfItsVectors) {
  const auto model = make();
  const RequestBatch requests = requests_of({{0, 1, 2}, {}, {7, 8}});
  const CandidateBatch best = recalled(*model, data_, requests, 3);
  const at::Tensor products = model->vectors()
                                  ->query_vectors(requests, tiny_serve())
                                  .matmul(model->vectors()->item_vectors().t());
  EXPECT_TRUE(products[0].index_select(0, best.item[0]).allclose(best.score[0], 1e-5, 1e-5));
  EXPECT_TRUE(products[1].eq(0).all().item<bool>());
}

TEST_P(Autoencoder, ServesTheSameAfterSaveAndLoad) {
  const auto model = make();
  const RequestBatch requests = requests_of(tastes());
  const CandidateBatch before = recalled(*model, data_, requests, 5);
  const CandidateBatch after = copied(*model, make())->recall(requests, 5, tiny_serve());
  EXPECT_TRUE(before.item.equal(after.item));
  EXPECT_TRUE(before.score.equal(after.score));
}

TEST_P(Autoencoder, LearnsTheSameBitsTwice) {
  const RequestBatch requests = requests_of(tastes());
  const auto one = make(), two = make();
  EXPECT_TRUE(
      recalled(*one, data_, requests, 5).score.equal(recalled(*two, data_, requests, 5).score));
}

TEST_P(Autoencoder, GoesOnFromACheckpointAsIfItHadNeverStopped) {
  const RequestBatch requests = requests_of(tastes());
  StoppingFit whole, first(&no_features(), 15), second;
  const auto straight = make(), stopped = make(), resumed = make();
  straight->fit(data_, whole);
  stopped->fit(data_, first);
  second.from = first.last;
  resumed->fit(data_, second);
  EXPECT_EQ(second.curves["loss"].begin()->first, 16);
  EXPECT_TRUE(straight->recall(requests, 5, tiny_serve())
                  .score.equal(resumed->recall(requests, 5, tiny_serve()).score));
}

TEST_P(Autoencoder, StopsOnceValidationsNoLongerImproveAndKeepsTheBest) {
  ParamMap params = small(), two = small();
  params["patience"] = int64_t{2};
  two["epochs"] = int64_t{2};
  StoppingFit fit;
  fit.validations = {0.1, 0.3, 0.2, 0.25, 0.9};
  const auto model = make(params), same = make(two);
  model->fit(data_, fit);
  EXPECT_EQ(fit.notes["chosen.epochs"], "2");
  EXPECT_EQ(fit.curves["loss"].size(), 4);
  TinyFit plain;
  same->fit(data_, plain);
  EXPECT_TRUE(model->vectors()->item_vectors().equal(same->vectors()->item_vectors()));
}

TEST_P(Autoencoder, AFinalRefitLearnsForAsLongAsWasChosen) {
  ParamMap params = small();
  params["patience"] = int64_t{2};
  StoppingFit fit;
  fit.chosen_epochs = "7";
  make(params)->fit(data_, fit);
  EXPECT_EQ(fit.curves["loss"].size(), 7);
}

TEST_P(Autoencoder, PairsCountWhatEventsWeigh) {
  std::vector<Event> events;
  const Lists by_user = tastes();
  for (size_t user = 0; user < by_user.size(); ++user)
    for (const int64_t item : by_user[user]) events.push_back({static_cast<int64_t>(user), item});
  for (Event& event : events) event.weight = event.item < 5 ? 0 : 1;
  const TrainingView weighted = training_of(events, 45, 15);
  const Lists best = lists(recalled(*make(), weighted, requests_of({{0, 1}, {5, 6, 7}}), 2).item);
  EXPECT_THAT(best[0], Each(-1)) << "items of weight 0 are not learnt";
  EXPECT_THAT(best[1], testing::UnorderedElementsAre(8, 9));
}

TEST_P(Autoencoder, LearnsNothingFromAWindowWithoutPositives) {
  const Lists best =
      lists(recalled(*make(), training_of({{}, {}}, 3), requests_of({{}, {1}}), 2).item);
  EXPECT_THAT(best, Each(Each(-1)));
}

TEST_P(Autoencoder, OneUserWithOneItemIsEnough) {
  const Lists best = lists(recalled(*make(), training_of({{0}}, 1), requests_of({{0}}), 3).item);
  EXPECT_THAT(best, ElementsAre(Each(-1)));
}

TEST_P(Autoencoder, ALossThatDivergesIsAnErrorWithItsEpoch) {
  ParamMap params = small();
  params["learning_rate"] = 10.0;
  TinyFit fit;
  try {
    make(params)->fit(data_, fit);
  } catch (const InvalidInput& error) {
    EXPECT_THAT(error.what(), HasSubstr("it diverges; lower learning_rate, which is 10"));
  }
}

INSTANTIATE_TEST_SUITE_P(, Autoencoder, testing::Values("mult_vae", "recvae"));

TEST(RecVae, SharesOfThePriorThatMakeNoMixtureAreAnError) {
  const auto with = [](std::vector<double> shares) {
    return [shares] { make_recall("recvae", {{"prior_shares", shares}}); };
  };
  EXPECT_THAT(with({0.5, 0.5}), ThrowsMessage<InvalidInput>(HasSubstr("holds 2 numbers")));
  EXPECT_THAT(with({0.5, 0.4, 0.3}), ThrowsMessage<InvalidInput>(HasSubstr("with the sum 1.2")));
}

}  // namespace
}  // namespace assay::test

#include <ATen/Parallel.h>
#include <ATen/TensorOperators.h>
#include <ATen/ops/matmul.h>
#include <ATen/ops/stack.h>
#include <ATen/ops/tensor.h>
#include <ATen/ops/zeros_like.h>
#include <gmock/gmock.h>

#include "recall/simple_x/cosine_model.h"
#include "shipped_plugin.h"
#include "tiny_data.h"

namespace assay::test {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::ThrowsMessage;

Lists tastes() { return {{0, 1, 2}, {0, 1}, {1, 2}, {3, 4}, {3, 4, 5}, {4, 5}}; }

ParamMap small() {
  return {{"factors", int64_t{8}},  {"epochs", int64_t{300}},  {"margin", 0.2},
          {"negative_weight", 5.0}, {"negatives", int64_t{3}}, {"batch_size", int64_t{4}},
          {"learning_rate", 0.01}};
}

// The loss of the paper by autograd, in float64.
at::Tensor loss_of(const at::Tensor& users, const at::Tensor& items, const at::Tensor& map,
                   const simple_x::Batch& batch, const Lists& histories,
                   const simple_x::Settings& settings) {
  std::vector<at::Tensor> losses;
  const auto cosine = [](const at::Tensor& a, const at::Tensor& b) {
    return a.dot(b) / (a.norm() * b.norm());
  };
  for (size_t n = 0; n < batch.users.size(); ++n) {
    const std::vector<int64_t>& history = histories[batch.users[n]];
    const at::Tensor mean = items.index_select(0, at::tensor(history, at::kLong)).mean(0);
    const at::Tensor user = settings.own_share * users[batch.users[n]] +
                            (1 - settings.own_share) * at::matmul(map, mean);
    at::Tensor loss = 1 - cosine(user, items[batch.items[n]]);
    std::vector<int64_t> negatives;
    for (const int64_t item : batch.negatives)
      if (std::ranges::count(history, item) == 0) negatives.push_back(item);
    for (const int64_t item : negatives) {
      loss = loss + settings.negative_weight / static_cast<double>(negatives.size()) *
                        (cosine(user, items[item]) - settings.margin).clamp_min(0);
    }
    losses.push_back(loss);
  }
  return at::stack(losses).mean();
}

at::Tensor dense(const std::vector<int64_t>& rows, const std::vector<float>& values,
                 const at::Tensor& like) {
  at::Tensor out = at::zeros_like(like);
  const int64_t width = like.size(1);
  for (size_t n = 0; n < rows.size(); ++n)
    for (int64_t d = 0; d < width; ++d) out[rows[n]][d] = values[n * width + d];
  return out.to(at::kDouble);
}

TEST(SimpleX, GradientsAreThoseOfAutograd) {
  const simple_x::Settings settings{.factors = 5,
                                    .own_share = 0.3,
                                    .history_length = 10,
                                    .margin = 0.1,
                                    .negative_weight = 4,
                                    .initial_deviation = 1};
  simple_x::CosineModel model(settings);
  model.draw(6, 6, at::detail::createCPUGenerator(3));
  const std::vector<int64_t> users = {0, 3, 0, 5}, items = {1, 4, 2, 5}, negatives = {0, 4, 3, 5};
  const simple_x::Batch batch{users, items, negatives};
  const Ragged rows = ragged(tastes());
  const simple_x::Gradients found = model.gradients(batch, extra::RaggedSpans(rows));

  const auto leaf = [](const at::Tensor& t) {
    return t.to(at::kDouble).clone().requires_grad_(true);
  };
  const at::Tensor u = leaf(model.users()), i = leaf(model.items()), w = leaf(model.map());
  const at::Tensor loss = loss_of(u, i, w, batch, tastes(), settings);
  loss.backward();
  EXPECT_NEAR(found.loss, loss.item<double>(), 1e-6);
  EXPECT_TRUE(dense(found.users, found.of_users, model.users()).allclose(u.grad(), 1e-4, 1e-6));
  EXPECT_TRUE(dense(found.items, found.of_items, model.items()).allclose(i.grad(), 1e-4, 1e-6));
  EXPECT_TRUE(found.of_map.to(at::kDouble).allclose(w.grad(), 1e-4, 1e-6));
}

TEST(SimpleX, BringsWhatUsersOfTheSameTasteLiked) {
  const auto model = make_recall("simple_x", small());
  const TrainingView data = training_of(tastes(), 6);
  const Lists best = lists(recalled(*model, data, requests_of(tastes()), 1).item);
  EXPECT_EQ(best[1][0], 2);
  EXPECT_EQ(best[2][0], 0);
  EXPECT_EQ(best[3][0], 5);
  EXPECT_EQ(best[5][0], 3);
}

TEST(SimpleX, ServesNewUsersByTheirHistoryAndNobodyWithoutOne) {
  const auto model = make_recall("simple_x", small());
  RequestBatch requests = requests_of({{0, 1}, {3, 5}, {}});
  requests.user.fill_(-1);
  const Lists best = lists(recalled(*model, training_of(tastes(), 6), requests, 1).item);
  EXPECT_THAT(best, ElementsAre(ElementsAre(2), ElementsAre(4), ElementsAre(-1)));
}

TEST(SimpleX, LearnsTheSameBitsWithAnyNumberOfThreads) {
  Lists by_user(300);
  for (int64_t user = 0; user < 300; ++user)
    by_user[user] = {user % 170, (user * 7 + 3) % 170, (user * 3 + 90) % 170};
  for (auto& row : by_user) {
    std::ranges::sort(row);
    row.erase(std::ranges::unique(row).begin(), row.end());
  }
  const auto vectors = [&](int threads) {
    const int before = at::get_num_threads();
    at::set_num_threads(threads);
    TinyFit fit;
    const auto model =
        make_recall("simple_x", {{"epochs", int64_t{2}}, {"negatives", int64_t{64}}});
    model->fit(training_of(by_user, 170), fit);
    at::set_num_threads(before);
    return model->vectors()->item_vectors().clone();
  };
  const at::Tensor one = vectors(1);
  EXPECT_TRUE(one.equal(vectors(2)));
  EXPECT_TRUE(one.equal(vectors(1)));
}

TEST(SimpleX, ScoresAreCosines) {
  const auto model = make_recall("simple_x", small());
  const CandidateBatch best = recalled(*model, training_of(tastes(), 6), requests_of({{0}}), 3);
  const Numbers scores = numbers(best.score);
  for (const double score : scores[0]) {
    EXPECT_LE(score, 1 + 1e-6);
    EXPECT_GE(score, -1 - 1e-6);
  }
}

TEST(SimpleX, ServesTheSameAfterSaveAndLoad) {
  const auto model = make_recall("simple_x", small());
  const RequestBatch requests = requests_of(tastes());
  const CandidateBatch before = recalled(*model, training_of(tastes(), 6), requests, 3);
  const CandidateBatch after =
      copied(*model, make_recall("simple_x", small()))->recall(requests, 3, tiny_serve());
  EXPECT_TRUE(before.item.equal(after.item));
  EXPECT_TRUE(before.score.equal(after.score));
}

TEST(SimpleX, LearnsNothingFromAWindowWithoutPositives) {
  const auto model = make_recall("simple_x", small());
  const CandidateBatch best = recalled(*model, training_of(Lists(2), 3), requests_of({{}, {}}), 2);
  EXPECT_THAT(lists(best.item), testing::Each(ElementsAre(-1, -1)));
}

TEST(SimpleX, TheLastEpochsLearnWithATenthOfTheRate) {
  const TrainingView data = training_of(tastes(), 6);
  const auto items = [&](int64_t epochs, int64_t cooldown) {
    ParamMap params = small();
    params["epochs"] = epochs;
    params["cooldown"] = cooldown;
    params["initial_deviation"] = 1.0;
    const auto model = make_recall("simple_x", params);
    TinyFit fit;
    model->fit(data, fit);
    return model->vectors()->item_vectors();
  };
  const at::Tensor before = items(20, 0);
  const double fast = (items(21, 0) - before).norm().item<double>();
  EXPECT_GT(fast, 0);
  EXPECT_NEAR((items(21, 1) - before).norm().item<double>(), fast / 10, fast / 20);
}

TEST(SimpleX, ACooldownIsPartOfTheEpochsAndNotForValidations) {
  ParamMap params = small();
  params["cooldown"] = int64_t{301};
  EXPECT_THAT([&] { make_recall("simple_x", params); },
              ThrowsMessage<InvalidInput>(HasSubstr("more than all epochs, 300")));
  params["cooldown"] = int64_t{3};
  params["patience"] = int64_t{2};
  EXPECT_THAT([&] { make_recall("simple_x", params); },
              ThrowsMessage<InvalidInput>(HasSubstr("set one of them to 0")));
}

}  // namespace
}  // namespace assay::test

#include <ATen/Parallel.h>
#include <ATen/TensorOperators.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/eye.h>
#include <ATen/ops/linalg_solve.h>
#include <ATen/ops/matmul.h>
#include <ATen/ops/zeros.h>
#include <gmock/gmock.h>

#include "logged_data.h"
#include "shipped_plugin.h"

namespace assay::test {
namespace {

using testing::ElementsAre;

const std::string kExact = "cholesky";

TrainingView two_tastes() {
  return training_of({{0, 1, 2}, {0, 1}, {1, 2}, {3, 4}, {3, 4, 5}, {4, 5}}, 6);
}

ParamMap small(const std::string& solver = kExact) {
  return {{"factors", int64_t{4}}, {"alpha", 10.0}, {"lambda", 0.1}, {"solver", solver}};
}

TEST(Als, BringsWhatUsersOfTheSameTasteLiked) {
  for (const std::string& solver : {kExact, std::string("conjugate_gradient")}) {
    const auto als = make_recall("als", small(solver));
    const Lists best = lists(recalled(*als, two_tastes(), requests_of({{0, 1}, {4}}), 1).item);
    EXPECT_EQ(best[0][0], 2) << solver;
    EXPECT_THAT(best[1][0], testing::AnyOf(3, 5)) << solver;
  }
}

TEST(Als, NotesALossThatFallsWithEveryExactIteration) {
  ParamMap params = small();
  params["losses"] = true;
  TinyFit fit;
  make_recall("als", params)->fit(two_tastes(), fit);
  for (int pass = 2; pass <= 15; ++pass) {
    EXPECT_LE(std::stod(fit.notes.at("loss." + std::to_string(pass))),
              std::stod(fit.notes.at("loss." + std::to_string(pass - 1))) * (1 + 1e-6));
  }
  EXPECT_EQ(fit.notes["loss"], fit.notes["loss.15"]);
}

TEST(Als, TheVectorOfARequestIsTheSolutionForItsHistory) {
  const auto als = make_recall("als", small());
  TinyFit fit;
  als->fit(two_tastes(), fit);
  const RequestBatch requests = requests_of({{0, 4, 5}});
  const at::Tensor y = als->vectors()->item_vectors().to(at::kDouble);
  const at::Tensor seen = y.index_select(0, requests.history.values);
  const at::Tensor left =
      y.t().matmul(y) + 10 * seen.t().matmul(seen) + 0.1 * at::eye(4, at::kDouble);
  const at::Tensor expected = at::linalg_solve(left, 11 * seen.sum(0));
  const at::Tensor got = als->vectors()->query_vectors(requests, tiny_serve())[0];
  EXPECT_TRUE(got.to(at::kDouble).allclose(expected, 1e-5, 1e-6));
}

TEST(Als, ARepeatedPositiveCountsMoreWhereStrengthIsEvents) {
  const std::vector<Event> events = {{0, 0}, {0, 0}, {0, 0}, {0, 1}, {1, 0}, {1, 2}};
  const auto loss = [&](const std::string& strength) {
    ParamMap params = small();
    params["strength"] = strength;
    TinyFit fit;
    make_recall("als", params)->fit(training_of(events, 2, 3), fit);
    return std::stod(fit.notes["loss"]);
  };
  EXPECT_NE(loss("events"), loss("positive"));
}

TEST(Als, LearnsTheSameBitsWithAnyNumberOfThreads) {
  Lists users;
  for (int64_t u = 0; u < 300; ++u) users.push_back({u % 7, 7 + u % 11, 18 + u * u % 23});
  const TrainingView data = training_of(users, 41);
  for (const std::string& solver : {kExact, std::string("conjugate_gradient")}) {
    const auto vectors = [&](int threads) {
      const int before = at::get_num_threads();
      at::set_num_threads(threads);
      const auto als = make_recall("als", small(solver));
      TinyFit fit;
      als->fit(data, fit);
      at::set_num_threads(before);
      return als->vectors()->item_vectors();
    };
    EXPECT_TRUE(vectors(1).equal(vectors(4))) << solver;
  }
}

// The loss of Hu, Koren & Volinsky (2008, equation 3) of these item factors and the best users for
// them, with the parameters of small(): confidence 11 where a user was positive, 1 elsewhere.
double least_loss(const at::Tensor& item_vectors, const Lists& users) {
  const at::Tensor y = item_vectors.to(at::kDouble);
  double loss = 0.1 * y.square().sum().item<double>();
  for (const auto& liked : users) {
    at::Tensor wanted = at::zeros({y.size(0)}, at::kDouble);
    for (const int64_t item : liked) wanted[item] = 1;
    const at::Tensor confidence = wanted * 10 + 1;
    const at::Tensor left =
        y.t().matmul(confidence.unsqueeze(1) * y) + 0.1 * at::eye(4, at::kDouble);
    const at::Tensor x = at::linalg_solve(left, y.t().matmul(confidence * wanted));
    const at::Tensor missed = wanted - y.matmul(x);
    loss +=
        (confidence * missed.square()).sum().item<double>() + 0.1 * x.square().sum().item<double>();
  }
  return loss;
}

/// Three tastes; later everybody likes items that nobody had seen.
struct TwoPeriods {
  Lists before, after, all;
  TwoPeriods() {
    for (int64_t u = 0; u < 60; ++u) {
      const int64_t taste = u % 3 * 10;
      before.push_back({taste + u % 7, taste + (u * u + 1) % 7, taste + (u / 3) % 7});
      after.push_back({taste + 7 + u / 3 % 3, taste + u % 7});
      all.push_back(before.back());
      all.back().insert(all.back().end(), after.back().begin(), after.back().end());
    }
  }
};

TEST(Als, AnUpdateComesCloseToARefit) {
  const TwoPeriods log;
  for (const std::string& solver : {kExact, std::string("conjugate_gradient")}) {
    TinyFit fit;
    const auto updated = make_recall("als", small(solver)),
               refitted = make_recall("als", small(solver));
    updated->fit(training_of(log.before, 30), fit);
    const double stale = least_loss(updated->vectors()->item_vectors(), log.all);
    updated->update(training_of(log.after, 30), fit);
    const double loss = least_loss(updated->vectors()->item_vectors(), log.all);
    refitted->fit(training_of(log.all, 30), fit);
    const double best = least_loss(refitted->vectors()->item_vectors(), log.all);
    EXPECT_LT(loss, 0.7 * stale) << solver;
    EXPECT_LT(loss, 1.1 * best) << solver;
    const Lists lists_of_a_taste =
        lists(updated->recall(requests_of({{7, 8}}), 8, tiny_serve()).item);
    EXPECT_THAT(lists_of_a_taste[0], testing::Each(testing::Lt(10)));
  }
}

TEST(Als, AnUpdateAddsTheEventsOfAPairWhereStrengthIsEvents) {
  // User 2 and item 3 have their first events together.
  const std::vector<Event> before = {{0, 0}, {0, 1}, {1, 0}, {1, 2}, {1, 2}},
                           after = {{0, 0}, {0, 0}, {1, 1}, {2, 3}, {2, 3}};
  std::vector<Event> all = before;
  all.insert(all.end(), after.begin(), after.end());
  ParamMap params = small();
  params["strength"] = std::string("events");
  params["iterations"] = params["update_iterations"] = int64_t{300};
  const auto loss = [&](const std::vector<std::vector<Event>>& parts) {
    TinyFit fit;
    const auto als = make_recall("als", params);
    als->fit(training_of(parts.front(), 3, 4), fit);
    for (size_t part = 1; part < parts.size(); ++part)
      als->update(training_of(parts[part], 3, 4), fit);
    return std::stod(fit.notes.at("loss"));
  };
  EXPECT_NEAR(loss({before, after}) / loss({all}), 1, 1e-3) << "both at the minimum";
}

}  // namespace
}  // namespace assay::test

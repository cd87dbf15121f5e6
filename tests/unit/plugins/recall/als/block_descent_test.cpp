#include "recall/als/block_descent.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/ones_like.h>
#include <ATen/ops/zeros.h>
#include <ATen/ops/zeros_like.h>
#include <assay/error.h>
#include <gmock/gmock.h>

#include <functional>

#include "logged_data.h"
#include "recall/als/gram.h"
#include "recall/als/implicit_least_squares.h"

namespace assay::test {
namespace {

using namespace als;

constexpr int64_t kUsers = 943, kItems = 1682, kFactors = 8;

/// Sets one side from the other; both are padded.
using Solve = std::function<void(const ConfidenceMatrix& seen, const at::Tensor& fixed,
                                 const Objective& objective, at::Tensor& rows)>;

void exactly(const ConfidenceMatrix& seen, const at::Tensor& fixed, const Objective& objective,
             at::Tensor& rows) {
  solve_exactly(seen, fixed, kFactors, objective, rows);
}
void by_gradient(const ConfidenceMatrix& seen, const at::Tensor& fixed, const Objective& objective,
                 at::Tensor& rows) {
  solve_by_conjugate_gradient(seen, fixed, objective, 40, rows);
}
Solve in_blocks_of(int64_t block) {
  return
      [block](const ConfidenceMatrix& seen, const at::Tensor& fixed, const Objective& objective,
              at::Tensor& rows) { solve_by_blocks(seen, fixed, kFactors, objective, block, rows); };
}

/// A case of models_closed_form.json: its loss and the pairs it is about.
struct Problem {
  explicit Problem(const nlohmann::json& params, const Ragged& rows)
      : hu(params.contains("alpha")),
        weight(hu ? 1 : params["alpha0"].get<double>()),
        users(hu ? Objective(params["lambda"].get<double>())
                 : Objective(params["lambda"], weight, params["nu"], kItems)),
        items(hu ? users : Objective(params["lambda"], weight, params["nu"], kUsers)),
        by_user{rows, {}} {
    const double c = 1 + (hu ? params["alpha"].get<double>() : 1 / weight);
    by_user.confidence.assign(static_cast<size_t>(rows.values.size(0)), static_cast<float>(c));
    by_item = transposed(by_user, kItems);
    pairs =
        static_cast<double>(kUsers) * kItems + (c - 1) * static_cast<double>(rows.values.size(0));
  }

  /// As the file has it: neither divided by the weight of an unobserved pair nor by those of all.
  double loss(const at::Tensor& x, const at::Tensor& y) const {
    return implicit_loss(by_user, x, y, users, items) * pairs * weight;
  }

  bool hu;
  double weight;
  Objective users, items;
  ConfidenceMatrix by_user, by_item;
  double pairs;
};

/// One digit a factor.
at::Tensor initial_items() {
  const std::string digits = oracle("models_closed_form.json")["als_initial_item_factors"];
  at::Tensor items = at::zeros({kItems, padded_width(kFactors)}, at::kFloat);
  float* const to = items.mutable_data_ptr<float>();
  for (int64_t n = 0; n < kItems * kFactors; ++n) {
    const int digit = digits[static_cast<size_t>(n)] - '0';
    to[n / kFactors * items.size(1) + n % kFactors] = (static_cast<float>(digit) - 4.5F) / 10;
  }
  return items;
}

/// The loss after each of `sweeps`.
std::vector<double> losses(const Problem& problem, int sweeps, const Solve& solve) {
  at::Tensor items = initial_items();
  at::Tensor users = at::zeros({kUsers, items.size(1)}, at::kFloat);
  std::vector<double> all;
  for (int sweep = 0; sweep < sweeps; ++sweep) {
    solve(problem.by_user, items, problem.users, users);
    solve(problem.by_item, users, problem.items, items);
    all.push_back(problem.loss(users, items));
  }
  return all;
}

std::vector<nlohmann::json> cases() {
  std::vector<nlohmann::json> found;
  for (const nlohmann::json& one : oracle("models_closed_form.json")["cases"])
    if (one["k"] == 10 && (one["model"] == "ials" || one["model"] == "als") &&
        one["params"].value("r", "one") == "one")
      found.push_back(one);
  return found;
}

TEST(BlockDescent, EverySolverHasTheLossesOfTheReferenceForBothObjectives) {
  ASSAY_NEEDS_DATA(path, "movielens-100k/ml-100k.inter");
  const Split split = movielens(path, "A");
  ASSERT_GE(cases().size(), 4U);
  for (const nlohmann::json& one : cases()) {
    const Problem problem(one["params"], split.train.by_user);
    for (const Solve& solve : {Solve(exactly), in_blocks_of(kFactors), Solve(by_gradient)}) {
      const std::vector<double> got = losses(problem, 5, solve);
      for (const int sweep : {1, 2, 5}) {
        const double expected = one["objective_after_sweeps"][std::to_string(sweep)];
        EXPECT_NEAR(got[static_cast<size_t>(sweep - 1)] / expected, 1, 1e-3)
            << one["params"] << " sweep " << sweep;
      }
    }
  }
}

TEST(BlockDescent, SmallBlocksNeverRaiseTheLossAndComeAsFar) {
  ASSAY_NEEDS_DATA(path, "movielens-100k/ml-100k.inter");
  const Split split = movielens(path, "A");
  for (const nlohmann::json& one : cases()) {
    if (one["model"] != "ials") continue;
    const Problem problem(one["params"], split.train.by_user);
    const double exact = losses(problem, 30, exactly).back();
    for (const int64_t block : {1, 3}) {  // 3 does not divide 8
      const std::vector<double> got = losses(problem, 30, in_blocks_of(block));
      for (size_t n = 1; n < got.size(); ++n) EXPECT_LE(got[n], got[n - 1] * (1 + 1e-5));
      EXPECT_NEAR(got.back() / exact, 1, 0.05) << "blocks of " << block;
    }
  }
}

TEST(BlockDescent, RepeatedPassesReachTheExactSolutionOfARow) {
  const ConfidenceMatrix seen{ragged({{0, 2}, {1}, {}}), {5, 3, 11}};
  at::Tensor y = at::zeros({3, padded_width(kFactors)}, at::kFloat);
  for (int64_t i = 0; i < 3; ++i)
    for (int64_t f = 0; f < kFactors; ++f) y[i][f] = 0.1 * static_cast<double>((i * 7 + f * 3) % 5);
  const Objective objective(0.05, 0.2, 1, 3);
  at::Tensor exact = at::zeros({3, y.size(1)}, at::kFloat), passes = at::ones_like(exact);
  passes.slice(1, kFactors).zero_();
  solve_exactly(seen, y, kFactors, objective, exact);
  for (int pass = 0; pass < 500; ++pass) solve_by_blocks(seen, y, kFactors, objective, 3, passes);
  EXPECT_TRUE(passes.allclose(exact, 1e-3, 1e-4));
  EXPECT_EQ(passes[2].abs().max().item<float>(), 0) << "a row without a value";
}

TEST(BlockDescent, SaysThatLambdaIsTooSmall) {
  const ConfidenceMatrix seen{ragged({{0}}), {2}};
  at::Tensor y = at::zeros({1, padded_width(kFactors)}, at::kFloat);
  at::Tensor x = at::zeros_like(y);
  EXPECT_THROW(solve_by_blocks(seen, y, kFactors, 0.0, 4, x), InvalidInput);
}

}  // namespace
}  // namespace assay::test

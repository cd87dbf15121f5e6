#include "recall/als/implicit_least_squares.h"

#include <ATen/ops/zeros.h>
#include <gmock/gmock.h>

#include <cstdint>

#include "logged_data.h"
#include "recall/als/gram.h"

namespace assay::test {
namespace {

using namespace als;

// The initial factors that the oracle's protocol names.
at::Tensor initial(int64_t first, int64_t rows, int64_t factors) {
  at::Tensor start = at::zeros({rows, padded_width(factors)}, at::kFloat);
  float* const to = start.mutable_data_ptr<float>();
  for (int64_t r = 0; r < rows; ++r) {
    for (int64_t f = 0; f < factors; ++f) {
      const auto n = static_cast<uint64_t>((first + r) * factors + f + 1);
      const auto hashed = static_cast<double>((n * 2654435761) % (uint64_t{1} << 32));
      to[r * start.size(1) + f] = static_cast<float>(0.01 * (hashed / 4294967296.0));
    }
  }
  return start;
}

TEST(ImplicitLeastSquares, HasTheLossOfImplicitAfterEveryIterationFromTheSameFactors) {
  ASSAY_NEEDS_DATA(path, "movielens-100k/ml-100k.inter");
  constexpr int64_t kUsers = 943, kItems = 1682;
  Lists rated(kUsers);
  for (const Rating& r : read_ratings(path)) rated[r.user].push_back(r.item);
  const nlohmann::json reference = oracle("als_ml100k.json");
  const double lambda = reference["lambda"];
  ASSERT_EQ(reference["cases"].size(), 6U);
  for (const nlohmann::json& one : reference["cases"]) {
    const int64_t factors = one["factors"];
    ConfidenceMatrix by_user{ragged(rated), {}};
    by_user.confidence.assign(by_user.columns.values.size(0), one["confidence"].get<float>());
    const ConfidenceMatrix by_item = transposed(by_user, kItems);
    at::Tensor users = initial(0, kUsers, factors), items = initial(kUsers, kItems, factors);
    const auto solve = [&](const ConfidenceMatrix& seen, const at::Tensor& fixed,
                           at::Tensor& mine) {
      if (one["solver"] == "cholesky")
        solve_exactly(seen, fixed, factors, lambda, mine);
      else
        solve_by_conjugate_gradient(seen, fixed, lambda, reference["conjugate_gradient_steps"],
                                    mine);
    };
    ASSERT_EQ(one["losses"].size(), 15U);
    for (const nlohmann::json& expected : one["losses"]) {
      solve(by_user, items, users);
      solve(by_item, users, items);
      EXPECT_NEAR(implicit_loss(by_user, users, items, lambda) / expected.get<double>(), 1, 1e-3)
          << one["solver"] << ", " << factors << " factors, confidence " << one["confidence"];
    }
  }
}

}  // namespace
}  // namespace assay::test

#include "stats/list_agreement.h"

#include <gmock/gmock.h>

#include <fstream>
#include <nlohmann/json.hpp>
#include <vector>

namespace assay::stats {
namespace {

using List = std::vector<int32_t>;
using Json = nlohmann::json;

Json oracle() {
  return Json::parse(
      std::ifstream(std::string(ASSAY_SOURCE_DIR) + "/tests/golden/oracles/list_agreement.json"));
}

TEST(ListAgreement, AgreesWithThePackageRboWithScipyAndWithFaginsClosedForm) {
  const Json file = oracle();
  int with_tau = 0;
  for (const Json& one : file["cases"]) {
    const List a = one["a"], b = one["b"];
    EXPECT_NEAR(*overlap(a, b), one["overlap"].get<double>(), 1e-9);
    for (const auto& [p, expected] : one["rbo_ext"].items()) {
      EXPECT_NEAR(*rank_biased_overlap(a, b, std::stod(p)), expected.get<double>(), 1e-9) << one;
      EXPECT_NEAR(*rank_biased_overlap(b, a, std::stod(p)), expected.get<double>(), 1e-9) << one;
    }
    for (const auto& [p, expected] : one["fagin"].items())
      EXPECT_NEAR(*kendall_distance(a, b, std::stod(p)), expected.get<double>(), 1e-9) << one;
    if (one["kendall"].is_null()) {
      EXPECT_FALSE(kendall_tau(a, b)) << one;
      continue;
    }
    EXPECT_NEAR(*kendall_tau(a, b), one["kendall"].get<double>(), 1e-9) << one;
    ++with_tau;
  }
  EXPECT_EQ(file["cases"].size(), 63u);
  EXPECT_EQ(with_tau, 35);
}

TEST(ListAgreement, EmptyListsHaveNothingToCompare) {
  const List empty, some = {1, 2};
  EXPECT_FALSE(overlap(empty, empty));
  EXPECT_EQ(*overlap(empty, some), 0);
  EXPECT_FALSE(rank_biased_overlap(empty, some, 0.9));
  EXPECT_FALSE(kendall_tau(empty, some));
  EXPECT_FALSE(kendall_distance(some, empty, 0.5));
}

// Webber et al. 2010, equation 30, by hand: agreements 0, 1/2, 2/3 at depths 1 to 3.
TEST(ListAgreement, RankBiasedOverlapOfEqualLengthsIsEquation30) {
  const double p = 0.9, sum = 0 + p * p / 2 + p * p * p * 2 / 3;
  EXPECT_NEAR(*rank_biased_overlap(List{1, 2, 3}, List{2, 9, 3}, p),
              (1 - p) / p * sum + p * p * p * 2 / 3, 1e-12);
}

}  // namespace
}  // namespace assay::stats

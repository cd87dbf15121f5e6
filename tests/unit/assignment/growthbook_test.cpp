#include "assignment/growthbook.h"

#include <gmock/gmock.h>

#include "error/error.h"
#include "oracle.h"

namespace assay::assignment {
namespace {

using nlohmann::json;

std::vector<BucketRange> ranges_of(const json& pairs) {
  std::vector<BucketRange> ranges;
  for (const json& pair : pairs) ranges.push_back({pair[0], pair[1]});
  return ranges;
}

TEST(GrowthBook, FnvIsThatOfTheSdk) {
  EXPECT_EQ(each_case("fnv1a32",
                      [](const json& one) {
                        EXPECT_EQ(fnv1a(one["value"].get<std::string>()), one["expected"]);
                      }),
            6);
}

TEST(GrowthBook, HashOfBothVersionsIsThatOfTheSdk) {
  EXPECT_EQ(each_case("growthbook_hash",
                      [](const json& one) {
                        const GrowthBookHash hash(one["seed"].get<std::string>(), one["version"]);
                        EXPECT_DOUBLE_EQ(hash.hash(one["value"].get<std::string>()),
                                         one["expected"].get<double>());
                      }),
            45);
}

TEST(GrowthBook, CharactersBeyondTheBasicPlaneAreTwoSurrogates) {
  // U+1F600 is D83D DE00.
  const uint32_t high = (kFnvStart ^ 0xD83DU) * kFnvPrime;
  EXPECT_EQ(fnv1a("\xF0\x9F\x98\x80"), (high ^ 0xDE00U) * kFnvPrime);
}

TEST(GrowthBook, BucketRangesAreThoseOfTheSdk) {
  EXPECT_EQ(each_case("bucket_ranges",
                      [](const json& one) {
                        const auto weights = one["weights"].is_null()
                                                 ? std::vector<double>()
                                                 : one["weights"].get<std::vector<double>>();
                        const auto got =
                            bucket_ranges(one["n_variations"], one["coverage"], weights);
                        const auto wanted = ranges_of(one["expected"]);
                        ASSERT_EQ(got.size(), wanted.size());
                        for (size_t i = 0; i < got.size(); ++i) {
                          EXPECT_NEAR(got[i].low, wanted[i].low, 1e-12);
                          EXPECT_NEAR(got[i].high, wanted[i].high, 1e-12);
                        }
                      }),
            15);
}

TEST(GrowthBook, VariationIsTheFirstRangeThatHoldsTheHash) {
  EXPECT_EQ(each_case("choose_variation",
                      [](const json& one) {
                        EXPECT_EQ(choose_variation(one["n"], ranges_of(one["ranges"])),
                                  one["expected"]);
                      }),
            36);
}

TEST(GrowthBook, TenThousandUsersFallIntoTheArmsOfTheSdk) {
  EXPECT_EQ(each_case("assignment_counts",
                      [](const json& one) {
                        const GrowthBookHash hash(one["seed"].get<std::string>(), one["version"]);
                        const auto ranges = ranges_of(one["ranges"]);
                        std::vector<int> counts(4);
                        for (int user = 0; user < 10000; ++user) {
                          const int arm =
                              choose_variation(hash.hash("user-" + std::to_string(user)), ranges);
                          ++counts[static_cast<size_t>(arm < 0 ? 3 : arm)];
                        }
                        EXPECT_EQ(json(counts), one["expected_counts_0_1_2_none"]);
                      }),
            2);
}

TEST(GrowthBook, NamespacesHoldTheUnitsOfTheSdk) {
  EXPECT_EQ(each_case("namespace",
                      [](const json& one) {
                        const json& given = one["namespace"];
                        const NamespacePart part(given[0].get<std::string>(), {given[1], given[2]});
                        const auto user = one["user"].get<std::string>();
                        EXPECT_DOUBLE_EQ(part.hash(user), one["expected_hash"].get<double>());
                        EXPECT_EQ(part.holds(user), one["expected"]);
                      }),
            18);
}

TEST(GrowthBook, OtherVersionsAreOurBug) {
  EXPECT_THROW(GrowthBookHash("seed", 3), error::InternalError);
}

}  // namespace
}  // namespace assay::assignment

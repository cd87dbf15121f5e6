#include "assignment/planout.h"

#include <gmock/gmock.h>

#include "oracle.h"

namespace assay::assignment {
namespace {

using nlohmann::json;

TEST(PlanOut, HashAndUniformAreThoseOfTheLibrary) {
  EXPECT_EQ(each_case("planout_hash",
                      [](const json& one) {
                        const PlanOutHash hash(one["experiment_salt"].get<std::string>(),
                                               one["salt"].get<std::string>());
                        const uint64_t integer = hash.integer(one["unit"].get<std::string>());
                        EXPECT_EQ(integer, planout_integer(one["string"].get<std::string>()));
                        EXPECT_EQ(std::to_string(integer), one["expected_int"]);
                        EXPECT_NEAR(planout_uniform(integer),
                                    one["expected_uniform_0_1"].get<double>(), 1e-12);
                        EXPECT_EQ(integer % 1000, one["expected_integer_0_999"]);
                        EXPECT_EQ(planout_uniform(integer) <= 0.3,
                                  one["expected_bernoulli_p_0.3"] == 1);
                      }),
            12);
}

TEST(PlanOut, UniformChoiceIsThatOfTheLibrary) {
  EXPECT_EQ(each_case("planout_uniform_choice",
                      [](const json& one) {
                        const uint64_t integer = planout_integer(one["string"].get<std::string>());
                        const int choice = planout_uniform_choice(
                            integer, static_cast<int>(one["choices"].size()));
                        EXPECT_EQ(one["choices"][static_cast<size_t>(choice)], one["expected"]);
                      }),
            15);
}

TEST(PlanOut, WeightedChoiceIsThatOfTheLibrary) {
  EXPECT_EQ(each_case("planout_weighted_choice",
                      [](const json& one) {
                        const auto weights = one["weights"].get<std::vector<double>>();
                        const uint64_t integer = planout_integer(one["string"].get<std::string>());
                        const int choice = planout_weighted_choice(integer, weights);
                        EXPECT_EQ(one["choices"][static_cast<size_t>(choice)], one["expected"]);
                      }),
            15);
}

TEST(PlanOut, LongUnitsAreHashedWhole) {
  const std::string unit(300, 'u');
  EXPECT_EQ(PlanOutHash("salt", "arm").integer(unit), planout_integer("salt.arm." + unit));
}

}  // namespace
}  // namespace assay::assignment

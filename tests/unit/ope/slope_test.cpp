#include "ope/slope.h"

#include <gtest/gtest.h>

#include "world.h"

namespace assay::ope {
namespace {

TEST(Slope, ChoosesTheLastEstimateThatAgreesWithAllBeforeIt) {
  // Intervals value -+ 2 half widths: [-1, 3], [0.6, 1.4], [1.3, 1.7], [1.9, 2.1].
  const std::vector<Candidate> candidates = {{1.0, 1.0}, {1.0, 0.2}, {1.5, 0.1}, {2.0, 0.05}};
  EXPECT_EQ(slope(candidates), 2u);
  EXPECT_EQ(slope(std::vector<Candidate>{{1.0, 0.1}}), 0u);
  EXPECT_EQ(slope(std::vector<Candidate>{{1.0, 0.1}, {9.0, 0.01}, {1.0, 0.01}}), 0u);
}

TEST(Slope, TakesLittleErrorWhereLargeWeightsRuinTheUnbiasedEstimate) {
  World world;
  world.log_policy = softmax_policy(3.5, 0.0);
  world.judged = softmax_policy(3.5, 2.5);
  double tuned_error = 0.0, plain_error = 0.0;
  for (uint64_t run = 0; run < 60; ++run) {
    const Log log = sampled_log(world, 400, 700 + run);
    const double tuned = *estimate_of(log.rounds(), Estimator::dros).value - world.truth();
    const double plain = *estimate_of(log.rounds(), Estimator::dr).value - world.truth();
    tuned_error += tuned * tuned;
    plain_error += plain * plain;
  }
  EXPECT_LT(tuned_error, 0.5 * plain_error);
}

}  // namespace
}  // namespace assay::ope

#include <ATen/CPUGeneratorImpl.h>
#include <ATen/Parallel.h>
#include <ATen/TensorOperators.h>
#include <assay/error.h>
#include <assay/extra/sampling/negative_sampler.h>
#include <gmock/gmock.h>

#include <cmath>
#include <stdexcept>
#include <vector>

#include "tiny_data.h"

namespace assay::test {
namespace {

using namespace extra;
using testing::Each;

// Users 0 to 4; item 0 has four users, 1 has two, 2 and 3 one, 4 and 5 none. User 3 has all that
// anybody has, user 4 nothing.
TrainingView data() { return training_of({{0, 1}, {0}, {0}, {0, 1, 2, 3}, {}}, 6); }

// How often each item was drawn for a user, as a share.
std::vector<double> shares(const NegativeSampler& sampler, int64_t user, int64_t draws) {
  const at::Tensor drawn = sampler.draw(at::full({1}, user, at::kLong), draws, uint64_t{7});
  std::vector<double> share(6, 0);
  const auto rows = lists(drawn);
  for (const int64_t item : rows[0])
    share.at(static_cast<size_t>(item)) += 1 / static_cast<double>(draws);
  return share;
}

void expect_the_documented_distribution(const NegativeSampler& sampler, int64_t user) {
  constexpr int64_t kDraws = 200000;
  const std::vector<double> share = shares(sampler, user, kDraws);
  double sum = 0, chi_square = 0;
  for (int64_t item = 0; item < 6; ++item) {
    const double expected = sampler.probability(user, item);
    sum += expected;
    if (expected == 0)
      EXPECT_EQ(share[item], 0) << "item " << item;
    else
      chi_square += kDraws * (share[item] - expected) * (share[item] - expected) / expected;
  }
  EXPECT_NEAR(sum, 1, 1e-12);
  EXPECT_LT(chi_square, 20.5) << "0.999 quantile with 5 degrees of freedom";
}

TEST(NegativeSampler, UniformDrawsEveryItemThatIsNoPositiveAlike) {
  const TrainingView view = data();
  const NegativeSampler sampler = NegativeSampler::uniform(view);
  EXPECT_DOUBLE_EQ(sampler.probability(0, 5), 0.25);
  EXPECT_DOUBLE_EQ(sampler.probability(0, 1), 0);
  for (const int64_t user : {0, 1, 3, 4, -1}) expect_the_documented_distribution(sampler, user);
}

TEST(NegativeSampler, ByPopularityDrawsByAPowerOfTheUsersOfAnItem) {
  const TrainingView view = data();
  const NegativeSampler sampler = NegativeSampler::by_popularity(view, 0.5);
  const double all = std::sqrt(4) + std::sqrt(2) + 2;
  EXPECT_NEAR(sampler.probability(4, 0), std::sqrt(4) / all, 1e-12);
  EXPECT_NEAR(sampler.probability(1, 2), 1 / (all - 2), 1e-12);
  EXPECT_EQ(sampler.probability(4, 5), 0) << "nobody was positive about it";
  for (const int64_t user : {0, 1, 4, -1}) expect_the_documented_distribution(sampler, user);
}

TEST(NegativeSampler, NeverDrawsAPositive) {
  const TrainingView view = data();
  const at::Tensor drawn =
      NegativeSampler::uniform(view).draw(at::full({1000}, 3, at::kLong), 5, uint64_t{1});
  EXPECT_EQ(((drawn != 4) & (drawn != 5)).sum().item<int64_t>(), 0);
}

TEST(NegativeSampler, SomebodyWithoutAnyItemLeftGetsPadding) {
  const TrainingView view = data();
  const NegativeSampler popular = NegativeSampler::by_popularity(view, 1);
  EXPECT_THAT(lists(popular.draw(at::full({1}, 3, at::kLong), 4, uint64_t{1}))[0], Each(-1));
  EXPECT_EQ(popular.probability(3, 5), 0);
}

// One item in ten thousand is left, and it is found by the exact draw.
TEST(NegativeSampler, AUserWithNearlyEverythingGetsWhatIsLeft) {
  constexpr int64_t kItems = 10000;
  Lists positives(1);
  for (int64_t item = 0; item < kItems; ++item)
    if (item != 4321) positives[0].push_back(item);
  const TrainingView view = training_of(positives, kItems);
  EXPECT_THAT(lists(NegativeSampler::uniform(view).draw(at::zeros({3}, at::kLong), 2, uint64_t{1})),
              Each(Each(4321)));
}

TEST(NegativeSampler, TheSameSeedGivesTheSameDrawsWithAnyNumberOfThreads) {
  const TrainingView view = data();
  const NegativeSampler sampler = NegativeSampler::by_popularity(view, 0.75);
  const at::Tensor users = at::arange(5000, at::kInt).remainder(3);
  const at::Tensor many = sampler.draw(users, 4, uint64_t{11});
  const int threads = at::get_num_threads();
  at::set_num_threads(1);
  const at::Tensor one = sampler.draw(users, 4, uint64_t{11});
  at::set_num_threads(threads);
  EXPECT_TRUE(one.equal(many));
  EXPECT_FALSE(sampler.draw(users, 4, uint64_t{12}).equal(many));
}

TEST(NegativeSampler, AGeneratorGivesTheSameDrawsAgainAndThenOthers) {
  const TrainingView view = data();
  const NegativeSampler sampler = NegativeSampler::uniform(view);
  const at::Tensor users = at::zeros({500}, at::kLong);
  at::Generator generator = at::detail::createCPUGenerator(3);
  const at::Tensor first = sampler.draw(users, 4, generator);
  EXPECT_FALSE(sampler.draw(users, 4, generator).equal(first));
  EXPECT_TRUE(sampler.draw(users, 4, at::detail::createCPUGenerator(3)).equal(first));
}

TEST(NegativeSampler, RefusesWhatItCannotDrawBy) {
  const TrainingView view = data(), nothing = training_of(Lists{{}}, 3);
  EXPECT_THROW(NegativeSampler::by_popularity(view, 0), InvalidInput);
  EXPECT_THROW(NegativeSampler::by_popularity(view, kNaN), InvalidInput);
  EXPECT_THROW(NegativeSampler::by_popularity(nothing, 1), InvalidInput);
  const NegativeSampler sampler = NegativeSampler::uniform(view);
  EXPECT_THROW(sampler.draw(at::full({1}, 5, at::kLong), 1, uint64_t{1}), std::out_of_range);
}

TEST(NegativeSampler, OfACatalogueWithoutItemsPads) {
  const TrainingView view = training_of(Lists{{}}, 0);
  EXPECT_THAT(lists(NegativeSampler::uniform(view).draw(at::zeros({1}, at::kLong), 2, uint64_t{1})),
              Each(Each(-1)));
}

}  // namespace
}  // namespace assay::test

#include "kernels/random.h"

#include <ATen/ops/cat.h>
#include <ATen/ops/equal.h>
#include <ATen/ops/flip.h>
#include <assay/context.h>
#include <assay/kernels.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "rules/philox.h"
#include "unit/kernels/requests.h"

namespace assay {
namespace {

using testing::floats;

at::Tensor ids(const std::vector<int64_t>& values) { return at::tensor(values, at::kLong); }

TEST(CounterUniform, IsThePhiloxBlockOfItsDocumentedCounterAndKey) {
  const uint64_t seed = 0x299f31d0a4093822, place = 0x1300000007, stream = 0x500000001;
  const auto got = floats(counter_uniform(seed, place, stream, ids({41}), 6));
  for (uint32_t draw = 0; draw < 6; ++draw) {
    const auto words = rules::philox({draw / 4, 5 ^ 1, 41, 0x13 ^ 7}, {0xa4093822, 0x299f31d0});
    EXPECT_EQ(got[draw], static_cast<float>(words[draw % 4] >> 8) / 16777216.0f);
  }
}

TEST(CounterUniform, OperatorsOnTensorsGiveTheSameBitsAsTheLoop) {
  const at::Tensor request =
      ids({0, 1, 2, 77, 1'000'000, (int64_t{1} << 32) - 1, int64_t{1} << 32, -1, 5'000'000'000});
  for (const int64_t n : {0, 1, 3, 4, 5, 64, 101}) {
    for (const uint64_t seed :
         {uint64_t{0}, uint64_t{1}, ~uint64_t{0}, uint64_t{0x8000000080000000}}) {
      for (const uint64_t place : {uint64_t{0}, ~uint64_t{0}, uint64_t{0xdeadbeefcafe}}) {
        const at::Tensor loop = counter_uniform(seed, place, 3, request, n);
        EXPECT_TRUE(at::equal(loop, kernels::uniform_aten(seed, place, 3, request, n)))
            << n << " " << seed << " " << place;
      }
    }
  }
}

TEST(CounterUniform, ARequestGetsTheSameNumbersInAnyBatch) {
  std::vector<int64_t> all(1000);
  for (int64_t i = 0; i < 1000; ++i) all[i] = i;
  const at::Tensor whole = counter_uniform(3, 1, 0, ids(all), 50);
  const at::Tensor parts = at::cat({counter_uniform(3, 1, 0, ids(all).slice(0, 0, 7), 50),
                                    counter_uniform(3, 1, 0, ids(all).slice(0, 7), 50)});
  EXPECT_TRUE(at::equal(whole, parts));
  EXPECT_TRUE(at::equal(whole.slice(1, 0, 9), counter_uniform(3, 1, 0, ids(all), 9)));
  EXPECT_TRUE(
      at::equal(at::flip(whole, {0}), counter_uniform(3, 1, 0, at::flip(ids(all), {0}), 50)));
}

TEST(CounterUniform, SeedPlaceStreamAndRequestAllMatter) {
  const auto draw = [](uint64_t seed, uint64_t place, uint64_t stream, int64_t request) {
    return floats(counter_uniform(seed, place, stream, ids({request}), 8));
  };
  const std::vector<std::vector<float>> draws = {
      draw(1, 1, 1, 1), draw(2, 1, 1, 1), draw(1, 2, 1, 1), draw(1, 1, 2, 1), draw(1, 1, 1, 2)};
  for (size_t a = 0; a < draws.size(); ++a) {
    for (size_t b = a + 1; b < draws.size(); ++b) EXPECT_NE(draws[a], draws[b]) << a << " " << b;
  }
}

TEST(CounterUniform, FillsTheUnitIntervalEvenly) {
  const auto values = floats(counter_uniform(9, 0, 0, ids({0, 1, 2, 3, 4, 5, 6, 7}), 12'500));
  std::vector<int> bins(10);
  double sum = 0;
  for (const float value : values) {
    ASSERT_GE(value, 0.0f);
    ASSERT_LT(value, 1.0f);
    ++bins[static_cast<size_t>(value * 10)];
    sum += value;
  }
  EXPECT_NEAR(sum / 100'000, 0.5, 0.004);
  double chi = 0;  // chi-squared of 9 degrees of freedom: above 33.7 in one of 10,000
  for (const int count : bins) chi += (count - 10'000.0) * (count - 10'000.0) / 10'000;
  EXPECT_LT(chi, 33.7);
}

TEST(CounterUniform, WrongArgumentsAreNamed) {
  try {
    counter_uniform(1, 1, 1, at::tensor({1.0f}), 3);
    FAIL();
  } catch (const std::invalid_argument& error) {
    EXPECT_STREQ(error.what(), "counter_uniform: request must be int64 [B]; got Float [1] on cpu");
  }
  EXPECT_THROW(counter_uniform(1, 1, 1, ids({1}), -1), std::invalid_argument);
  EXPECT_EQ(counter_uniform(1, 1, 1, ids({}), 3).size(0), 0);
}

TEST(ServeContext, UniformIsKeyedBySeedAndPlaceOfTheStage) {
  const ServeContext ctx({.seed = 5, .place = 9});
  const RequestBatch batch = testing::requests(4);
  EXPECT_TRUE(at::equal(ctx.uniform(batch, 6, 2), counter_uniform(5, 9, 2, batch.request, 6)));
  EXPECT_TRUE(at::equal(ctx.uniform(batch, 6), counter_uniform(5, 9, 0, batch.request, 6)));
}

}  // namespace
}  // namespace assay

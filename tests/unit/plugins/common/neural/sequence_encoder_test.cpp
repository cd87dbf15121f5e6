#include <ATen/CPUGeneratorImpl.h>
#include <ATen/TensorOperators.h>
#include <ATen/ops/arange.h>
#include <ATen/ops/ones.h>
#include <ATen/ops/randn.h>
#include <ATen/ops/stack.h>
#include <ATen/ops/tensor.h>
#include <assay/extra/neural/sequence_encoder.h>
#include <gmock/gmock.h>

#include "logged_data.h"

namespace assay::test {
namespace {

using extra::Dropout;
using extra::EncoderSettings;

EncoderSettings settings(EncoderSettings::Kind kind) {
  return {.kind = kind,
          .width = 8,
          .length = 6,
          .layers = 2,
          .heads = 2,
          .hidden = 12,
          .initial_deviation = 0.5};
}

class Encoder : public testing::TestWithParam<EncoderSettings::Kind> {
 protected:
  at::Tensor encode(const at::Tensor& rows) {
    const at::Tensor position =
        (at::arange(rows.size(1), at::kLong) + (6 - rows.size(1))).expand({rows.size(0), -1});
    return encoder_->encode(rows, {position.contiguous()}, parameters_, none_, false);
  }
  std::unique_ptr<extra::SequenceEncoder> encoder_ = make_encoder(settings(GetParam()));
  extra::Parameters parameters_ = encoder_->draw(at::detail::createCPUGenerator(5));
  Dropout none_;
};

TEST_P(Encoder, APlaceSeesWhatCameBeforeAndNothingLater) {
  at::Tensor rows = at::randn({1, 5, 8}, at::detail::createCPUGenerator(1), at::kFloat);
  const at::Tensor before = encode(rows);
  rows = rows.clone();
  rows[0][3] *= -1;  // a shift by a constant would be normalised away
  const at::Tensor after = encode(rows);
  EXPECT_TRUE(before.narrow(1, 0, 3).allclose(after.narrow(1, 0, 3), 1e-6, 1e-7));
  EXPECT_FALSE(before[0][3].allclose(after[0][3], 1e-3, 1e-3));
  EXPECT_FALSE(before[0][4].allclose(after[0][4], 1e-3, 1e-3));
}

TEST_P(Encoder, RowsOfABatchDoNotSeeEachOther) {
  const at::Tensor rows = at::randn({3, 4, 8}, at::detail::createCPUGenerator(2), at::kFloat);
  const at::Tensor together = encode(rows);
  EXPECT_TRUE(together[1].allclose(encode(rows.narrow(0, 1, 1))[0], 1e-5, 1e-6));
}

TEST_P(Encoder, EveryParameterGetsAGradient) {
  for (auto& [name, value] : parameters_) value.requires_grad_(true);
  const at::Tensor rows = at::randn({2, 6, 8}, at::detail::createCPUGenerator(3), at::kFloat);
  encode(rows).square().narrow(2, 0, 3).sum().backward();
  for (const auto& [name, value] : parameters_) {
    ASSERT_TRUE(value.grad().defined()) << name;
    EXPECT_GT(value.grad().abs().sum().item<double>(), 0) << name;
  }
}

TEST(BidirectionalEncoder, APlaceSeesBothSidesAndNoPadding) {
  const auto encoder = make_encoder(settings(EncoderSettings::Kind::bidirectional));
  const extra::Parameters parameters = encoder->draw(at::detail::createCPUGenerator(5));
  EXPECT_EQ(parameters.back().first, "mask");
  Dropout none;
  const auto encode = [&](const at::Tensor& rows) {
    const at::Tensor position = at::tensor({3, 4, 5, -1}, at::kLong).unsqueeze(0);
    return encoder->encode(rows, {position}, parameters, none, false)[0];
  };
  const at::Tensor rows = at::randn({1, 4, 8}, at::detail::createCPUGenerator(1), at::kFloat);
  at::Tensor later = rows.clone(), behind = rows.clone();
  later[0][2] *= -1;
  behind[0][3] *= -1;
  EXPECT_FALSE(encode(rows)[0].allclose(encode(later)[0], 1e-3, 1e-3));
  EXPECT_TRUE(encode(rows).narrow(0, 0, 3).allclose(encode(behind).narrow(0, 0, 3), 1e-6, 1e-7));
}

// hstu.json: numpy in float64.
TEST(HstuEncoder, ValuesAreThoseOfTheReference) {
  const nlohmann::json reference = oracle("hstu.json");
  for (const auto& one : reference["cases"]) {
    EncoderSettings of = settings(EncoderSettings::Kind::hstu);
    of.width = reference["width"];
    of.length = reference["length"];
    of.time_buckets = one["time_buckets"];
    const auto encoder = make_encoder(of);
    extra::Parameters parameters = encoder->draw(at::detail::createCPUGenerator(5));
    for (auto& [name, value] : parameters) {
      const auto& read = one["parameters"].at(name);
      const at::Tensor expected = read[0].is_array() ? matrix(read.get<Numbers>())
                                                     : matrix({read.get<std::vector<double>>()})[0];
      ASSERT_EQ(value.sizes(), expected.sizes()) << name;
      value = expected;
    }
    const at::Tensor rows = at::stack(
        {matrix(reference["rows"][0].get<Numbers>()), matrix(reference["rows"][1].get<Numbers>())});
    const at::Tensor position = matrix(reference["position"].get<Numbers>()).to(at::kLong);
    const at::Tensor time =
        (matrix(reference["time_s"].get<Numbers>(), at::kDouble) * 1e6).round().to(at::kLong);
    Dropout none;
    const at::Tensor got = encoder->encode(rows, {position, time}, parameters, none, false);
    for (int64_t row = 0; row < 2; ++row) {
      const at::Tensor known = position[row].ge(0).nonzero().flatten();
      const at::Tensor expected = matrix(one["hidden"][row].get<Numbers>());
      EXPECT_TRUE(
          got[row].index_select(0, known).allclose(expected.index_select(0, known), 1e-4, 1e-5))
          << one["time_buckets"] << got[row] << expected;
    }
  }
}

INSTANTIATE_TEST_SUITE_P(, Encoder,
                         testing::Values(EncoderSettings::Kind::transformer,
                                         EncoderSettings::Kind::gru, EncoderSettings::Kind::hstu));

TEST(Dropout, LeavesOutAShareAndKeepsTheMean) {
  Dropout dropout(0.25, at::detail::createCPUGenerator(1));
  const at::Tensor values = dropout(at::ones({10000}));
  EXPECT_NEAR(values.eq(0).to(at::kFloat).mean().item<double>(), 0.25, 0.02);
  EXPECT_NEAR(values.mean().item<double>(), 1, 0.02);
  Dropout none;
  EXPECT_TRUE(none(values).equal(values));
}

}  // namespace
}  // namespace assay::test

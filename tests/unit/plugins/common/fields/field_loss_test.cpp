#include <assay/extra/fields/field_loss.h>
#include <gmock/gmock.h>

#include <cmath>
#include <vector>

#include "tiny_data.h"

namespace assay::test {
namespace {

using namespace extra;

double sigmoid(double x) { return 1 / (1 + std::exp(-x)); }

double log_loss(double logit, double target) {
  return -target * std::log(sigmoid(logit)) - (1 - target) * std::log(1 - sigmoid(logit));
}

const std::vector<int64_t> kAll = {0, 1, 2};

TEST(FieldLoss, IsTheWeightedMeanOverTheLabelsThatAreKnown) {
  const FieldExamples examples{.targets = 2, .label = {1, NAN, 0, 1, NAN, 0}, .weight = {1, 2, 4}};
  const Numbers z = {{0.5, -3}, {1, 0.2}, {7, -1}};
  const double sum =
      log_loss(0.5, 1) + 2 * log_loss(1, 0) + 2 * log_loss(0.2, 1) + 4 * log_loss(-1, 0);
  EXPECT_NEAR(field_loss(matrix(z), examples, kAll, {}).item<double>(), sum / (1 + 2 + 2 + 4),
              1e-6);
}

TEST(FieldLoss, OfAMissingLabelHasNoGradient) {
  const FieldExamples examples{.targets = 2, .label = {1, NAN}, .weight = {1}};
  at::Tensor z = matrix({{0.5, -3}}).requires_grad_();
  field_loss(z, examples, std::vector<int64_t>{0}, {}).backward();
  EXPECT_NEAR(z.grad()[0][0].item<double>(), sigmoid(0.5) - 1, 1e-6);
  EXPECT_EQ(z.grad()[0][1].item<double>(), 0);
}

TEST(FieldLoss, OfATeacherIsThatOfBothAtATemperature) {
  const FieldExamples examples{.label = {1, 0, 1}, .weight = {1, 1, 2}, .teacher = {2, -1, 0}};
  const double t = 3, w = 0.25;
  const std::vector<double> z = {0.5, 1, -2};
  double labels = 0, teacher = 0;
  for (size_t n = 0; n < z.size(); ++n) {
    labels += examples.weight[n] * log_loss(z[n], examples.label[n]) / 4;
    teacher += examples.weight[n] * log_loss(z[n] / t, sigmoid(examples.teacher[n] / t)) / 4;
  }
  const at::Tensor found = field_loss(matrix({z})[0], examples, kAll, {w, t});
  EXPECT_NEAR(found.item<double>(), (1 - w) * labels + w * t * t * teacher, 1e-6);
}

TEST(FieldLoss, LetsATeacherSpeakOfTheFirstTargetAlone) {
  const FieldExamples examples{.targets = 2, .label = {NAN, 1}, .weight = {1}, .teacher = {2}};
  at::Tensor z = matrix({{0.5, -3}}).requires_grad_();
  field_loss(z, examples, std::vector<int64_t>{0}, {.weight = 1}).backward();
  EXPECT_NEAR(z.grad()[0][0].item<double>(), sigmoid(0.5) - sigmoid(2), 1e-6);
  EXPECT_EQ(z.grad()[0][1].item<double>(), 0);
}

}  // namespace
}  // namespace assay::test

#include <ATen/TensorOperators.h>
#include <ATen/ops/binary_cross_entropy_with_logits.h>
#include <ATen/ops/tensor.h>
#include <assay/extra/fields/field_loss.h>

#include <cmath>
#include <vector>

namespace assay::extra {
namespace {

at::Tensor floats(const std::vector<float>& values) { return at::tensor(values, at::kFloat); }

at::Tensor log_loss(const at::Tensor& logits, const at::Tensor& target, const at::Tensor& weight) {
  return at::binary_cross_entropy_with_logits(logits, target, weight, {}, at::Reduction::Sum) /
         weight.sum();
}

// What is not known counts 0, as whatever label.
at::Tensor loss_of_labels(const at::Tensor& logits, const FieldExamples& examples,
                          std::span<const int64_t> which) {
  std::vector<float> label, weight;
  for (const int64_t row : which) {
    for (int64_t at = row * examples.targets; at < (row + 1) * examples.targets; ++at) {
      const bool is_known = !std::isnan(examples.label[at]);
      label.push_back(is_known ? examples.label[at] : 0);
      weight.push_back(is_known ? examples.weight[row] : 0);
    }
  }
  return log_loss(logits.flatten(), floats(label), floats(weight));
}

at::Tensor loss_of_teacher(const at::Tensor& logits, const FieldExamples& examples,
                           std::span<const int64_t> which, double temperature) {
  std::vector<float> said, weight;
  for (const int64_t row : which) {
    said.push_back(examples.teacher[row]);
    weight.push_back(examples.weight[row]);
  }
  return log_loss(logits / temperature, (floats(said) / temperature).sigmoid(), floats(weight)) *
         (temperature * temperature);
}

}  // namespace

at::Tensor field_loss(const at::Tensor& logits, const FieldExamples& examples,
                      std::span<const int64_t> which, const Distillation& distillation) {
  const at::Tensor of_labels = loss_of_labels(logits, examples, which);
  if (examples.teacher.empty()) return of_labels;
  const at::Tensor first = logits.dim() == 2 ? logits.select(1, 0) : logits;
  return of_labels * (1 - distillation.weight) +
         loss_of_teacher(first, examples, which, distillation.temperature) * distillation.weight;
}

}  // namespace assay::extra

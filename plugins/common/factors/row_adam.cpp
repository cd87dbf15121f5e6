#include <ATen/TensorOperators.h>
#include <ATen/ops/arange.h>
#include <ATen/ops/tensor.h>
#include <ATen/ops/zeros_like.h>
#include <assay/extra/factors/row_adam.h>
#include <assay/extra/threads/parallel.h>

#include <cmath>

namespace assay::extra {
namespace {

constexpr int64_t kRowsPerBlock = 256;

}  // namespace

RowAdam::RowAdam(at::Tensor table, const AdamSettings& settings)
    : settings_(settings),
      table_(std::move(table)),
      mean_(at::zeros_like(table_)),
      square_(at::zeros_like(table_)) {}

RowAdam::Rates RowAdam::next() {
  ++steps_;
  const auto step = static_cast<double>(steps_);
  const double first = 1 - std::pow(settings_.beta1, step);
  const double second = 1 - std::pow(settings_.beta2, step);
  return {static_cast<float>(settings_.learning_rate / first),
          static_cast<float>(1 / std::sqrt(second))};
}

void RowAdam::move(int64_t row, const float* gradient, const Rates& rates) {
  const int64_t width = table_.size(1);
  float* const __restrict value = table_.mutable_data_ptr<float>() + row * width;
  float* const __restrict mean = mean_.mutable_data_ptr<float>() + row * width;
  float* const __restrict square = square_.mutable_data_ptr<float>() + row * width;
  const auto beta1 = static_cast<float>(settings_.beta1);
  const auto beta2 = static_cast<float>(settings_.beta2);
  const auto decay = static_cast<float>(settings_.weight_decay);
  const auto epsilon = static_cast<float>(settings_.epsilon);
  for (int64_t d = 0; d < width; ++d) {
    const float g = gradient[d] + decay * value[d];
    mean[d] = beta1 * mean[d] + (1 - beta1) * g;
    square[d] = beta2 * square[d] + (1 - beta2) * g * g;
    value[d] -= rates.rate * mean[d] / (std::sqrt(square[d]) * rates.shrink + epsilon);
  }
}

void RowAdam::step(std::span<const int64_t> rows, std::span<const float> gradients) {
  const Rates rates = next();
  const int64_t width = table_.size(1);
  parallel_blocks(std::ssize(rows), kRowsPerBlock, [&](int64_t first, int64_t last) {
    for (int64_t n = first; n < last; ++n) move(rows[n], gradients.data() + n * width, rates);
  });
}

void RowAdam::step(const at::Tensor& rows, const at::Tensor& gradients) {
  if (!table_.is_cpu() || settings_.by_operators) return move(rows, gradients, next());
  const at::Tensor row = rows.contiguous(), gradient = gradients.contiguous();
  step(std::span(row.const_data_ptr<int64_t>(), static_cast<size_t>(row.numel())),
       std::span(gradient.const_data_ptr<float>(), static_cast<size_t>(gradient.numel())));
}

void RowAdam::move(const at::Tensor& rows, const at::Tensor& gradients, const Rates& rates) {
  const at::Tensor value = table_.index_select(0, rows);
  const at::Tensor g = gradients + settings_.weight_decay * value;
  const at::Tensor mean = settings_.beta1 * mean_.index_select(0, rows) + (1 - settings_.beta1) * g;
  const at::Tensor square =
      settings_.beta2 * square_.index_select(0, rows) + (1 - settings_.beta2) * g * g;
  mean_.index_copy_(0, rows, mean);
  square_.index_copy_(0, rows, square);
  table_.index_copy_(
      0, rows, value - rates.rate * mean / (square.sqrt() * rates.shrink + settings_.epsilon));
}

void RowAdam::step(const at::Tensor& gradient) {
  if (!table_.is_cpu() || settings_.by_operators)
    return move(at::arange(table_.size(0), table_.options().dtype(at::kLong)), gradient, next());
  const Rates rates = next();
  const at::Tensor held = gradient.contiguous();
  const float* const from = held.const_data_ptr<float>();
  parallel_blocks(table_.size(0), kRowsPerBlock, [&](int64_t first, int64_t last) {
    for (int64_t row = first; row < last; ++row) move(row, from + row * table_.size(1), rates);
  });
}

void RowAdam::restore(const at::Tensor& mean, const at::Tensor& square, int64_t steps) {
  mean_.copy_(mean);
  square_.copy_(square);
  steps_ = steps;
}

void RowAdam::keep(Archive& archive, const std::string& name) const {
  archive.put(name + ".mean", mean_);
  archive.put(name + ".square", square_);
  archive.put(name + ".steps", at::tensor({steps_}, at::kLong));
}

void RowAdam::restore(const Archive& archive, const std::string& name) {
  restore(archive.tensor(name + ".mean"), archive.tensor(name + ".square"),
          archive.tensor(name + ".steps").item<int64_t>());
}

}  // namespace assay::extra

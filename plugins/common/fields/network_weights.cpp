#include <ATen/TensorOperators.h>
#include <assay/extra/fields/network_reduction.h>
#include <assay/extra/fields/network_weights.h>
#include <assay/extra/neural/products.h>

#include <sstream>

namespace assay::extra {
namespace {

constexpr char kSecond[] = ".second";  // matrix of a product of two

std::vector<ServedMatrix> served_matrices(const at::Tensor& matrix, const ServedForm& form) {
  if (is_smaller(matrix, form.low_rank)) {
    const LowRank both = low_rank_of(matrix, form.low_rank);
    return {ServedMatrix(both.down, form.precision), ServedMatrix(both.up, form.precision)};
  }
  if (form.precision == ServedPrecision::fp32) return {};
  return {ServedMatrix(matrix, form.precision)};
}

}  // namespace

NetworkWeights NetworkWeights::learning(const NamedTensors& parameters, bool bf16) {
  NetworkWeights out;
  out.bf16_ = bf16;
  for (const auto& [name, value] : parameters)
    out.parameters_.push_back({.name = name, .plain = value});
  return out;
}

NetworkWeights NetworkWeights::served(const NamedTensors& parameters, const ServedForm& form) {
  NetworkWeights out;
  for (const auto& [name, value] : parameters) {
    Parameter kept{.name = name, .plain = value};
    if (is_matrix(value)) kept.served = served_matrices(value, form);
    if (!kept.served.empty()) kept.plain = at::Tensor();
    out.parameters_.push_back(std::move(kept));
  }
  return out;
}

at::Tensor NetworkWeights::product(const at::Tensor& rows, const Parameter& matrix,
                                   const at::Tensor& bias) const {
  if (matrix.served.empty()) return linear_product(rows, matrix.plain, bias, bf16_);
  at::Tensor out = rows;
  for (const ServedMatrix& one : matrix.served)
    out = one.product(out, &one == &matrix.served.back() ? bias : at::Tensor());
  return out;
}

at::Tensor NetworkWeights::linear(const at::Tensor& rows, int64_t matrix) const {
  return product(rows, parameters_[static_cast<size_t>(matrix)], (*this)[matrix + 1]);
}

at::Tensor NetworkWeights::product(const at::Tensor& rows, int64_t matrix) const {
  return product(rows, parameters_[static_cast<size_t>(matrix)], {});
}

int64_t NetworkWeights::numbers() const {
  int64_t sum = 0;
  for (const Parameter& one : parameters_) {
    if (one.plain.defined()) sum += one.plain.numel();
    for (const ServedMatrix& matrix : one.served) sum += matrix.numbers();
  }
  return sum;
}

int64_t NetworkWeights::zeros() const {
  int64_t sum = 0;
  for (const Parameter& one : parameters_) {
    if (one.plain.defined() && is_matrix(one.plain)) sum += one.plain.eq(0).sum().item<int64_t>();
    for (const ServedMatrix& matrix : one.served) sum += matrix.zeros();
  }
  return sum;
}

int64_t NetworkWeights::bytes() const {
  int64_t sum = 0;
  for (const Parameter& one : parameters_) {
    if (one.plain.defined()) sum += static_cast<int64_t>(one.plain.nbytes());
    for (const ServedMatrix& matrix : one.served) sum += matrix.bytes();
  }
  return sum;
}

void NetworkWeights::save(Archive& archive) const {
  std::string names;
  for (const Parameter& one : parameters_) {
    const std::string name = "layers." + one.name;
    if (one.plain.defined()) archive.put(name, one.plain);
    for (const ServedMatrix& matrix : one.served)
      matrix.save(archive, &matrix == &one.served.front() ? name : name + kSecond);
    names += one.name + '\n';
  }
  archive.put_text("layers", names);
}

NetworkWeights NetworkWeights::load(const Archive& archive) {
  NetworkWeights out;
  std::istringstream names(archive.text("layers"));
  for (std::string name; std::getline(names, name);) {
    const std::string key = "layers." + name;
    Parameter one{.name = name, .plain = archive.tensor(key)};
    const bool is_product = archive.has(key + kSecond);
    if (is_product || one.plain.scalar_type() != at::kFloat) {
      one.plain = at::Tensor();
      one.served.push_back(ServedMatrix::load(archive, key));
    }
    if (is_product) one.served.push_back(ServedMatrix::load(archive, key + kSecond));
    out.parameters_.push_back(std::move(one));
  }
  return out;
}

}  // namespace assay::extra

#include <assay/extra/fields/network_weights.h>
#include <assay/extra/neural/products.h>

#include <sstream>

namespace assay::extra {
namespace {

// A vector of one row is multiplied as it is: it is small, and decides on its own.
bool is_matrix(const at::Tensor& parameter) {
  return parameter.dim() == 2 && parameter.size(0) > 1;
}

}  // namespace

NetworkWeights NetworkWeights::learning(const NamedTensors& parameters, bool bf16) {
  NetworkWeights out;
  out.bf16_ = bf16;
  for (const auto& [name, value] : parameters)
    out.parameters_.push_back({.name = name, .plain = value, .served = {}});
  return out;
}

NetworkWeights NetworkWeights::served(const NamedTensors& parameters, ServedPrecision precision) {
  NetworkWeights out;
  for (const auto& [name, value] : parameters) {
    Parameter kept{.name = name, .plain = value, .served = {}};
    if (is_matrix(value) && precision != ServedPrecision::fp32)
      kept = {.name = name, .plain = {}, .served = ServedMatrix(value, precision)};
    out.parameters_.push_back(std::move(kept));
  }
  return out;
}

at::Tensor NetworkWeights::product(const at::Tensor& rows, const Parameter& matrix,
                                   const at::Tensor& bias) const {
  if (matrix.served) return matrix.served->product(rows, bias);
  return linear_product(rows, matrix.plain, bias, bf16_);
}

at::Tensor NetworkWeights::linear(const at::Tensor& rows, int64_t matrix) const {
  return product(rows, parameters_[static_cast<size_t>(matrix)], (*this)[matrix + 1]);
}

at::Tensor NetworkWeights::product(const at::Tensor& rows, int64_t matrix) const {
  return product(rows, parameters_[static_cast<size_t>(matrix)], {});
}

int64_t NetworkWeights::numbers() const {
  int64_t sum = 0;
  for (const Parameter& one : parameters_)
    sum += one.served ? one.served->numbers() : one.plain.numel();
  return sum;
}

int64_t NetworkWeights::bytes() const {
  int64_t sum = 0;
  for (const Parameter& one : parameters_)
    sum += one.served ? one.served->bytes() : static_cast<int64_t>(one.plain.nbytes());
  return sum;
}

void NetworkWeights::save(Archive& archive) const {
  std::string names;
  for (const Parameter& one : parameters_) {
    const std::string name = "layers." + one.name;
    if (one.served)
      one.served->save(archive, name);
    else
      archive.put(name, one.plain);
    names += one.name + '\n';
  }
  archive.put_text("layers", names);
}

NetworkWeights NetworkWeights::load(const Archive& archive) {
  NetworkWeights out;
  std::istringstream names(archive.text("layers"));
  for (std::string name; std::getline(names, name);) {
    Parameter one{.name = name, .plain = archive.tensor("layers." + name), .served = {}};
    if (one.plain.scalar_type() != at::kFloat)
      one = {.name = name, .plain = {}, .served = ServedMatrix::load(archive, "layers." + name)};
    out.parameters_.push_back(std::move(one));
  }
  return out;
}

}  // namespace assay::extra

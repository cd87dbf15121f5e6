#include "item_vectors.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/isfinite.h>
#include <ATen/ops/tensor.h>
#include <ATen/ops/zeros.h>
#include <assay/extra/factors/lanes.h>
#include <assay/extra/interactions/csr.h>

#include <algorithm>
#include <cmath>

namespace assay::content {
namespace {

// Floats as extra::dot wants them in memory.
struct alignas(32) Lanes {
  float value[extra::kFactorLanes] = {};
};

// float64 [N, D] of length 1, 0 where the vector is missing.
at::Tensor unit_vectors(const Feature& feature) {
  const at::Tensor values = feature.values.cpu().to(at::kDouble);
  const at::Tensor known = at::isfinite(values).all(1, /*keepdim=*/true);
  const at::Tensor clean = values.masked_fill(known.logical_not(), 0);
  const at::Tensor length = clean.square().sum(1, /*keepdim=*/true).sqrt();
  return clean / length.masked_fill(length == 0, 1);
}

// Rows of several matrices beside each other, each times its weight.
SparseRows beside(const std::vector<SparseRows>& parts, const std::vector<double>& weights,
                  int64_t rows) {
  SparseRows all;
  for (int64_t row = 0; row < rows; ++row) {
    int64_t first = 0;
    for (size_t p = 0; p < parts.size(); ++p) {
      for (const int32_t term : parts[p].terms_of(row))
        all.terms.push_back(static_cast<int32_t>(first + term));
      for (const double value : parts[p].values_of(row)) all.values.push_back(weights[p] * value);
      first += parts[p].columns;
    }
    all.offsets.push_back(std::ssize(all.terms));
  }
  for (const SparseRows& part : parts) all.columns += part.columns;
  return all;
}

// Brings both parts of each row together to length 1.
void to_unit(SparseRows& sparse, at::Tensor& dense) {
  const at::Tensor squares = dense.square().sum(1);
  at::Tensor scale = at::zeros({sparse.rows()}, at::kDouble);
  for (int64_t row = 0; row < sparse.rows(); ++row) {
    double square = squares.const_data_ptr<double>()[row];
    for (const double value : sparse.values_of(row)) square += value * value;
    const double factor = square > 0 ? 1 / std::sqrt(square) : 0;
    scale.mutable_data_ptr<double>()[row] = factor;
    for (int64_t at = sparse.offsets[row]; at < sparse.offsets[row + 1]; ++at)
      sparse.values[at] *= factor;
  }
  dense = dense * scale.unsqueeze(1);
}

template <typename T>
std::vector<T> to_vector(const at::Tensor& tensor) {
  const at::Tensor flat = tensor.cpu().contiguous();
  return std::vector<T>(flat.const_data_ptr<T>(), flat.const_data_ptr<T>() + flat.numel());
}

}  // namespace

ItemVectors::ItemVectors(const std::vector<Part>& parts, int64_t items, int64_t min_items) {
  std::vector<SparseRows> sparse;
  std::vector<double> weights;
  at::Tensor dense = at::zeros({items, 0}, at::kDouble);
  for (const Part& part : parts) {
    if (part.weight == 0) continue;
    if (part.feature->type == FeatureType::vector) {
      dense = at::cat({dense, unit_vectors(*part.feature) * part.weight}, 1);
      continue;
    }
    sparse.push_back(tf_idf(term_counts(*part.feature), min_items));
    weights.push_back(part.weight);
  }
  sparse_ = beside(sparse, weights, items);
  to_unit(sparse_, dense);
  dense_ = dense.to(at::kFloat);
  index();
}

void ItemVectors::index() {
  first_.assign(static_cast<size_t>(terms() + 1), 0);
  holders_.resize(sparse_.terms.size());
  amounts_.resize(sparse_.terms.size());
  extra::transpose<int32_t, double>(
      {.offsets = sparse_.offsets, .columns = sparse_.terms, .values = sparse_.values},
      {.offsets = first_, .columns = holders_, .values = amounts_});
  const int64_t width = dense_.size(1);
  if (width == 0) return;
  const int64_t padded = (width + extra::kFactorStep - 1) / extra::kFactorStep * extra::kFactorStep;
  padded_ = at::zeros({items(), padded}, at::kFloat);
  padded_.narrow(1, 0, width).copy_(dense_);
}

int64_t ItemVectors::unknown() const {
  const std::vector<bool> known = to_vector<bool>(dense_.ne(0).any(1));
  int64_t count = 0;
  for (int64_t item = 0; item < items(); ++item)
    count += !known[item] && sparse_.terms_of(item).empty();
  return count;
}

double ItemVectors::cosine(int64_t a, int64_t b) const {
  const auto terms_a = sparse_.terms_of(a), terms_b = sparse_.terms_of(b);
  const auto values_a = sparse_.values_of(a), values_b = sparse_.values_of(b);
  double sum = 0;
  for (size_t i = 0, j = 0; i < terms_a.size() && j < terms_b.size();) {
    if (terms_a[i] == terms_b[j])
      sum += values_a[i++] * values_b[j++];
    else if (terms_a[i] < terms_b[j])
      ++i;
    else
      ++j;
  }
  if (!padded_.defined()) return sum;
  const int64_t width = padded_.size(1);
  const float* const rows = padded_.const_data_ptr<float>();
  return sum + extra::dot(rows + a * width, rows + b * width, width);
}

void ItemVectors::save(Archive& archive) const {
  archive.put("offsets", at::tensor(sparse_.offsets, at::kLong));
  archive.put("terms", at::tensor(sparse_.terms, at::kInt));
  archive.put("values", at::tensor(sparse_.values, at::kDouble));
  archive.put_text("columns", std::to_string(sparse_.columns));
  archive.put("dense", dense_);
}

ItemVectors ItemVectors::load(const Archive& archive) {
  ItemVectors loaded;
  loaded.sparse_.offsets = to_vector<int64_t>(archive.tensor("offsets"));
  loaded.sparse_.terms = to_vector<int32_t>(archive.tensor("terms"));
  loaded.sparse_.values = to_vector<double>(archive.tensor("values"));
  loaded.sparse_.columns = std::stoll(archive.text("columns"));
  loaded.dense_ = archive.tensor("dense").cpu().contiguous();
  loaded.index();
  return loaded;
}

ItemVectors::Profile::Profile(const ItemVectors& items)
    : items_(items),
      value_(static_cast<size_t>(items.terms()), 0),
      dense_(static_cast<size_t>(items.dense_.size(1)), 0) {}

void ItemVectors::Profile::set(std::span<const int64_t> history, std::span<const float> weight) {
  for (const int32_t term : touched_) value_[term] = 0;
  touched_.clear();
  std::ranges::fill(dense_, 0);
  const float* const vectors = items_.dense_.const_data_ptr<float>();
  for (size_t n = 0; n < history.size(); ++n) {
    const double factor = weight[n];
    const auto terms = items_.sparse_.terms_of(history[n]);
    const auto values = items_.sparse_.values_of(history[n]);
    for (size_t at = 0; at < terms.size(); ++at) {
      double& value = value_[terms[at]];
      if (value == 0) touched_.push_back(terms[at]);
      value += factor * values[at];
    }
    for (size_t d = 0; d < dense_.size(); ++d)
      dense_[d] += factor * vectors[history[n] * std::ssize(dense_) + static_cast<int64_t>(d)];
  }
  std::ranges::sort(touched_);  // sums of a profile in one order, whatever that of its history
  double square = 0;
  for (const int32_t term : touched_) square += value_[term] * value_[term];
  for (const double value : dense_) square += value * value;
  length_ = std::sqrt(square);
}

void ItemVectors::Profile::cosines(std::span<double> to) const {
  std::ranges::fill(to, 0);
  for (const int32_t term : touched_) {
    const double value = value_[term] / length_;
    for (int64_t at = items_.first_[term]; at < items_.first_[term + 1]; ++at)
      to[items_.holders_[at]] += value * items_.amounts_[at];
  }
  if (dense_.empty()) return;
  const int64_t width = items_.padded_.size(1);
  std::vector<Lanes> profile(static_cast<size_t>(width / extra::kFactorLanes));
  auto* const own = reinterpret_cast<float*>(profile.data());
  std::ranges::transform(dense_, own,
                         [&](double value) { return static_cast<float>(value / length_); });
  const float* row = items_.padded_.const_data_ptr<float>();
  for (double& score : to) {
    score += extra::dot(own, row, width);
    row += width;
  }
}

}  // namespace assay::content

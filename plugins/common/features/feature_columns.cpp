#include <ATen/TensorOperators.h>
#include <ATen/ops/arange.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/isnan.h>
#include <ATen/ops/ones.h>
#include <ATen/ops/ones_like.h>
#include <ATen/ops/zeros.h>
#include <assay/error.h>
#include <assay/extra/features/feature_columns.h>
#include <assay/extra/features/standard_scale.h>

#include <algorithm>
#include <sstream>
#include <string>

namespace assay::extra {
namespace {

bool is_numeric(const Feature& feature) {
  return feature.type == FeatureType::number || feature.type == FeatureType::vector;
}

// float64 [rows, dimensions], NaN where missing.
at::Tensor numbers(const Feature& feature) {
  const at::Tensor values = feature.values.to(at::kDouble);
  return values.dim() == 1 ? values.unsqueeze(1) : values;
}

int64_t width(const Feature& feature, int64_t hash_above) {
  switch (feature.type) {
    case FeatureType::number:
      return 2;
    case FeatureType::vector:
      return feature.values.size(1) + 1;
    case FeatureType::category:
    case FeatureType::set:
      return std::min(feature.cardinality, hash_above);
    default:
      return 0;
  }
}

// Categories beyond the limit are scattered by a multiplicative hash (Knuth), whose high bits are
// the good ones.
at::Tensor buckets(const at::Tensor& category, int64_t cardinality, int64_t width) {
  const at::Tensor id = category.to(at::kLong);
  if (cardinality <= width) return id;
  return (id * 2654435761).remainder(int64_t{1} << 32).floor_divide(1 << 12).remainder(width);
}

// Collects entries and puts them end to end.
struct Entries {
  std::vector<at::Tensor> row, column, value;

  void add(const at::Tensor& rows, const at::Tensor& columns, const at::Tensor& values) {
    row.push_back(rows);
    column.push_back(columns);
    value.push_back(values);
  }

  void add_numbers(const FeatureInput& input, const at::Tensor& values,
                   const StandardScale& scale) {
    const at::Tensor standard = scale(values);
    const at::Tensor places = at::arange(values.numel(), values.options().dtype(at::kLong));
    add(places.floor_divide(values.size(1)), places.remainder(values.size(1)) + input.first,
        standard.flatten());
    const at::Tensor missing = at::isnan(values).any(1).nonzero().flatten();
    add(missing, at::ones_like(missing) * (input.first + values.size(1)),
        at::ones_like(missing, at::kDouble));
  }

  void add_category(const FeatureInput& input, const Feature& feature) {
    const at::Tensor row_known = (feature.values >= 0).nonzero().flatten();
    const at::Tensor bucket =
        buckets(feature.values.index_select(0, row_known), feature.cardinality, input.width);
    add(row_known, bucket + input.first, at::ones_like(row_known, at::kDouble));
  }

  void add_set(const FeatureInput& input, const Feature& feature) {
    const at::Tensor member_row = feature.sets.row_index();
    const at::Tensor share = feature.sets.lengths().to(at::kDouble).clamp_min(1).rsqrt();
    add(member_row, buckets(feature.sets.values, feature.cardinality, input.width) + input.first,
        share.index_select(0, member_row));
  }

  SparseColumns matrix(int64_t rows, int64_t columns, const at::Device& device) const {
    if (row.empty()) {
      const at::Tensor none = at::zeros({0}, at::TensorOptions(device).dtype(at::kLong));
      return {rows, columns, none, none, none.to(at::kDouble)};
    }
    return {rows, columns, at::cat(row), at::cat(column), at::cat(value)};
  }
};

Feature stacked_feature(const std::vector<FeatureTable>& tables, size_t which) {
  Feature feature = tables.front().columns[which];
  std::vector<at::Tensor> values, offsets;
  int64_t end = 0;
  const bool set = feature.type == FeatureType::set;
  for (const FeatureTable& table : tables) {
    const Feature& part = table.columns[which];
    values.push_back(set ? part.sets.values : part.values);
    if (!set) continue;
    offsets.push_back(offsets.empty() ? part.sets.offsets : part.sets.offsets.slice(0, 1) + end);
    end += part.sets.values.size(0);
  }
  if (set)
    feature.sets = {at::cat(values), at::cat(offsets)};
  else if (feature.type != FeatureType::text)
    feature.values = at::cat(values);
  return feature;
}

}  // namespace

at::Tensor SparseColumns::times(const at::Tensor& weights) const {
  return at::zeros({rows}, weights.options())
      .index_add_(0, row, value * weights.index_select(0, column));
}

at::Tensor SparseColumns::transposed_times(const at::Tensor& values) const {
  return at::zeros({columns}, values.options())
      .index_add_(0, column, value * values.index_select(0, row));
}

FeatureColumns::FeatureColumns(const FeatureTable& table, int64_t hash_above,
                               const at::Device& device)
    : hash_above_(hash_above) {
  const at::Tensor none = at::zeros({0}, at::TensorOptions(device).dtype(at::kDouble));
  std::vector<at::Tensor> mean = {none}, deviation = {none};
  for (const Feature& feature : table.columns) {
    const FeatureInput input{feature.name, columns_, width(feature, hash_above)};
    inputs_.push_back(input);
    columns_ += input.width;
    if (!is_numeric(feature)) continue;
    const StandardScale scale = StandardScale::of(numbers(feature));
    mean.push_back(scale.mean);
    deviation.push_back(scale.deviation);
  }
  mean_ = at::cat(mean);
  deviation_ = at::cat(deviation);
}

SparseColumns FeatureColumns::encode(const FeatureTable& table) const {
  if (table.columns.size() < inputs_.size()) {
    throw InvalidInput("a table of " + std::to_string(table.columns.size()) +
                       " features was given where " + std::to_string(inputs_.size()) +
                       " were learnt from; " + inputs_[table.columns.size()].name + " is missing");
  }
  Entries entries;
  int64_t dimension = 0;
  for (size_t i = 0; i < inputs_.size(); ++i) {
    const Feature& feature = table.columns[i];
    if (feature.type == FeatureType::category) entries.add_category(inputs_[i], feature);
    if (feature.type == FeatureType::set) entries.add_set(inputs_[i], feature);
    if (!is_numeric(feature)) continue;
    const at::Tensor values = numbers(feature);
    const int64_t end = dimension + values.size(1);
    entries.add_numbers(inputs_[i], values,
                        {mean_.slice(0, dimension, end), deviation_.slice(0, dimension, end)});
    dimension = end;
  }
  return entries.matrix(table.rows, columns_, mean_.device());
}

void FeatureColumns::save(Archive& archive, const std::string& prefix) const {
  archive.put(prefix + "mean", mean_);
  archive.put(prefix + "deviation", deviation_);
  std::ostringstream inputs;
  for (const FeatureInput& input : inputs_) inputs << input.width << ' ' << input.name << '\n';
  archive.put_text(prefix + "inputs", inputs.str());
  archive.put_text(prefix + "hash_above", std::to_string(hash_above_));
}

FeatureColumns FeatureColumns::load(const Archive& archive, const std::string& prefix,
                                    const at::Device& device) {
  FeatureColumns result;
  result.mean_ = archive.tensor(prefix + "mean").to(device);
  result.deviation_ = archive.tensor(prefix + "deviation").to(device);
  result.hash_above_ = std::stoll(archive.text(prefix + "hash_above"));
  std::istringstream inputs(archive.text(prefix + "inputs"));
  FeatureInput input;
  while (inputs >> input.width && std::getline(inputs.ignore(), input.name)) {
    input.first = result.columns_;
    result.inputs_.push_back(input);
    result.columns_ += input.width;
  }
  return result;
}

FeatureTable stacked(const std::vector<FeatureTable>& tables) {
  FeatureTable result;
  if (tables.empty()) return result;
  for (const FeatureTable& table : tables) result.rows += table.rows;
  for (size_t i = 0; i < tables.front().columns.size(); ++i)
    result.columns.push_back(stacked_feature(tables, i));
  return result;
}

}  // namespace assay::extra

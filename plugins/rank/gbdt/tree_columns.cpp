#include "tree_columns.h"

#include <ATen/ops/tensor.h>
#include <assay/extra/interactions/ragged_spans.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <sstream>

namespace assay::gbdt {
namespace {

constexpr float kMissing = std::numeric_limits<float>::quiet_NaN();

template <typename T>
std::vector<T> copied(const at::Tensor& values, at::ScalarType type) {
  const at::Tensor held = values.to(type).contiguous();
  return {held.const_data_ptr<T>(), held.const_data_ptr<T>() + held.numel()};
}

std::vector<float> log_counts(const Feature& feature) {
  std::vector<float> counts(static_cast<size_t>(feature.cardinality), 0);
  for (const int64_t id : copied<int64_t>(feature.values, at::kLong))
    if (id >= 0) ++counts[id];
  for (float& count : counts) count = std::log1p(count);
  return counts;
}

}  // namespace

TreeColumns::TreeColumns(const FeatureTable& table, int64_t one_hot, const std::string& owner) {
  for (const Feature& feature : table.columns) {
    if (feature.type == FeatureType::text) continue;
    Field field{.name = feature.name, .type = feature.type, .first = columns()};
    const bool named = feature.type == FeatureType::category || feature.type == FeatureType::set;
    field.one_hot = named && feature.cardinality <= one_hot;
    if (field.one_hot) field.width = feature.cardinality;
    if (feature.type == FeatureType::category && !field.one_hot) field.counts = log_counts(feature);
    if (feature.type == FeatureType::vector) field.width = feature.values.size(1);
    for (int64_t n = 0; n < field.width; ++n) {
      const bool labelled = field.one_hot && n < std::ssize(feature.labels);
      const std::string which = labelled ? feature.labels[n] : std::to_string(n);
      const bool single = field.width == 1 && !field.one_hot;
      names_.push_back(owner + feature.name + (single ? "" : "=" + which));
    }
    fields_.push_back(std::move(field));
  }
}

void TreeColumns::fill_categories(const Field& field, const Feature& feature, const Cells& to) {
  const std::vector<int64_t> ids = copied<int64_t>(feature.values, at::kLong);
  const int64_t known = field.one_hot ? field.width : std::ssize(field.counts);
  for (int64_t row = 0; row < to.rows; ++row) {
    float* const cell = to.first + row * to.stride;
    if (ids[row] < 0 || ids[row] >= known) continue;
    if (field.one_hot) {
      std::fill_n(cell, field.width, 0.F);
      cell[ids[row]] = 1;
    } else {
      *cell = field.counts[ids[row]];
    }
  }
}

void TreeColumns::fill_sets(const Field& field, const Feature& feature, const Cells& to) {
  const extra::RaggedSpans sets(feature.sets);
  for (int64_t row = 0; row < to.rows; ++row) {
    float* const cell = to.first + row * to.stride;
    const auto set = sets[row];
    if (set.empty()) continue;
    if (!field.one_hot) {
      *cell = static_cast<float>(set.size());
      continue;
    }
    std::fill_n(cell, field.width, 0.F);
    for (const int64_t id : set)
      if (id < field.width) cell[id] = 1;
  }
}

void TreeColumns::fill_numbers(const Field& field, const Feature& feature, const Cells& to) {
  const std::vector<float> values = copied<float>(feature.values, at::kFloat);
  for (int64_t row = 0; row < to.rows; ++row) {
    for (int64_t d = 0; d < field.width; ++d) {
      const float value = values[row * field.width + d];
      if (std::isfinite(value)) to.first[row * to.stride + d] = value;
    }
  }
}

std::vector<float> TreeColumns::encode(const FeatureTable& table) const {
  std::vector<float> out(static_cast<size_t>(table.rows * columns()), kMissing);
  for (const Field& field : fields_) {
    const Feature* const feature = table.find(field.name);
    if (feature == nullptr) continue;
    const Cells cells{out.data() + field.first, table.rows, columns()};
    if (field.type == FeatureType::category)
      fill_categories(field, *feature, cells);
    else if (field.type == FeatureType::set)
      fill_sets(field, *feature, cells);
    else
      fill_numbers(field, *feature, cells);
  }
  return out;
}

void TreeColumns::save(Archive& archive, const std::string& prefix) const {
  std::ostringstream fields, names;
  std::vector<float> counts;
  for (const Field& field : fields_) {
    fields << static_cast<int>(field.type) << ' ' << field.one_hot << ' ' << field.first << ' '
           << field.width << ' ' << field.counts.size() << ' ' << field.name << '\n';
    counts.insert(counts.end(), field.counts.begin(), field.counts.end());
  }
  for (const std::string& name : names_) names << name << '\n';
  archive.put_text(prefix + "fields", fields.str());
  archive.put_text(prefix + "names", names.str());
  archive.put(prefix + "counts", at::tensor(counts, at::kFloat));
}

TreeColumns TreeColumns::load(const Archive& archive, const std::string& prefix) {
  TreeColumns out;
  std::istringstream fields(archive.text(prefix + "fields")), names(archive.text(prefix + "names"));
  const std::vector<float> counts = copied<float>(archive.tensor(prefix + "counts"), at::kFloat);
  auto next = counts.begin();
  int type = 0;
  Field field;
  for (int64_t count = 0; fields >> type >> field.one_hot >> field.first >> field.width >> count;) {
    std::getline(fields.ignore(), field.name);
    field.type = static_cast<FeatureType>(type);
    field.counts.assign(next, next + count);
    next += count;
    out.fields_.push_back(field);
  }
  for (std::string name; std::getline(names, name);) out.names_.push_back(name);
  return out;
}

}  // namespace assay::gbdt

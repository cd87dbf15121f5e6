#include "dataset/features.h"

#include <algorithm>
#include <cmath>

#include "dataset/dense_ids.h"

namespace assay::dataset {
namespace {

TextView text_in(const SafetensorsFile& file, const std::string& name) {
  return {file.array<char>(name), file.array<int64_t>(name + ".offsets")};
}

FeatureView feature_in(const SafetensorsFile& file, const std::string& kind,
                       const nlohmann::json& listed) {
  FeatureView out;
  out.name = listed.at("name").get<std::string>();
  out.type = listed.at("type").get<std::string>();
  const std::string prefix = kind + ".feature." + out.name;
  if (out.type == "category") out.category = file.array<int32_t>(prefix + ".values");
  if (out.type == "number" || out.type == "vector")
    out.number = file.array<float>(prefix + ".values");
  if (out.type == "vector") out.width = file.tensor(prefix + ".values").shape.at(1);
  if (out.type == "text") out.text = text_in(file, prefix + ".text");
  if (out.type == "set") {
    out.set_values = file.array<int64_t>(prefix + ".set.values");
    out.set_offsets = file.array<int64_t>(prefix + ".set.offsets");
  }
  if (out.type == "category" || out.type == "set") out.labels = text_in(file, prefix + ".labels");
  return out;
}

void select_sets(const FeatureView& from, std::span<const int32_t> rows, FeatureColumn& to) {
  to.set_offsets = {0};
  for (int32_t row : rows) {
    if (row >= 0) {
      const auto set = from.set_values.subspan(from.set_offsets[row],
                                               from.set_offsets[row + 1] - from.set_offsets[row]);
      to.set_values.insert(to.set_values.end(), set.begin(), set.end());
    }
    to.set_offsets.push_back(static_cast<int64_t>(to.set_values.size()));
  }
}

void select_numbers(const FeatureView& from, std::span<const int32_t> rows, FeatureColumn& to) {
  const int64_t width = from.type == "vector" ? from.width : 1;
  for (int32_t row : rows) {
    if (row < 0) {
      to.number.insert(to.number.end(), static_cast<size_t>(width), std::nanf(""));
      continue;
    }
    const auto values = from.number.subspan(row * width, width);
    to.number.insert(to.number.end(), values.begin(), values.end());
  }
}

}  // namespace

FeatureView view_of(const FeatureColumn& feature) {
  return {feature.name,        feature.type,        feature.category,
          feature.number,      feature.width,       feature.set_values,
          feature.set_offsets, feature.text.view(), feature.labels.view()};
}

std::vector<FeatureView> features_in(const SafetensorsFile& file, const std::string& kind,
                                     const nlohmann::json& listed) {
  std::vector<FeatureView> out;
  for (const nlohmann::json& entry : listed) out.push_back(feature_in(file, kind, entry));
  return out;
}

FeatureColumn select(const FeatureView& feature, std::span<const int32_t> rows) {
  FeatureColumn out;
  out.name = feature.name;
  out.type = feature.type;
  out.width = feature.width;
  if (feature.type == "category") {
    for (int32_t row : rows) out.category.push_back(row < 0 ? -1 : feature.category[row]);
  }
  if (feature.type == "number" || feature.type == "vector") select_numbers(feature, rows, out);
  if (feature.type == "set") select_sets(feature, rows, out);
  if (feature.type == "text")
    for (int32_t row : rows) out.text.add(row < 0 ? std::string_view() : feature.text[row]);
  for (int64_t label = 0; label < feature.labels.size(); ++label)
    out.labels.add(feature.labels[label]);
  return out;
}

void add_feature(SafetensorsWriter& out, const std::string& kind, const FeatureView& feature) {
  const std::string name = kind + ".feature." + feature.name;
  if (feature.type == "category") out.add(name + ".values", feature.category);
  if (feature.type == "number") out.add(name + ".values", feature.number);
  if (feature.type == "text") out.add_text(name + ".text", name + ".text.offsets", feature.text);
  if (feature.type == "vector") {
    const auto rows =
        static_cast<int64_t>(feature.number.size()) / std::max<int64_t>(feature.width, 1);
    out.add(name + ".values", feature.number, {rows, feature.width});
  }
  if (feature.type == "set") {
    out.add(name + ".set.values", feature.set_values);
    out.add(name + ".set.offsets", feature.set_offsets);
  }
  if (feature.type == "category" || feature.type == "set") {
    out.add_text(name + ".labels", name + ".labels.offsets", feature.labels);
  }
}

nlohmann::json feature_info(const std::vector<FeatureView>& features) {
  nlohmann::json out = nlohmann::json::array();
  for (const FeatureView& feature : features) {
    out.push_back(
        {{"name", feature.name}, {"type", feature.type}, {"cardinality", feature.labels.size()}});
  }
  return out;
}

}  // namespace assay::dataset

#include "pipeline/feature_tables.h"

#include <ATen/ops/from_blob.h>

#include <map>

#include "error/error.h"
#include "pipeline/dtype.h"

namespace assay::pipeline {
namespace {

at::Tensor tensor_over(const dataset::PreparedData& data, const std::string& name) {
  const dataset::TensorView view = data.tensor(name);
  return at::from_blob(const_cast<std::byte*>(view.bytes.data()), view.shape,
                       scalar_type(view.dtype));
}

std::vector<std::string> texts(const dataset::PreparedData& data, const std::string& name) {
  const auto bytes = data.array<char>(name);
  const auto offsets = data.array<int64_t>(name + ".offsets");
  std::vector<std::string> out;
  for (size_t i = 0; i + 1 < offsets.size(); ++i) {
    out.emplace_back(bytes.data() + offsets[i], offsets[i + 1] - offsets[i]);
  }
  return out;
}

FeatureType feature_type(const std::string& name) {
  static const std::map<std::string, FeatureType> types = {{"category", FeatureType::category},
                                                           {"number", FeatureType::number},
                                                           {"set", FeatureType::set},
                                                           {"vector", FeatureType::vector},
                                                           {"text", FeatureType::text}};
  const auto found = types.find(name);
  error::require(found != types.end(), "a prepared feature has a known type");
  return found->second;
}

Feature read_feature(const dataset::PreparedData& data, const std::string& kind,
                     const nlohmann::json& info, const at::Device& device) {
  Feature feature;
  feature.name = info.at("name").get<std::string>();
  feature.type = feature_type(info.at("type").get<std::string>());
  feature.cardinality = info.value("cardinality", int64_t{0});
  const std::string prefix = kind + ".feature." + feature.name;
  if (feature.type == FeatureType::text) {
    feature.texts = texts(data, prefix + ".text");
  } else if (feature.type == FeatureType::set) {
    feature.sets = Ragged{tensor_over(data, prefix + ".set.values"),
                          tensor_over(data, prefix + ".set.offsets")}
                       .to(device);
  } else {
    feature.values = tensor_over(data, prefix + ".values").to(device);
  }
  if (data.has(prefix + ".labels")) feature.labels = texts(data, prefix + ".labels");
  return feature;
}

FeatureTable read_table(const dataset::PreparedData& data, const std::string& kind, int64_t rows,
                        const at::Device& device) {
  FeatureTable table;
  table.rows = rows;
  const nlohmann::json all = data.info().value("features", nlohmann::json::object());
  for (const nlohmann::json& info : all.value(kind, nlohmann::json::array())) {
    table.columns.push_back(read_feature(data, kind, info, device));
  }
  return table;
}

}  // namespace

Features read_features(const dataset::PreparedData& data, const at::Device& device) {
  return {read_table(data, "user", data.users(), device),
          read_table(data, "item", data.items(), device)};
}

}  // namespace assay::pipeline

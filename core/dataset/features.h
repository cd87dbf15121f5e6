#pragma once

/// Feature columns between memory, mapping and file; the names of their tensors are in
/// dataset/prepared.h.

#include <nlohmann/json.hpp>
#include <span>
#include <string>
#include <vector>

#include "dataset/columns.h"
#include "dataset/safetensors.h"

namespace assay::dataset {

/// A feature wherever it lies. Fields as in FeatureColumn.
struct FeatureView {
  std::string name;
  std::string type;
  std::span<const int32_t> category;
  std::span<const float> number;
  int64_t width = 0;
  std::span<const int64_t> set_values;
  std::span<const int64_t> set_offsets;
  TextView text;
  TextView labels;
};

FeatureView view_of(const FeatureColumn& feature);

/// The features of a kind (user, item) that a file holds.
/// @param listed  info()["features"][kind]
std::vector<FeatureView> features_in(const SafetensorsFile& file, const std::string& kind,
                                     const nlohmann::json& listed);

/// The given rows of a feature, in that order; one below 0 has no value. Categories keep their ids, whether or not a row
/// still has them.
FeatureColumn select(const FeatureView& feature, std::span<const int32_t> rows);

/// Adds the tensors of a feature. It must live until the writer wrote.
void add_feature(SafetensorsWriter& out, const std::string& kind, const FeatureView& feature);

/// [{"name", "type", "cardinality"}].
nlohmann::json feature_info(const std::vector<FeatureView>& features);

}  // namespace assay::dataset

#pragma once

#include <ATen/core/Tensor.h>
#include <assay/params.h>
#include <assay/ragged.h>

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace assay {

enum class FeatureType { category, number, set, vector, text };

/// One feature of users, items or requests; row r belongs to the thing with dense id r.
struct Feature {
  std::string name;
  FeatureType type = FeatureType::number;
  /// category: int32 [rows], -1 missing · number: float32 [rows], NaN missing · vector: float32
  /// [rows, D], NaN missing
  at::Tensor values;
  Ragged sets;              ///< set: int64 category ids a row, ascending; empty row where missing
  int64_t cardinality = 0;  ///< category, set: ids are 0..cardinality-1
  std::vector<std::string> labels;            ///< category, set: the outside name of each id
  std::vector<std::string> texts;             ///< text: one a row
  std::shared_ptr<const void> reserved = {};  ///< for later minor versions of the SDK
};

/// Features of one kind of thing.
struct ASSAY_API FeatureTable {
  int64_t rows = 0;
  std::vector<Feature> columns;

  /// The feature, or nullptr.
  const Feature* find(const std::string& name) const;
  /// The feature; throws InvalidInput that lists the known names where there is none.
  const Feature& at(const std::string& name) const;
};

/// Of users [U rows] and items [N rows]. Context features travel with the requests.
struct Features {
  FeatureTable user;
  FeatureTable item;
};

}  // namespace assay

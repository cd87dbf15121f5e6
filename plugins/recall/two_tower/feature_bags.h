#pragma once

#include <assay/context.h>
#include <assay/extra/factors/bags.h>
#include <assay/extra/features/feature_columns.h>
#include <assay/features.h>

#include <cstdint>
#include <string>
#include <vector>

namespace assay::two_tower {

/// What is known of rows of a feature table.
struct KnownFeatures {
  extra::Bags bags;         ///< a bag a row, of columns
  std::vector<bool> known;  ///< whether any feature of the row has a value
};

/// Features as weighted bags of columns, each of which has a vector: numbers, vectors, categories and
/// sets as in extra/features/feature_columns.h. A text is a bag of its different words (runs of ASCII
/// letters, digits and bytes above 127, in lower case) with 1 / sqrt(words) each, hashed into columns
/// of its own (Weinberger et al. 2009, Feature Hashing).
class FeatureBags {
 public:
  FeatureBags() = default;
  /// Learns scales from `table`, whose tensors lie on `device`.
  /// @param hash_above    categories above which those of a feature share so many columns
  /// @param text_buckets  columns of each text
  FeatureBags(const FeatureTable& table, int64_t hash_above, int64_t text_buckets,
              const at::Device& device);

  int64_t columns() const { return columns_.columns() + texts_ * text_buckets_; }
  /// @param table  with the features that were learnt from, in any order, of any rows; one without
  ///               columns knows nothing. Throws InvalidInput where a feature is missing.
  KnownFeatures encode(const FeatureTable& table) const;

  void save(Archive& archive, const std::string& prefix) const;
  static FeatureBags load(const Archive& archive, const std::string& prefix,
                          const at::Device& device);

 private:
  extra::FeatureColumns columns_;
  int64_t texts_ = 0, text_buckets_ = 0;
};

}  // namespace assay::two_tower

#pragma once
// Part of assay::extra, which promises no stable API or ABI: see assay/extra/README.md.

/// The categories of items, and the share of each category in a history.

#include <ATen/core/Tensor.h>
#include <assay/batch.h>
#include <assay/context.h>
#include <assay/extra/interactions/ragged_spans.h>
#include <assay/features.h>

#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace assay::extra {

/// The categories of each item, on the CPU: one or none of a feature that is a category, any number
/// of one that is a set.
class ItemCategories {
 public:
  ItemCategories() = default;
  /// The item feature of that name, or the only one with categories. Throws InvalidInput as
  /// choose_feature() does.
  /// @param who  the strategy, for messages
  ItemCategories(const FeatureTable& items, const std::string& who, const std::string& feature);

  std::span<const int64_t> operator[](int64_t item) const {
    if (one_ == nullptr) return sets_[item];
    return {one_ + item, static_cast<size_t>(one_[item] >= 0 ? 1 : 0)};
  }
  /// Categories are 0 .. count() - 1.
  int64_t count() const { return count_; }
  /// The outside name of each; may be empty.
  const std::vector<std::string>& labels() const { return labels_; }
  const std::string& name() const { return name_; }

 private:
  std::string name_;
  int64_t count_ = 0;
  std::vector<std::string> labels_;
  RaggedSpans sets_{Ragged()};
  at::Tensor held_;  // int64 [N], where the feature is a category
  const int64_t* one_ = nullptr;
};

/// What users are interested in, as shares of categories.
class CategoryInterests {
 public:
  CategoryInterests() = default;
  /// Learns what all users together are interested in.
  CategoryInterests(const TrainingView& data, const ItemCategories& categories, Repeats repeats);
  void save(Archive& archive) const;
  void load(const Archive& archive);

  /// The share of each category in the history of each request, [B * categories]: an item gives its
  /// weight in equal parts to its categories, and each row adds up to 1. A history that has no
  /// category gets the shares of all users together; zeros where these have none either.
  std::vector<double> of(const RequestBatch& requests, const ItemCategories& categories,
                         Repeats repeats) const;

 private:
  std::vector<double> all_;  // [categories], of all users together
};

}  // namespace assay::extra

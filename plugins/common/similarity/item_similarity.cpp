#include <ATen/TensorOperators.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/constant_pad_nd.h>
#include <ATen/ops/zeros.h>
#include <assay/error.h>
#include <assay/extra/interactions/ragged_spans.h>
#include <assay/extra/similarity/double_lanes.h>
#include <assay/extra/similarity/item_similarity.h>

#include <algorithm>
#include <cmath>
#include <vector>

namespace assay::extra {
namespace {

// Rows of length 1, padded with zeros: a candidate is compared where its vector lies.
class CandidateCosine : public CandidateSimilarity {
 public:
  CandidateCosine(const double* vectors, int64_t width) : vectors_(vectors), width_(width) {}

  void gather(std::span<const int64_t> items) override {
    gathered_.clear();
    for (const int64_t item : items) gathered_.push_back(vectors_ + item * width_);
  }

  void similarities(int64_t place, double* out) override {
    for (const double* const other : gathered_) *out++ = dot(gathered_[place], other, width_);
  }

  void similarities(int64_t place, std::span<const int64_t> with, double* out) override {
    for (const int64_t other : with) *out++ = dot(gathered_[place], gathered_[other], width_);
  }

 private:
  const double* vectors_;
  int64_t width_;
  std::vector<const double*> gathered_;
};

at::Tensor padded(const at::Tensor& rows) {
  const int64_t more = padded_width(rows.size(1)) - rows.size(1);
  return at::constant_pad_nd(rows, {0, more}).contiguous();
}

class Vectors : public ItemSimilarity {
 public:
  explicit Vectors(const at::Tensor& vectors) : unit_(padded(unit_rows(vectors).cpu())) {}
  std::unique_ptr<CandidateSimilarity> for_candidates() const override {
    return std::make_unique<CandidateCosine>(unit_.const_data_ptr<double>(), unit_.size(1));
  }

 private:
  at::Tensor unit_;  // float64 [N, D padded]
};

// Marks the members of one set and counts the marks in the others.
class CandidateOverlap : public CandidateSimilarity {
 public:
  CandidateOverlap(const RaggedSpans& sets, int64_t members)
      : sets_(sets), marked_(static_cast<size_t>(members), 0) {}

  void gather(std::span<const int64_t> items) override {
    gathered_.clear();
    for (const int64_t item : items) gathered_.push_back(sets_[item]);
  }

  void similarities(int64_t place, double* out) override {
    const std::span<const int64_t> set = gathered_[place];
    for (const int64_t member : set) marked_[member] = 1;
    for (const std::span<const int64_t> other : gathered_) *out++ = cosine(set.size(), other);
    for (const int64_t member : set) marked_[member] = 0;
  }

  void similarities(int64_t place, std::span<const int64_t> with, double* out) override {
    const std::span<const int64_t> set = gathered_[place];
    for (const int64_t member : set) marked_[member] = 1;
    for (const int64_t other : with) *out++ = cosine(set.size(), gathered_[other]);
    for (const int64_t member : set) marked_[member] = 0;
  }

 private:
  double cosine(size_t size, std::span<const int64_t> other) const {
    if (size == 0 || other.empty()) return 0;
    int64_t common = 0;
    for (const int64_t member : other) common += marked_[member];
    return static_cast<double>(common) / std::sqrt(static_cast<double>(size * other.size()));
  }

  const RaggedSpans& sets_;
  std::vector<uint8_t> marked_;
  std::vector<std::span<const int64_t>> gathered_;
};

class Sets : public ItemSimilarity {
 public:
  Sets(const Ragged& sets, int64_t members) : sets_(sets), members_(members) {}
  std::unique_ptr<CandidateSimilarity> for_candidates() const override {
    return std::make_unique<CandidateOverlap>(sets_, members_);
  }

 private:
  RaggedSpans sets_;
  int64_t members_;
};

// A category is a set of one; a missing one is empty.
Ragged sets_of(const at::Tensor& category) {
  const at::Tensor known = category >= 0;
  const at::Tensor ends = known.to(at::kLong).cumsum(0);
  return {category.masked_select(known).to(at::kLong),
          at::cat({at::zeros({1}, ends.options()), ends})};
}

}  // namespace

at::Tensor unit_rows(const at::Tensor& vectors) {
  const at::Tensor known = vectors.to(at::kDouble).nan_to_num(0);
  const at::Tensor length = known.square().sum(1, /*keepdim=*/true).sqrt();
  return known / length.masked_fill(length == 0, 1);
}

std::shared_ptr<const ItemSimilarity> ItemSimilarity::of_vectors(const at::Tensor& vectors) {
  return std::make_shared<Vectors>(vectors);
}

std::shared_ptr<const ItemSimilarity> ItemSimilarity::of_sets(const Ragged& sets, int64_t members) {
  return std::make_shared<Sets>(sets, members);
}

std::shared_ptr<const ItemSimilarity> ItemSimilarity::of_feature(const Feature& feature) {
  switch (feature.type) {
    case FeatureType::category:
      return of_sets(sets_of(feature.values), feature.cardinality);
    case FeatureType::set:
      return of_sets(feature.sets, feature.cardinality);
    case FeatureType::vector:
      return of_vectors(feature.values);
    default:
      throw InvalidInput("items cannot be compared by the feature \"" + feature.name +
                         "\", which is a " +
                         (feature.type == FeatureType::number ? "number" : "text") +
                         "; name a category, a set or a vector.");
  }
}

}  // namespace assay::extra

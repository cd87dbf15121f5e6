#include "metrics/pair_distance.h"

#include <ATen/Parallel.h>
#include <ATen/TensorOperators.h>
#include <ATen/ops/empty.h>
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "error/error.h"
#include "metrics/item_sets.h"
#include "rules/definition_choice.h"

namespace assay::metrics {
namespace {

constexpr double kNoValue = std::numeric_limits<double>::quiet_NaN();

// Distances between sets: `Between` makes one of what two sets share and how large each is.
template <typename Between>
class SetDistance : public PairDistance {
 public:
  SetDistance(const Ragged& sets, int64_t universe, double unit = 1)
      : sets_(sets, universe), unit_(unit) {}

  bool comparable(int64_t item) const override { return sets_.size(item) > 0; }

  void sum_up(const int64_t* items, int64_t count, double* sums) const override {
    sums[0] = 0;
    for (int64_t j = 0; j < count; ++j) {
      double sum = sums[j];
      for (int64_t i = 0; i < j; ++i) {
        sum += Between()(static_cast<double>(sets_.common(items[i], items[j])),
                         static_cast<double>(sets_.size(items[i])),
                         static_cast<double>(sets_.size(items[j]))) /
               unit_;
      }
      sums[j + 1] = sum;
    }
  }

 private:
  ItemSets sets_;
  double unit_;  // distances are divided by it
};

struct JaccardDistance {
  double operator()(double common, double a, double b) const {
    return 1 - common / (a + b - common);
  }
};

struct HammingDistance {
  double operator()(double common, double a, double b) const { return a + b - 2 * common; }
};

// 1 - cosine. Over all pairs it is linear in the running sum of unit vectors, so a list costs K·D,
// not K²·D.
class CosineDistance : public PairDistance {
 public:
  explicit CosineDistance(const at::Tensor& vectors) {
    const at::Tensor exact = vectors.cpu().to(at::kDouble).contiguous();
    const at::Tensor norm = exact.norm(2, {1}, true);
    unit_ = (exact / norm).contiguous();  // NaN where a vector is missing or zero
  }

  bool comparable(int64_t item) const override { return !std::isnan(row(item)[0]); }

  void sum_up(const int64_t* items, int64_t count, double* sums) const override {
    const int64_t width = unit_.size(1);
    std::vector<double> total(static_cast<size_t>(width));
    sums[0] = 0;
    for (int64_t j = 0; j < count; ++j) {
      const double* unit = row(items[j]);
      double dot = 0;
      for (int64_t d = 0; d < width; ++d) {
        dot += unit[d] * total[d];
        total[d] += unit[d];
      }
      sums[j + 1] = sums[j] + static_cast<double>(j) - dot;
    }
  }

 private:
  const double* row(int64_t item) const {
    return unit_.const_data_ptr<double>() + item * unit_.size(1);
  }

  at::Tensor unit_;  // float64 [N, D]
};

const char* type_name(FeatureType type) {
  switch (type) {
    case FeatureType::category:
      return "category";
    case FeatureType::number:
      return "number";
    case FeatureType::set:
      return "set";
    case FeatureType::vector:
      return "vector";
    case FeatureType::text:
      return "text";
  }
  return "?";
}

const Feature& find_feature(const std::string& distance, const std::string& name, FeatureType type,
                            const MetricData& data) {
  std::vector<std::string> known;
  if (data.features) {
    for (const Feature& column : data.features->columns) known.push_back(column.name);
  }
  const Feature* feature = data.features ? data.features->find(name) : nullptr;
  if (feature == nullptr) {
    const std::string near = known.empty() ? "; they have none" : error::did_you_mean(name, known);
    throw error::UserError(fmt::format(
        "intra_list_distance{{distance={},of={}}}: the data have no item feature \"{}\"{}",
        distance, name, name, near));
  }
  if (feature->type != type) {
    throw error::UserError(fmt::format(
        "intra_list_distance{{distance={},of={}}}: {} is a {} feature; {} compares a {} feature",
        distance, name, name, type_name(feature->type), distance, type_name(type)));
  }
  return *feature;
}

}  // namespace

std::unique_ptr<PairDistance> make_pair_distance(const std::string& distance,
                                                 const std::string& feature,
                                                 const MetricData& data) {
  if (distance == "cosine") {
    return std::make_unique<CosineDistance>(
        find_feature(distance, feature, FeatureType::vector, data).values);
  }
  const Feature& sets = find_feature(distance, feature, FeatureType::set, data);
  const Ragged on_cpu = sets.sets.to(at::Device(at::kCPU));
  if (distance == "jaccard")
    return std::make_unique<SetDistance<JaccardDistance>>(on_cpu, sets.cardinality);
  error::require(distance.starts_with("hamming"),
                 "intra-list distance of a feature is cosine, jaccard or hamming");
  const double unit = distance == "hamming_share" ? static_cast<double>(sets.cardinality) : 1;
  return std::make_unique<SetDistance<HammingDistance>>(on_cpu, sets.cardinality, unit);
}

bool parse_intra_list(std::string_view definition, IntraListDefinition& parsed) {
  if (!definition.starts_with("intra_list_distance{")) return false;
  parsed = {std::string(rules::choice_of(definition, "distance")),
            std::string(rules::choice_of(definition, "of")),
            rules::choice_of(definition, "single") == "zero"};
  return true;
}

IntraListFamily::IntraListFamily(std::shared_ptr<const PairDistance> distance,
                                 std::vector<Column> columns)
    : distance_(std::move(distance)), columns_(std::move(columns)) {
  for (const Column& column : columns_) widest_ = std::max(widest_, column.cutoff);
}

void IntraListFamily::compute(const MetricBatch& batch, const at::Tensor& out) const {
  const at::Tensor lists = batch.items.cpu().contiguous();
  const int64_t rows = lists.size(0), stride = lists.size(1), width = std::min(stride, widest_);
  at::Tensor result = at::empty({static_cast<int64_t>(columns_.size()), rows},
                                at::TensorOptions().dtype(at::kDouble));
  const auto* list = lists.const_data_ptr<int64_t>();
  double* value = result.mutable_data_ptr<double>();
  at::parallel_for(0, rows, 16, [&](int64_t first, int64_t last) {
    std::vector<int64_t> compared(static_cast<size_t>(width)), upto(static_cast<size_t>(width) + 1);
    std::vector<double> sums(static_cast<size_t>(width) + 1);
    for (int64_t r = first; r < last; ++r) {
      int64_t count = 0;  // upto[k]: how many of the first k items are compared
      for (int64_t k = 0; k < width; ++k) {
        const int64_t item = list[r * stride + k];
        if (item >= 0 && distance_->comparable(item)) compared[count++] = item;
        upto[k + 1] = count;
      }
      distance_->sum_up(compared.data(), count, sums.data());
      for (size_t c = 0; c < columns_.size(); ++c) {
        const int64_t n = upto[std::min(columns_[c].cutoff, width)];
        const double pairs = static_cast<double>(n * (n - 1)) / 2;
        const double single = n == 1 && columns_[c].single_is_zero ? 0 : kNoValue;
        value[static_cast<int64_t>(c) * rows + r] = n < 2 ? single : sums[n] / pairs;
      }
    }
  });
  for (size_t c = 0; c < columns_.size(); ++c)
    out[columns_[c].row].copy_(result[static_cast<int64_t>(c)]);
}

}  // namespace assay::metrics

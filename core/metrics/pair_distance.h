#pragma once

/// Intra-list distance: the mean distance over all pairs of a list (Ziegler et al. 2005).

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "metrics/metric_data.h"
#include "metrics/metric_pass.h"

namespace assay::metrics {

/// Distances of the items of a list from each other. Works on the CPU; const methods may run on
/// several threads.
class PairDistance {
 public:
  virtual ~PairDistance() = default;
  /// Whether the item can be compared at all (its vector is there, its set is not empty).
  virtual bool comparable(int64_t item) const = 0;
  /// sums[j] = distances between the first j of `items` (all comparable), for j = 0 .. count.
  virtual void sum_up(const int64_t* items, int64_t count, double* sums) const = 0;
};

/// How a definition measures distance: `cosine`, `jaccard`, `hamming` or `hamming_share` of a
/// feature (by co-occurrence: cooccurrence_metrics.h). Throws UserError where the data have no such feature or it has
/// another type.
std::unique_ptr<PairDistance> make_pair_distance(const std::string& distance,
                                                 const std::string& feature,
                                                 const MetricData& data);

/// What an id such as `intra_list_distance{distance=jaccard,of=genre,single=skip}` says.
struct IntraListDefinition {
  std::string distance;
  std::string feature;
  bool single_is_zero = false;
};

/// False where the id is of another metric.
bool parse_intra_list(std::string_view definition, IntraListDefinition& parsed);

/// The columns of a pass that share a distance. A list with fewer than two comparable items has no
/// value, or 0 where it has one and the definition says so.
class IntraListFamily : public MetricFamily {
 public:
  struct Column {
    int64_t cutoff;
    int64_t row;
    bool single_is_zero;
  };
  IntraListFamily(std::shared_ptr<const PairDistance> distance, std::vector<Column> columns);
  void compute(const MetricBatch& batch, const at::Tensor& out) const override;

 private:
  std::shared_ptr<const PairDistance> distance_;
  std::vector<Column> columns_;
  int64_t widest_ = 0;
};

}  // namespace assay::metrics

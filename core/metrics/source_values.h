#pragma once

#include <ATen/core/Tensor.h>
#include <assay/ragged.h>

#include <cstdint>
#include <string_view>
#include <vector>

namespace assay::metrics {

/// Contribution of each of several recall sources, request by request: the metrics of the group
/// pool about sources (docs/metrics.md).
class SourceValues {
 public:
  explicit SourceValues(size_t sources) : of_source_(sources) {}

  /// One batch. Lists are int64 [B, K] on any device, -1 behind their end; K may differ.
  /// @param sources as many as the constructor was given
  /// @param candidates  the merged list
  /// @param served      what the user sees
  /// @param truth       relevant items of each request, ascending
  void add(const std::vector<at::Tensor>& sources, const at::Tensor& candidates,
           const at::Tensor& served, const Ragged& truth);

  /// One float a request of everything added; NaN: no value. `source` counts from 0 and means
  /// nothing for source_overlap. InternalError for another definition.
  const std::vector<float>& values(std::string_view definition, size_t source) const;

 private:
  struct OfSource {
    std::vector<float> served, candidates, hits, only;
  };
  struct Request;
  void add(const Request& request);

  std::vector<OfSource> of_source_;
  std::vector<float> overlap_of_either_, overlap_of_smaller_;
};

}  // namespace assay::metrics

#pragma once

#include <ATen/core/Tensor.h>
#include <assay/batch.h>

#include <optional>
#include <span>
#include <vector>

#include "dataset/impressions.h"
#include "dataset/prepared.h"

namespace assay::pipeline {

/// The logged rows of requests as the SDK's tensors. Requests are places in the table, -1 for
/// padding; all tensors lie on the CPU.
class LoggedRequests {
 public:
  /// @param candidates  what later stages choose from
  LoggedRequests(dataset::Impressions table, task::CandidateSource candidates)
      : table_(std::move(table)), candidates_(candidates) {}

  bool are_candidates() const { return candidates_ == task::CandidateSource::logged; }

  /// The columns of requests.
  FeatureTable context(std::span<const int64_t> requests) const;

  /// The items that each request allows, all `items` where the log names none; nothing where that
  /// is so of every request, or the traffic does not ask for it.
  std::optional<Ragged> allowed(std::span<const int64_t> requests, int64_t items) const;

  /// The rows of each request that show an item, each item once, with the columns of rows as
  /// features. With positions they stand in that order and score 1 / (1 + rank); without they stand
  /// in the order of their ids and all score 0: the order of a file may tell what came of them.
  CandidateBatch candidates(std::span<const int64_t> requests) const;

  /// float32 [B, K, T]: 1 where a row of the request with that item holds the label, 0 where none
  /// does, NaN where all are missing, or there is no such row.
  /// @param item  int64 [B, K], on the CPU
  at::Tensor labels(std::span<const int64_t> requests, const at::Tensor& item) const;

  /// float32 [B, K]: with what probability the log showed the items, 1 on padding; nothing where it
  /// does not say.
  std::optional<at::Tensor> propensity(std::span<const int64_t> requests,
                                       const at::Tensor& item) const;

 private:
  /// Rows of a request that show an item, by item, then in their order.
  struct Shown {
    int32_t item;
    int64_t row;
  };
  std::vector<Shown> shown(int64_t request) const;
  /// The first row of each item, as candidates stand.
  std::vector<Shown> distinct(int64_t request) const;
  FeatureTable features(const std::vector<std::vector<Shown>>& rows, int64_t width) const;

  dataset::Impressions table_;
  task::CandidateSource candidates_;
};

}  // namespace assay::pipeline

#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "analysis/run_samples.h"
#include "stats/clusters.h"

namespace assay::analysis {

/// Consecutive requests of a group that are looked at together; what is held at once.
struct RequestRange {
  size_t set = 0;  ///< which of the group's request sets
  int64_t first = 0, count = 0;
};

/// All requests of a complete group, in order. Groups with the same request sets have the same
/// ones.
std::vector<RequestRange> ranges_of(const results::Reader& reader, const TrialGroup& group);

/// Values of one column of a complete group, by seed, read a range at a time: what is held does
/// not grow with the requests. The run's database must outlive it.
class Column {
 public:
  Column(const results::Reader& reader, const TrialGroup& group, const results::StageMetric& at);

  /// Those of the group.
  const std::vector<RequestRange>& ranges() const { return ranges_; }
  size_t seeds() const { return by_seed_.size(); }
  SeedValues read(const RequestRange& range) const;

 private:
  std::vector<RequestRange> ranges_;
  std::vector<std::vector<results::StoredArray<float>>> by_seed_;  ///< by seed and request set
};

/// Who asked in each request of a group, where that matters: where some user asks more than once,
/// and requests are therefore not independent.
class GroupUsers {
 public:
  /// Nobody: requests are independent.
  GroupUsers() = default;
  GroupUsers(const results::Reader& reader, const TrialGroup& group);

  stats::ClusterOrder order() const { return order_; }
  bool repeat() const { return order_ != stats::ClusterOrder::apart; }
  /// One number a request, -1 is anonymous; none where they do not repeat.
  std::vector<int32_t> read(const RequestRange& range) const;

 private:
  stats::ClusterOrder order_ = stats::ClusterOrder::apart;
  std::vector<results::StoredArray<int32_t>> stored_;  ///< by request set
  /// By request set, where there are several: numbers that tell users of all of them apart.
  std::vector<std::vector<int32_t>> renumbered_;
};

}  // namespace assay::analysis

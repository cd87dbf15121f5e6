#pragma once

#include <assay/batch.h>

#include <cstdint>
#include <vector>

#include "pipeline/data_view.h"
#include "task/export_request.h"

namespace assay::worker {

/// All users of whom a log knows something, as requests at its end: their histories are what they
/// were positive about in some windows, and what they had an event with in others is excluded.
class KnownUsers {
 public:
  KnownUsers(const pipeline::DataView& data, const task::ExportRequest& request);

  /// Dense ids of users with an event in the windows of the history, ascending.
  const std::vector<int64_t>& users() const { return users_; }
  /// Requests of users() `first .. first + count`, numbered by their users' ids.
  RequestBatch requests(int64_t first, int64_t count) const;

 private:
  void take_histories(const TrainingView& events, int64_t length);
  void take_excluded(const TrainingView& events);

  at::Device device_;
  std::vector<int64_t> users_;
  int64_t end_us_ = kNoTime;
  History history_;  // a row a user, on the CPU
  Ragged excluded_;
};

}  // namespace assay::worker

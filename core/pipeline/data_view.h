#pragma once

#include <ATen/core/Tensor.h>
#include <assay/batch.h>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "dataset/prepared.h"

namespace assay::pipeline {

/// A prepared data set as the SDK's batches. On the CPU, tensors of event columns and of request
/// sets lie over the mapping itself; they stay valid as long as the DataView.
class DataView {
 public:
  /// @param device  where every tensor handed out lies
  DataView(dataset::PreparedData data, const at::Device& device);

  const dataset::PreparedData& prepared() const { return data_; }
  const at::Device& device() const { return device_; }
  const Features& features() const { return features_; }
  /// The same on the data's own device or on the CPU (for stages of the trait cpu_only). Not to be
  /// called from several threads at once.
  const Features& features(const at::Device& device) const;
  int64_t users() const { return data_.users(); }
  int64_t items() const { return data_.items(); }

  /// A part of the users, chosen by the hash of their dense id: those with hash % parts == part.
  struct UserShare {
    uint64_t seed = 0;
    uint64_t part = 0;
    uint64_t parts = 1;
    bool holds(int64_t user) const;
  };

  /// What may be learnt from these windows (of these users only).
  TrainingView training(const std::vector<task::Window>& windows, const UserShare& share) const {
    return training(windows, share, fold());
  }
  /// Of all users. The last one is kept, since every shard of an evaluation asks for the same.
  /// Not to be called from several threads at once.
  TrainingView training(const std::vector<task::Window>& windows) const;

  /// Which fold of walk_forward this is, 1 being the first; 1 where there are no folds.
  int64_t fold() const { return static_cast<int64_t>(earlier_.size()) + 1; }
  /// What could be learnt from the windows of `fold`, this one or an earlier one.
  TrainingView training(const std::vector<task::Window>& windows, const UserShare& share,
                        int64_t fold) const;
  /// What `fold` (from 2) may learn beside what the fold before it could.
  EventSlice news(const std::vector<task::Window>& windows, const UserShare& share,
                  int64_t fold) const;

  /// Requests `first .. first + count` of a window, followed by anonymous ones without history
  /// (request and user -1) up to a multiple of `pad_to`, so that the shape of the last batch does
  /// not depend on how many are left.
  RequestBatch requests(task::Window window, int64_t first, int64_t count,
                        int64_t pad_to = 64) const;

  /// The given rows of a window (ascending), without padding.
  RequestBatch requests(task::Window window, const std::vector<int64_t>& rows) const;

  /// Relevant items of the same requests, without the padding rows.
  Ragged truth(task::Window window, int64_t first, int64_t count) const;

  /// Items that hold target `t` (0 is the first) for requests `first .. first + count`.
  Ragged target(task::Window window, int64_t t, int64_t first, int64_t count) const;

 private:
  struct Within;
  Within within(const std::vector<task::Window>& windows, int64_t fold) const;
  // The events of these users that `marked` says, on the CPU.
  template <typename Marked>
  EventSlice slice(const Marked& marked, const UserShare& share) const;
  Ragged rows_of(const dataset::RaggedView& all, int64_t first, int64_t count,
                 int64_t padded) const;

  dataset::PreparedData data_;
  at::Device device_;
  Features features_;
  mutable std::optional<Features> cpu_features_;  // where `features_` are elsewhere
  // For each earlier fold where its windows end among the events.
  std::vector<std::vector<size_t>> earlier_;
  mutable std::vector<task::Window> kept_windows_;
  mutable TrainingView kept_;
};

}  // namespace assay::pipeline

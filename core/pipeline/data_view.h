#pragma once

#include <ATen/core/Tensor.h>
#include <assay/batch.h>

#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "dataset/prepared.h"
#include "pipeline/logged_requests.h"

namespace assay::pipeline {

class StageFeatures;

/// A prepared data set as the SDK's batches. On the CPU, tensors of event columns and of request
/// sets lie over the mapping itself; they stay valid as long as the DataView.
class DataView {
 public:
  /// @param device  where every tensor handed out lies
  DataView(dataset::PreparedData data, const at::Device& device);

  const dataset::PreparedData& prepared() const { return data_; }
  const at::Device& device() const { return device_; }
  const Features& features() const { return features_; }
  /// Those that a stage sees, on the data's own device or on the CPU (for stages of the trait
  /// cpu_only); kept as long as this.
  const Features& features(const task::DataScope& sees, const at::Device& device) const;
  /// What it computes for candidates (pipeline/stage_features.h).
  StageFeatures& stage_features() const { return *stage_features_; }
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
  /// What a stage could learn from the windows of `fold`, this one or an earlier one: events of the
  /// types that it learns from, with their weights.
  TrainingView training(const std::vector<task::Window>& windows, const UserShare& share,
                        int64_t fold, const task::DataScope& sees = {}) const;
  /// What `fold` (from 2) may learn beside what the fold before it could.
  EventSlice news(const std::vector<task::Window>& windows, const UserShare& share, int64_t fold,
                  const task::DataScope& sees = {}) const;
  /// Requests of a window as a stage sees them: with the weights of the events of histories.
  /// Histories keep what the stage does not learn from, with weight 0. Where the first target is a
  /// type of events, the histories of a stage with a choice of types hold events of all types.
  RequestBatch seen_by(const task::DataScope& sees, task::Window window,
                       RequestBatch requests) const;

  /// Requests `first .. first + count` of a window, followed by anonymous ones without history
  /// (request and user -1) up to a multiple of `pad_to`, so that the shape of the last batch does
  /// not depend on how many are left.
  RequestBatch requests(task::Window window, int64_t first, int64_t count,
                        int64_t pad_to = 64) const;

  /// The given rows of a window (ascending), without padding.
  RequestBatch requests(task::Window window, const std::vector<int64_t>& rows) const;

  /// Whether later stages choose from the logged rows of the requests.
  bool has_logged_candidates() const { return logged_ && logged_->are_candidates(); }
  /// The logged rows of some requests of a window: all of them.
  CandidateBatch logged_candidates(task::Window window, const RequestBatch& requests) const;
  /// Makes labels, and the propensities of candidates, what the log says of them.
  void label_logged(task::Window window, const std::vector<int64_t>& rows,
                    LabelledBatch& batch) const;

  /// Relevant items of the same requests, without the padding rows.
  Ragged truth(task::Window window, int64_t first, int64_t count) const;

  /// Items that hold target `t` (0 is the first) for requests `first .. first + count`.
  Ragged target(task::Window window, int64_t t, int64_t first, int64_t count) const;

 private:
  // Adds what the log says of requests: places in the window, -1 for padding.
  void add_logged(const dataset::RequestSetView& set, std::span<const int64_t> requests,
                  RequestBatch& batch) const;
  RequestBatch without_log(const dataset::RequestSetView& set, int64_t first, int64_t count,
                           int64_t padded) const;
  struct Within;
  Within within(const std::vector<task::Window>& windows, int64_t fold) const;
  // The events of these users that `marked` says, on the CPU.
  template <typename Marked>
  EventSlice slice(const Marked& marked, const UserShare& share, const task::DataScope& sees) const;
  // Of each event type; empty where events of all types are seen.
  std::vector<float> weights(const task::DataScope& sees) const;
  Ragged rows_of(const dataset::RaggedView& all, int64_t first, int64_t count,
                 int64_t padded) const;
  History history_of(const dataset::RequestSetView& set, int64_t first, int64_t count,
                     int64_t padded) const;
  // Of events of all types, for the requests of these rows; -1 has none.
  History typed_history(task::Window window, const at::Tensor& rows) const;
  bool target_is_type() const;

  dataset::PreparedData data_;
  std::optional<LoggedRequests> logged_;
  at::Device device_;
  Features features_;
  // Of stages that do not see all or that work on the CPU beside a GPU, by what they see and
  // where. Threads that serve share it.
  struct ChosenFeatures {
    std::mutex mutex;
    std::map<std::pair<std::string, std::string>, Features> tables;
  };
  std::shared_ptr<ChosenFeatures> chosen_features_ = std::make_shared<ChosenFeatures>();
  std::shared_ptr<StageFeatures> stage_features_;
  // For each earlier fold where its windows end among the events.
  std::vector<std::vector<size_t>> earlier_;
  mutable std::vector<task::Window> kept_windows_;
  mutable TrainingView kept_;
};

}  // namespace assay::pipeline

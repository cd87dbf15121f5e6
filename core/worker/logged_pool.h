#pragma once

#include <assay/batch.h>

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "dataset/impressions.h"
#include "pipeline/data_view.h"

namespace assay::worker {

/// Pairs of a request and an item, as a reward model learns from and scores them: each the only
/// candidate of its request, so that what it is told of an item never depends on what else is asked.
struct Pairs {
  std::vector<int64_t> row;  ///< of the request in its batch
  std::vector<int64_t> item;

  int64_t size() const { return static_cast<int64_t>(row.size()); }
  void add(int64_t of, int64_t what) {
    row.push_back(of);
    item.push_back(what);
  }
};

/// The requests of pairs: rows of a batch, without what they exclude and allow, which is not asked here.
RequestBatch lone_requests(RequestBatch batch, std::span<const int64_t> rows);
/// A candidate a row, with score 0.
CandidateBatch lone_candidates(std::span<const int64_t> items, const at::Device& device);

/// The logged rows of a window as labelled candidates, without those of one fold: each row that shows
/// an item and has a label, an item of a request once (as LoggedRequests::labels has it). They are
/// made anew for each walk, a batch at a time, so that a long log needs no memory.
class LoggedPool : public LabelledCandidates {
 public:
  /// @param sees  what the learning stage sees
  /// All outlive this.
  LoggedPool(const pipeline::DataView& data, const dataset::Impressions& table, task::Window window,
             const task::DataScope& sees, int held_out, int folds);

  void rewind() override { next_ = 0; }
  std::optional<LabelledBatch> next() override;
  const std::vector<std::string>& targets() const override { return targets_; }
  const std::vector<std::string>& sources() const override { return sources_; }
  int64_t requests() const override { return requests_; }

 private:
  bool is_held_out(int64_t place) const;
  Pairs pairs(int64_t first, int64_t count) const;
  at::Tensor labels(const Pairs& pairs, int64_t first) const;

  const pipeline::DataView& data_;
  const dataset::Impressions& table_;
  task::Window window_;
  const task::DataScope& sees_;
  int held_out_, folds_;
  std::span<const int64_t> places_;  // of the requests in the table
  std::vector<std::string> targets_, sources_;
  int64_t next_ = 0, requests_ = 0;
};

}  // namespace assay::worker

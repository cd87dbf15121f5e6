#pragma once

/// The data a strategy sees. Letters, everywhere: B requests, K candidates, D width, N items, U
/// users, E events, T targets, S recall sources.
///
/// Ids are dense: 0..U-1 and 0..N-1 over all users and items the data set knows, those that
/// training never saw included
/// (`TrainingView::user_seen`, `item_seen`). -1 is an anonymous user, or padding.
/// All tensors of one call lie on one device, `ctx.device()`. Inputs are read-only; outputs are
/// fresh tensors.

#include <ATen/core/Tensor.h>
#include <assay/features.h>
#include <assay/params.h>
#include <assay/ragged.h>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace assay {

/// B requests that are served together.
struct RequestBatch {
  at::Tensor request;  ///< int64 [B], place in the request set; keys all randomness
  at::Tensor user;     ///< int64 [B], -1 where anonymous
  Ragged history;      ///< items (int64) the user was positive about, oldest first; may be empty
  Ragged excluded;     ///< items (int64, ascending) that must not be served
  std::optional<Ragged> allowed;  ///< where set, only these items (int64, ascending) may be served
  at::Tensor time_s;     ///< int64 [B], seconds since 1970 UTC; -1 where the data have no time
  FeatureTable context;  ///< one row a request; empty where the data have no context

  /// B.
  int64_t size() const { return request.defined() ? request.size(0) : 0; }
};

/// K candidates for each of B requests.
///
/// Rows stand in rank order and are padded at the tail with item -1 and score -inf. Within a row no
/// item occurs twice and none is excluded. For recall and rank the score falls (or stays) along a
/// row; a reranker keeps the scores that it was given, in its own order.
struct CandidateBatch {
  at::Tensor item;   ///< int64 [B, K]
  at::Tensor score;  ///< float32 [B, K], higher is better
  std::optional<at::Tensor>
      source_score;  ///< float32 [B, K, S], NaN where source s did not bring the item
  /// float32 [B, K], P(item at rank j | items at ranks before j, the candidates, the request), so
  /// that the product of a row is the probability of the slate. Set it in the last stage only: the
  /// host drops it when a later stage changes items or order.
  std::optional<at::Tensor> propensity;

  int64_t size() const { return item.defined() ? item.size(0) : 0; }
  int64_t width() const { return item.defined() ? item.size(1) : 0; }
};

/// Candidates whose outcome is known, for rank and rerank strategies that learn.
struct LabelledBatch {
  RequestBatch requests;
  CandidateBatch candidates;
  at::Tensor label;   ///< float32 [B, K, T]: 1 the target holds, 0 it does not, NaN the target's
                      ///< column is missing
  at::Tensor weight;  ///< float32 [B, K], 0 on padding
};

/// Batches of labelled candidates, made by the host: the stages before this one, run over the rank
/// window. Every walk yields the same batches in the same order.
class ASSAY_API LabelledCandidates {
 public:
  virtual ~LabelledCandidates();
  /// Starts a walk from the first batch.
  virtual void rewind() = 0;
  /// The next batch, or nothing at the end.
  virtual std::optional<LabelledBatch> next() = 0;
  /// Names along T; the first one is the truth that is measured.
  virtual const std::vector<std::string>& targets() const = 0;
  /// Names along S of `source_score`: `recall[0]`, `recall[1]`, ...
  virtual const std::vector<std::string>& sources() const = 0;
  /// How many requests a walk holds.
  virtual int64_t requests() const = 0;
};

/// Events in time order (equal times keep the order of the file).
struct EventSlice {
  at::Tensor user;      ///< int32 [E]
  at::Tensor item;      ///< int32 [E]
  at::Tensor time_s;    ///< int64 [E], -1 where the data have no time
  at::Tensor value;     ///< float32 [E], the column of the first target, 1 where there is none
  at::Tensor positive;  ///< bool [E], by the first target

  int64_t size() const { return user.defined() ? user.size(0) : 0; }
};

/// What a strategy may learn from: the events of its window and no later one.
struct TrainingView : EventSlice {
  int64_t users = 0;     ///< U
  int64_t items = 0;     ///< N
  at::Tensor user_seen;  ///< bool [U], has an event in this window
  at::Tensor item_seen;  ///< bool [N]
  Ragged
      by_user;  ///< U rows of positive items (int64) in time order, each pair once (its first time)
  Ragged by_item;  ///< N rows of users (int64), ascending, of the same pairs
  const Features* features =
      nullptr;         ///< of users and items; never null inside a strategy's methods
  int64_t end_s = -1;  ///< time of the last event of the window, -1 without times
};

}  // namespace assay

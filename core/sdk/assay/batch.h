#pragma once

/// The data a strategy sees. Letters, everywhere: B requests, K candidates, D width, N items, U
/// users, E events, T targets, S recall sources.
///
/// Ids are dense: 0..U-1 and 0..N-1 over all users and items that the data set knows, those that
/// training never saw included (`TrainingView::user_seen`, `item_seen`). -1 is an anonymous user,
/// or padding. Times are microseconds since 1970 UTC, kNoTime where the data have none.
///
/// All tensors of one call lie on one device, `ctx.device()`. Inputs are read-only; outputs are
/// fresh tensors. An absent optional tensor stands for its usual value, which its comment names: it
/// costs nothing where the data have nothing to say.

#include <ATen/core/Tensor.h>
#include <assay/features.h>
#include <assay/params.h>
#include <assay/ragged.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace assay {

/// The time of an event or a request of data without times.
inline constexpr int64_t kNoTime = -1;

/// What users were positive about before their requests: B rows of items (int64), oldest first. A
/// row may be empty, and it may hold an item several times.
///
/// The other tensors have an entry for each of `values`, in the same places.
struct ASSAY_API History : Ragged {
  std::optional<at::Tensor> time_us;     ///< int64; absent: the data have no times
  std::optional<at::Tensor> event_type;  ///< int32, a place in TrainingView::event_types; absent:
                                         ///< the data have none
  std::optional<at::Tensor> weight;      ///< float32, by `learn_from`; absent: 1 everywhere
  bool distinct = false;                 ///< known to hold no item twice in a row

  History() = default;
  History(Ragged rows) : Ragged(std::move(rows)) {}

  /// Each item of a row once, where it stands first; these rows themselves where `distinct`.
  History once() const;
  /// once() or all of it.
  History counted(Repeats repeats) const { return repeats == Repeats::each ? *this : once(); }
  /// The rows `first .. first + count`.
  History slice(int64_t first, int64_t count) const;
  /// The given rows (int64 [R]) in that order.
  History select(const at::Tensor& rows) const;
  /// The same on another device.
  History to(const at::Device& device) const;
};

/// B requests that are served together.
struct RequestBatch {
  at::Tensor request;             ///< int64 [B], place in the request set; keys all randomness
  at::Tensor user;                ///< int64 [B], -1 where anonymous
  History history;                ///< B rows
  Ragged excluded;                ///< items (int64, ascending) that must not be served
  std::optional<Ragged> allowed;  ///< where set, only these items (int64, ascending) may be served
  at::Tensor time_us;             ///< int64 [B]
  FeatureTable context;           ///< one row a request; no column where the data have no context
  std::shared_ptr<const void> reserved = {};  ///< for later minor versions of the SDK

  /// B. It may be 0.
  int64_t size() const { return request.defined() ? request.size(0) : 0; }
};

/// K candidates for each of B requests. K may be 0.
///
/// Rows stand in rank order and are padded at the tail with item -1 and score -inf. Within a row no
/// item occurs twice and none is excluded. For recall and rank the score falls (or stays) along a
/// row; a reranker keeps the scores that it was given, in its own order. Scores are finite.
struct CandidateBatch {
  at::Tensor item;   ///< int64 [B, K]
  at::Tensor score;  ///< float32 [B, K], higher is better
  /// float32 [B, K, S], NaN where source s did not retrieve the item. It may be absent while
  /// serving although it was there in fit, and the other way round.
  std::optional<at::Tensor> source_score = {};
  /// float32 [B, K], P(item at rank j | items at ranks before j, the candidates, the request), so
  /// that the product of a row is the probability of the slate. Set it in the last stage only: the
  /// host drops it when a later stage changes items or order.
  std::optional<at::Tensor> propensity = {};
  /// B * K rows, row b * K + j for the candidate at [b, j]: what the host knows of user, item and
  /// pair at the moment of the request. No column unless the stage asks with `features:`. Filled by
  /// the host; what a strategy returns here is ignored.
  FeatureTable features = {};
  std::shared_ptr<const void> reserved = {};  ///< for later minor versions of the SDK

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
  std::shared_ptr<const void> reserved = {};  ///< for later minor versions of the SDK
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
  at::Tensor time_us;   ///< int64 [E]
  at::Tensor value;     ///< float32 [E], the column of the first target, 1 where there is none
  at::Tensor positive;  ///< bool [E], by the first target
  std::optional<at::Tensor> event_type = {};  ///< int32 [E], a place in
                                              ///< TrainingView::event_types; absent: no types
  std::optional<at::Tensor> weight = {};      ///< float32 [E], by `learn_from`; absent: 1
  FeatureTable context = {};  ///< one row an event; no column where the data have no context
  std::shared_ptr<const void> reserved_events = {};  ///< for later minor versions of the SDK

  int64_t size() const { return user.defined() ? user.size(0) : 0; }
};

/// Positive pairs as rows of ids (int64), each pair once. The other tensors have an entry for each
/// of `values`, in the same places.
struct Interactions : Ragged {
  std::optional<at::Tensor> count;   ///< int32, positive events of the pair; absent: 1 everywhere
  std::optional<at::Tensor> weight;  ///< float32, the sum of their weights; absent: it is `count`

  Interactions() = default;
  Interactions(Ragged rows) : Ragged(std::move(rows)) {}
};

/// What a strategy may learn from: the events of its window and no later one.
///
/// A window may hold no event, and none that is positive: a strategy then learns nothing and serves
/// empty lists, or throws InvalidInput where that makes no sense.
struct TrainingView : EventSlice {
  int64_t users = 0;     ///< U
  int64_t items = 0;     ///< N
  at::Tensor user_seen;  ///< bool [U], has an event in this window
  at::Tensor item_seen;  ///< bool [N]
  Interactions by_user;  ///< U rows of positive items in time order (of the pair's first event)
  Interactions by_item;  ///< N rows of users, ascending, of the same pairs
  const Features* features =
      nullptr;               ///< of users and items; never null inside a strategy's methods
  int64_t end_us = kNoTime;  ///< time of the last event of the window
  std::vector<std::string> event_types =
      {};  ///< names of the event types; empty: the data have none
};

}  // namespace assay

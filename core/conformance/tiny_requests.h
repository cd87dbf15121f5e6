#pragma once

#include <assay/batch.h>

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "conformance/tiny_world.h"

namespace assay::conformance {

/// The 65 requests that every strategy is tried with. Most are the world's users with their
/// histories; some are there for what they lack.
struct TinyRequests {
  static constexpr int64_t kCount = 65;
  static constexpr int64_t kFewCandidates = 17;  ///< all but 3 items are excluded
  static constexpr int64_t kNoPositives = 53;    ///< a user with events, none of them positive
  static constexpr int64_t kFirstColdUser = 54;  ///< 54..59
  static constexpr int64_t kAnonymous = 60;      ///< user -1, no history
  static constexpr int64_t kSession = 61;        ///< user -1, three items
  static constexpr int64_t kAllExcluded = 63;
  static constexpr int64_t kOddHistory = 64;  ///< an item twice, and items that training never saw

  /// @param times  whether requests carry a time
  static RequestBatch all(bool times = true, const TinyData& data = TinyData::built_in());
  /// The same, with allowed sets of eight items: request 5 is allowed nothing, request 6 only what
  /// is excluded for it.
  static RequestBatch with_allowed(const TinyData& data = TinyData::built_in());
};

/// The given rows of a batch, as a batch of their own.
RequestBatch select_requests(const RequestBatch& requests, const std::vector<int64_t>& rows);

uint64_t fingerprint(const RequestBatch& requests);

/// The items of each request that are neither excluded nor, where sets are given, not allowed;
/// ascending.
std::vector<std::vector<int64_t>> eligible_items(const RequestBatch& requests);

/// What a rank or rerank strategy is given: at most 30 of the eligible items, by a score that some
/// share, from two sources. Request 17 has 3 candidates, 63 none.
CandidateBatch tiny_candidates(const RequestBatch& requests);
inline constexpr int64_t kTinyWidth = 30;

uint64_t fingerprint(const CandidateBatch& candidates);

/// 1 where user and item share a taste, as labels and truth have it.
bool tiny_taste(int64_t user, int64_t item);

/// Truth of each request for metrics: up to four items of its user's taste, ascending; none for
/// every fifth request.
Ragged tiny_truth(const RequestBatch& requests);

/// Labelled candidates over the world's 60 users, in two batches; the columns of all targets but the
/// first are missing.
class TinyLabelled : public LabelledCandidates {
 public:
  /// @param filled  false: no batch, as for a strategy without the trait learns_from_candidates
  TinyLabelled(bool filled, bool times, const TinyData& data = TinyData::built_in());

  void rewind() override { next_ = 0; }
  std::optional<LabelledBatch> next() override;
  const std::vector<std::string>& targets() const override { return targets_; }
  const std::vector<std::string>& sources() const override { return sources_; }
  int64_t requests() const override { return filled_ ? TinyWorld::kUsers : 0; }

  /// How often next() was called.
  int64_t asked() const { return asked_; }
  uint64_t fingerprint() const;

 private:
  bool filled_;
  std::vector<LabelledBatch> batches_;
  std::vector<std::string> targets_;
  std::vector<std::string> sources_{"recall[0]", "recall[1]"};
  size_t next_ = 0;
  int64_t asked_ = 0;
};

}  // namespace assay::conformance

#pragma once

/// The interfaces a plugin implements. Serving methods are const; one instance is never called from
/// two threads. Throw InvalidInput where the user can mend it; anything else thrown is taken for
/// the plugin's fault.

#include <ATen/core/Tensor.h>
#include <assay/batch.h>
#include <assay/context.h>
#include <assay/error.h>

#include <cstdint>
#include <memory>
#include <optional>

namespace assay {

/// A model in which a score is a dot product; used by ann, mmr, dpp and intra-list distance.
class ASSAY_API VectorModel {
 public:
  virtual ~VectorModel();
  /// float32 [N, D].
  virtual at::Tensor item_vectors() const = 0;
  /// float32 [B, D].
  virtual at::Tensor query_vectors(const RequestBatch& requests, const ServeContext& ctx) const = 0;
};

/// Why candidates got their scores: terms of (row, what, weight).
struct Explanation {
  enum class Kind : int64_t { history = 0, feature = 1, candidate = 2 };
  at::Tensor row;     ///< int64 [terms], place in the flattened [B * K] candidates
  at::Tensor kind;    ///< int64 [terms], a Kind
  at::Tensor id;      ///< int64 [terms]: item id, place of the feature in its table, or item id of
                      ///< another candidate
  at::Tensor weight;  ///< float32 [terms]
  at::Tensor base;    ///< float32 [B, K]; base plus the row's weights is the score where the trait
                      ///< `additive` is set
};

/// What all kinds share.
class ASSAY_API Strategy {
 public:
  virtual ~Strategy();

  /// Writes everything that serving needs, such that a load()ed instance serves the same lists bit
  /// for bit.
  virtual void save(Archive& archive) const = 0;
  /// Called instead of fit on a fresh instance made with the same parameters.
  virtual void load(const Archive& archive, const LoadContext& ctx) = 0;

  /// Learns from later events without a refit, where the trait `updates` is set. Called on the
  /// instance that was fitted, before it is saved, as often as there are slices, one behind the
  /// other in time; ids and features are those of fit, and users and items that it never saw may
  /// have their first events here. What cannot be brought in exactly may be approximated; what it
  /// costs is measured against a refit. The default throws std::logic_error.
  virtual void update(const EventSlice& events, FitContext& ctx);
  /// Why these candidates have their scores; nullopt where a strategy cannot say.
  virtual std::optional<Explanation> explain(const RequestBatch& requests,
                                             const CandidateBatch& candidates,
                                             const ServeContext& ctx) const;
  /// The vectors behind the scores, owned by this strategy and valid as long as it lives; nullptr
  /// where there are none.
  virtual const VectorModel* vectors() const;
  /// float32 [B, K] over the candidates, summing to 1 a row: the chance that each is shown first.
  /// nullopt where unknown.
  virtual std::optional<at::Tensor> action_probability(const RequestBatch& requests,
                                                       const CandidateBatch& candidates,
                                                       const ServeContext& ctx) const;
};

/// Brings candidates from the whole catalogue.
class ASSAY_API RecallStrategy : public Strategy {
 public:
  virtual void fit(const TrainingView& data, FitContext& ctx) = 0;
  /// At most `k` candidates a request, best first; nothing excluded, only what is allowed. Use
  /// top_k or top_k_dot, which see to that.
  virtual CandidateBatch recall(const RequestBatch& requests, int64_t k,
                                const ServeContext& ctx) const = 0;
};

/// Scores the candidates anew.
class ASSAY_API RankStrategy : public Strategy {
 public:
  /// `candidates` holds no batch unless the trait `learns_from_candidates` is set.
  virtual void fit(const TrainingView& data, LabelledCandidates& candidates, FitContext& ctx) = 0;
  /// The same items with new scores, in the order of those scores. `by_score` (kernels.h) sorts.
  virtual CandidateBatch rank(const RequestBatch& requests, const CandidateBatch& candidates,
                              const ServeContext& ctx) const = 0;
};

/// Chooses and orders the slate.
class ASSAY_API RerankStrategy : public Strategy {
 public:
  virtual void fit(const TrainingView& data, LabelledCandidates& candidates, FitContext& ctx) = 0;
  /// At most `n` of the candidates in the order in which they are served, with the scores they came
  /// with.
  virtual CandidateBatch rerank(const RequestBatch& requests, const CandidateBatch& candidates,
                                int64_t n, const ServeContext& ctx) const = 0;
};

/// One's own measure of a served list.
class ASSAY_API Metric {
 public:
  virtual ~Metric();
  virtual void fit(const TrainingView& data, FitContext& ctx);
  /// float32 [B]; NaN where there is no value (the request is then left out, and counted).
  /// @param served  the slate, cut at the metric's cutoff
  /// @param truth   relevant items of each request (int64, ascending)
  virtual at::Tensor values(const RequestBatch& requests, const CandidateBatch& served,
                            const Ragged& truth, const ServeContext& ctx) const = 0;
};

}  // namespace assay

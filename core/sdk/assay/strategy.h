#pragma once

/// The interfaces that a plugin implements.
///
/// Serving methods are const. One instance is never called from two threads at once, but several
/// instances of one strategy may be. Throw InvalidInput for errors that the user can fix; anything
/// else that is thrown fails the variant as a fault of the plugin. A call that takes longer than
/// `limits` of the experiment is ended with its process. Do not measure time and do not synchronise
/// a GPU: the host does.

#include <ATen/core/Tensor.h>
#include <assay/batch.h>
#include <assay/context.h>
#include <assay/error.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace assay {

/// A model in which a score is a dot product; offered by Strategy::vectors() for whoever names the
/// strategy in `inputs:`.
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
  at::Tensor id;      ///< int64 [terms]: history and candidate: an item id; feature: a place in
                      ///< `names`
  at::Tensor weight;  ///< float32 [terms]
  at::Tensor base;    ///< float32 [B, K]; base plus the row's weights is the score where the trait
                      ///< `additive` is set
  std::vector<std::string> names = {};        ///< of the features that terms refer to
  std::shared_ptr<const void> reserved = {};  ///< for later minor versions of the SDK
};

/// What all kinds share.
class ASSAY_API Strategy {
 public:
  virtual ~Strategy();

  /// Writes everything that serving needs, such that a load()ed instance serves the same lists bit
  /// for bit. Serving always happens in a load()ed instance, in another process than fit. The
  /// default keeps nothing, for strategies that have no state.
  virtual void save(Archive& archive) const;
  /// Called instead of fit on a fresh instance made with the same parameters. Reads what save()
  /// wrote; moves it to ctx.device. The default reads nothing.
  virtual void load(const Archive& archive, const LoadContext& ctx);

  /// Makes a declared part (ParamList::part), on an instance of which only the parameters of the
  /// part are set. It must not draw. The default throws std::logic_error.
  virtual void fit_part(const std::string& name, const TrainingView& data, FitContext& ctx,
                        Archive& part) const;

  /// Learns from later events without a refit, where the trait `updates` is set. Called on the
  /// fitted instance before it is saved, once per slice, in time order. Ids and features are those
  /// of fit; users and items that fit never saw may have their first events here. What cannot be
  /// updated exactly may be approximated: the loss against a refit is measured. The default throws
  /// std::logic_error.
  virtual void update(const EventSlice& events, FitContext& ctx);
  /// Why these candidates have their scores; nullopt where a strategy cannot say.
  virtual std::optional<Explanation> explain(const RequestBatch& requests,
                                             const CandidateBatch& candidates,
                                             const ServeContext& ctx) const;
  /// The vectors behind the scores, owned by this strategy and valid as long as it lives; nullptr
  /// where there are none.
  virtual const VectorModel* vectors() const;
  /// float32 [B, K] over the candidates, summing to 1 a row (over what is no padding): the
  /// probability that each is shown first. nullopt where unknown.
  virtual std::optional<at::Tensor> action_probability(const RequestBatch& requests,
                                                       const CandidateBatch& candidates,
                                                       const ServeContext& ctx) const;
};

// fit() of every kind:
//  - is called once on a fresh instance, before any other method but save(), and never after load();
//  - may be slow: seconds to hours. It is the only call that may take long; `limits.fit` ends it.
//    Report progress(), leave a checkpoint() now and then, and return soon once stop_requested();
//  - must leave an instance that can save() and serve, whatever the data are. Where the window holds
//    no positive event a strategy learns nothing and serves empty lists, or throws InvalidInput;
//  - gets the same result from the same data, parameters and generator, and draws from
//    ctx.generator() alone (trait `draws_in_fit`);
//  - sees training events only. What early stopping needs, it gets from ctx.validate();
//  - must not keep references to `data`: the view ends with the call. Its tensors may be kept only
//    as copies, for they can lie over a mapped file;
//  - does nothing by default.

/// Retrieves candidates from the whole catalogue.
class ASSAY_API RecallStrategy : public Strategy {
 public:
  /// See above.
  virtual void fit(const TrainingView& data, FitContext& ctx);
  /// At most `k` candidates a request, best first. No item is excluded, and where `allowed` is set
  /// each is among it; top_k and top_k_dot see to both. A request about which nothing is known gets
  /// an empty row rather than arbitrary items.
  virtual CandidateBatch recall(const RequestBatch& requests, int64_t k,
                                const ServeContext& ctx) const = 0;
};

/// Scores the candidates anew.
class ASSAY_API RankStrategy : public Strategy {
 public:
  /// See above. `candidates` holds no batch unless the trait `learns_from_candidates` is set; then
  /// they come from the rank window, while `data` ends before it.
  virtual void fit(const TrainingView& data, LabelledCandidates& candidates, FitContext& ctx);
  /// The same items with new scores, in the order of those scores. `by_score` (kernels.h) sorts.
  virtual CandidateBatch rank(const RequestBatch& requests, const CandidateBatch& candidates,
                              const ServeContext& ctx) const = 0;
};

/// Chooses and orders the slate.
class ASSAY_API RerankStrategy : public Strategy {
 public:
  /// See above, and RankStrategy::fit.
  virtual void fit(const TrainingView& data, LabelledCandidates& candidates, FitContext& ctx);
  /// At most `n` of the candidates in the order in which they are served, with the scores that they
  /// came with. `pick` (kernels.h) takes them by place.
  virtual CandidateBatch rerank(const RequestBatch& requests, const CandidateBatch& candidates,
                                int64_t n, const ServeContext& ctx) const = 0;
};

/// One's own measure of a served list.
class ASSAY_API Metric {
 public:
  virtual ~Metric();
  /// Called once before values(), with the events that the variants learnt from. Does nothing by
  /// default.
  virtual void fit(const TrainingView& data, FitContext& ctx);
  /// float32 [B]; NaN where there is no value (the request is then left out, and counted).
  /// @param served  the slate, cut at the metric's cutoff
  /// @param truth   relevant items of each request (int64, ascending)
  virtual at::Tensor values(const RequestBatch& requests, const CandidateBatch& served,
                            const Ragged& truth, const ServeContext& ctx) const = 0;
};

}  // namespace assay

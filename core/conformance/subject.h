#pragma once

#include <assay/abi.h>
#include <assay/strategy.h>

#include <map>
#include <memory>
#include <optional>
#include <string>

#include "conformance/tiny_fit.h"
#include "conformance/tiny_requests.h"
#include "conformance/tiny_world.h"

namespace assay::conformance {

/// A strategy and what happened while it learnt.
struct Fitted {
  std::unique_ptr<Strategy> strategy;
  FitRecord record;
};

/// The strategy under test: makes, fits and serves instances of it on the tiny world, each call
/// guarded, so that what leaves the plugin is a PluginFault that names the call.
class Subject {
 public:
  /// @param params  complete, checked settings
  /// @param data    outlives this
  Subject(const PluginEntry& entry, const ParamMap& params,
          const TinyData& data = TinyData::built_in());

  const PluginEntry& entry() const { return entry_; }
  /// With these parameters.
  const Traits& traits() const { return traits_; }
  PluginKind kind() const { return entry_.kind; }
  const ParamMap& params() const { return params_; }

  std::unique_ptr<Strategy> make() const { return make(params_); }
  std::unique_ptr<Strategy> make(const ParamMap& params) const;

  /// A fresh instance, fitted.
  Fitted fit(const FitSettings& settings = {}) const { return fit(world(), settings); }
  Fitted fit(const TinyWorld& world, const FitSettings& settings) const;
  void fit(Strategy& strategy, TinyFit& context, const TinyWorld& world,
           TinyLabelled& labelled) const;

  /// The instance that most checks look at; fitted once.
  const Strategy& fitted() const { return *the_one().strategy; }
  const FitRecord& record() const { return the_one().record; }
  const TinyData& data() const { return data_; }
  const TinyWorld& world() const { return world_; }
  const TinyWorld& world_of_equal_times() const { return equal_times_; }
  const TinyWorld& world_without_times() const { return no_times_; }

  /// The requests that most checks use: all 65, or, where the strategy fails for some of those that
  /// lack something (a check of their own says so), the ordinary ones.
  RequestBatch requests(bool times = true) const;
  /// The same with allowed sets.
  RequestBatch requests_with_allowed() const;
  /// What is always there: users with a history and with candidates.
  RequestBatch ordinary_requests() const;

  /// A fresh instance that holds `archive`.
  std::unique_ptr<Strategy> load(const Archive& archive) const;
  Archive save(const Strategy& strategy) const;

  /// Calls recall, rank or rerank. Rank and rerank are given tiny_candidates(requests).
  /// @param slots  k of recall, n of rerank; rank keeps all it is given
  /// @param seed   the serving seed
  CandidateBatch serve(const Strategy& strategy, const RequestBatch& requests,
                       int64_t slots = kSlots, uint64_t seed = 1) const;
  CandidateBatch serve(const Strategy& strategy, const RequestBatch& requests,
                       const CandidateBatch& given, int64_t slots, uint64_t seed) const;

  /// How many items each request can be served at most: eligible ones for recall, given ones for
  /// rank and rerank.
  std::vector<int64_t> eligible(const RequestBatch& requests) const;
  /// The widest answer that serve() may give.
  int64_t widest(int64_t slots) const { return kind() == PluginKind::rank ? kTinyWidth : slots; }

  ServeContext context(uint64_t seed = 1) const;
  const Inputs& inputs() const { return inputs_; }
  /// What fit is handed: the inputs, and the declared parts, made of this world's training data.
  /// Kept for as long as the subject lives.
  const Inputs& fit_inputs(const TinyWorld& world) const;
  /// A declared part, made by an instance that has the part's parameters alone.
  /// @param record  what it asked for
  Archive make_part(const ParamPart& part, const TinyWorld& world, FitRecord& record) const;

  static constexpr int64_t kSlots = 20;

 private:
  const Fitted& the_one() const;
  /// The places of requests() among the 65.
  const std::vector<int64_t>& rows() const;

  const PluginEntry& entry_;
  ParamMap params_;
  const TinyData& data_;
  Traits traits_;
  // All three live as long as the strategies do.
  TinyWorld world_{TinyWorld::Times::real, data_};
  TinyWorld equal_times_{TinyWorld::Times::equal, data_};
  TinyWorld no_times_{TinyWorld::Times::none, data_};
  Inputs inputs_;
  mutable std::map<const TinyWorld*, Inputs> fit_inputs_;
  mutable std::optional<Fitted> the_one_;
  mutable std::vector<int64_t> rows_;
};

}  // namespace assay::conformance

#include "conformance/subject.h"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>

#include "conformance/lists.h"
#include "conformance/tensors.h"
#include "conformance/tiny_inputs.h"
#include "host/guard.h"
#include "host/library.h"

namespace assay::conformance {

namespace {

constexpr const char* kind_call(PluginKind kind) {
  return kind == PluginKind::recall ? "recall" : kind == PluginKind::rank ? "rank" : "rerank";
}

std::vector<int64_t> ordinary_rows() {
  std::vector<int64_t> rows;
  for (int64_t row = 0; row < TinyRequests::kNoPositives; ++row)
    if (row != TinyRequests::kFewCandidates && row != 5 && row != 6) rows.push_back(row);
  return rows;
}

bool has_times(const TinyWorld& world) { return world.training.end_us >= 0; }

/// How much of the truth a list of ten finds: something to optimise for a strategy that validates.
double hits(const CandidateBatch& served, const Ragged& truth) {
  const auto relevant = rows_of(truth);
  const std::vector<int64_t> item = ids_of(served.item);
  int64_t found = 0;
  for (size_t i = 0; i < item.size(); ++i)
    found += std::ranges::count(relevant[i / static_cast<size_t>(served.width())], item[i]);
  return static_cast<double>(found) / static_cast<double>(std::max<size_t>(1, item.size()));
}

/// Traits that functions of the parameters decide are what these say.
Traits traits_of(const PluginEntry& entry, const ParamMap& params) {
  Traits traits = entry.traits;
  if (entry.validates)
    traits.validates = host::guarded("validates(params)", [&] { return entry.validates(params); });
  if (entry.needs_time)
    traits.needs_time =
        host::guarded("needs_time(params)", [&] { return entry.needs_time(params); });
  return traits;
}

}  // namespace

Subject::Subject(const PluginEntry& entry, const ParamMap& params, const TinyData& data)
    : entry_(entry),
      params_(with_named_features(params, entry.schema, data.features)),
      data_(data),
      traits_(traits_of(entry, params_)),
      inputs_(tiny_inputs(entry.schema, world_)) {}

std::unique_ptr<Strategy> Subject::make(const ParamMap& params) const {
  return host::guarded("the constructor", [&] { return host::make_strategy(entry_, params); });
}

void Subject::fit(Strategy& strategy, TinyFit& context, const TinyWorld& world,
                  TinyLabelled& labelled) const {
  host::guarded("fit", [&] {
    if (auto* recall = dynamic_cast<RecallStrategy*>(&strategy))
      recall->fit(world.training, context);
    else if (auto* rank = dynamic_cast<RankStrategy*>(&strategy))
      rank->fit(world.training, labelled, context);
    else
      dynamic_cast<RerankStrategy&>(strategy).fit(world.training, labelled, context);
  });
}

Fitted Subject::fit(const TinyWorld& world, const FitSettings& settings) const {
  Fitted fitted{.strategy = make()};
  TinyLabelled labelled(traits().learns_from_candidates, has_times(world), data_);
  const RequestBatch sample =
      select_requests(TinyRequests::all(has_times(world), data_), {0, 1, 2, 3, 4, 5, 6, 7});
  TinyFit context(world, fit_inputs(world), settings, [&](int64_t) {
    return hits(serve(*fitted.strategy, sample, 10), tiny_truth(sample));
  });
  fit(*fitted.strategy, context, world, labelled);
  fitted.record = std::move(context.record());
  fitted.record.candidates = labelled.asked();
  return fitted;
}

Archive Subject::make_part(const ParamPart& part, const TinyWorld& world, FitRecord& record) const {
  ParamMap own;
  for (const std::string& name : part.params)
    if (const auto value = params_.find(name); value != params_.end()) own.insert(*value);
  const auto strategy = make(own);
  const Inputs none;
  TinyFit context(world, none, {}, [](int64_t) { return 0.5; });
  Archive archive;
  host::guarded("fit_part(\"" + part.name + "\")",
                [&] { strategy->fit_part(part.name, world.training, context, archive); });
  record = std::move(context.record());
  return archive;
}

const Inputs& Subject::fit_inputs(const TinyWorld& world) const {
  const auto found = fit_inputs_.find(&world);
  if (found != fit_inputs_.end()) return found->second;
  Inputs all = inputs_;
  for (const ParamPart& part : entry_.schema.parts) {
    FitRecord ignored;
    all.add_part(part.name, std::make_shared<const Archive>(make_part(part, world, ignored)));
  }
  return fit_inputs_.emplace(&world, std::move(all)).first->second;
}

const Fitted& Subject::the_one() const {
  if (!the_one_) the_one_ = fit();
  return *the_one_;
}

Archive Subject::save(const Strategy& strategy) const {
  Archive archive;
  host::guarded("save", [&] { strategy.save(archive); });
  return archive;
}

const std::vector<int64_t>& Subject::rows() const {
  if (!rows_.empty()) return rows_;
  rows_.resize(TinyRequests::kCount);
  std::iota(rows_.begin(), rows_.end(), 0);
  try {
    serve(fitted(), TinyRequests::all(true, data_));
    serve(fitted(), TinyRequests::with_allowed(data_));
  } catch (const host::PluginFault&) {
    rows_ = ordinary_rows();
  }
  return rows_;
}

RequestBatch Subject::requests(bool times) const {
  return select_requests(TinyRequests::all(times, data_), rows());
}
RequestBatch Subject::requests_with_allowed() const {
  return select_requests(TinyRequests::with_allowed(data_), rows());
}
RequestBatch Subject::ordinary_requests() const {
  return select_requests(TinyRequests::all(true, data_), ordinary_rows());
}

std::unique_ptr<Strategy> Subject::load(const Archive& archive) const {
  auto strategy = make();
  LoadContext context{.features = &world_.features, .inputs = &inputs_};
  host::guarded("load", [&] { strategy->load(archive, context); });
  return strategy;
}

CandidateBatch Subject::serve(const Strategy& strategy, const RequestBatch& requests, int64_t slots,
                              uint64_t seed) const {
  return serve(strategy, requests,
               kind() == PluginKind::recall ? CandidateBatch() : tiny_candidates(requests), slots,
               seed);
}

CandidateBatch Subject::serve(const Strategy& strategy, const RequestBatch& requests,
                              const CandidateBatch& given, int64_t slots, uint64_t seed) const {
  const ServeContext ctx = context(seed);
  return host::guarded(kind_call(kind()), [&] {
    if (const auto* recall = dynamic_cast<const RecallStrategy*>(&strategy))
      return recall->recall(requests, slots, ctx);
    if (const auto* rank = dynamic_cast<const RankStrategy*>(&strategy))
      return rank->rank(requests, given, ctx);
    return dynamic_cast<const RerankStrategy&>(strategy).rerank(requests, given, slots, ctx);
  });
}

std::vector<int64_t> Subject::eligible(const RequestBatch& requests) const {
  std::vector<int64_t> counts;
  if (kind() == PluginKind::recall) {
    for (const std::vector<int64_t>& items : eligible_items(requests))
      counts.push_back(static_cast<int64_t>(items.size()));
  } else {
    const contract::Lists given(tiny_candidates(requests));
    for (int64_t row = 0; row < given.rows; ++row) counts.push_back(given.length(row));
  }
  return counts;
}

ServeContext Subject::context(uint64_t seed) const {
  return ServeContext({.features = &world_.features, .inputs = &inputs_, .seed = seed, .place = 1});
}

}  // namespace assay::conformance

#include "pipeline/serving.h"

#include <ATen/core/Tensor.h>

#include <algorithm>

#include "contract/breach.h"
#include "error/error.h"
#include "kernels/nan_watch.h"
#include "pipeline/hashing.h"
#include "pipeline/left_out.h"
#include "pipeline/merge.h"
#include "pipeline/ranked_lists.h"
#include "pipeline/stage_features.h"
#include "pipeline/unknown_rows.h"

namespace assay::pipeline {
namespace {

using Step = task::ServeNode::Step;

bool calls_strategy(const task::ServeNode& node) {
  return node.step == Step::recall || node.step == Step::rank || node.step == Step::rerank;
}

const char* phase_of(Step step) {
  switch (step) {
    case Step::recall:
      return "recall";
    case Step::lists:
      return "lists";
    case Step::merge:
      return "merge";
    case Step::rank:
      return "rank";
    case Step::rerank:
      return "rerank";
  }
  return "";
}

void throw_breach(const std::optional<std::string>& breach) {
  if (breach) throw StageFailure(task::FailureKind::contract, *breach);
}

}  // namespace

double StageClock::remaining_ms(int64_t) const { return -1; }

CandidateBatch ServedBatch::list(int64_t node) const {
  const CandidateBatch& all = *lists[node];
  if (all.size() == requests) return all;
  CandidateBatch out{all.item.narrow(0, 0, requests), all.score.narrow(0, 0, requests), {}, {}};
  if (all.source_score) out.source_score = all.source_score->narrow(0, 0, requests);
  if (all.propensity) out.propensity = all.propensity->narrow(0, 0, requests);
  return out;
}

ServingGraph::ServingGraph(std::vector<task::ServeNode> nodes, StrategyStore& store,
                           const Options& options)
    : nodes_(std::move(nodes)),
      store_(store),
      options_(options),
      stages_(nodes_.size()),
      lists_(nodes_.size()),
      failures_(nodes_.size()) {
  for (size_t node = 0; node < nodes_.size(); ++node) load(static_cast<int64_t>(node));
}

void ServingGraph::load(int64_t node) {
  if (nodes_[node].step == Step::lists) {
    // Logged rows lie in the data themselves.
    if (nodes_[node].fitted.stage.lists != task::kLoggedRows)
      lists_[node] = dataset::CutLists::open(nodes_[node].lists.path);
    return;
  }
  if (!calls_strategy(nodes_[node]) || failure_above(node)) return;
  try {
    stages_[node] = store_.load(nodes_[node].fitted, node);
  } catch (const StageFailure& failure) {
    failures_[node] = failure;
  }
}

const StageFailure* ServingGraph::failure_above(int64_t node) const {
  if (failures_[node]) return &*failures_[node];
  for (const int64_t parent : nodes_[node].parents) {
    if (const StageFailure* failure = failure_above(parent)) return failure;
  }
  return nullptr;
}

void ServingGraph::run_window(task::Window window, int64_t first, int64_t count,
                              const std::function<void(const ServedBatch&)>& sink) {
  error::require(first % options_.batch_size == 0,
                 "a shard starts at a multiple of the batch size");
  for (int64_t done = 0; done < count; done += options_.batch_size) {
    const int64_t size = std::min(options_.batch_size, count - done);
    ServedBatch batch = serve_batch(data().requests(window, first + done, size), size,
                                    (first + done) / options_.batch_size, window);
    batch.first_request = first + done;
    sink(batch);
    if (store_.guards().breadcrumb) store_.guards().breadcrumb->progress(done + size, count);
  }
}

ServedBatch ServingGraph::serve_batch(RequestBatch requests, int64_t real_requests, int64_t batch,
                                      task::Window window) {
  ServedBatch served;
  served.batch = batch;
  served.requests = real_requests;
  served.request_batch = std::move(requests);
  served.lists.resize(nodes_.size());
  for (size_t node = 0; node < nodes_.size(); ++node) {
    if (!failure_above(node)) served.lists[node] = run_node(node, served, window);
  }
  return served;
}

std::optional<CandidateBatch> ServingGraph::run_node(int64_t node, const ServedBatch& batch,
                                                     task::Window window) {
  try {
    if (!options_.clock) return compute(node, batch, window);
    options_.clock->start(node);
    CandidateBatch out = compute(node, batch, window);
    options_.clock->stop(node);
    return out;
  } catch (const StageFailure& failure) {
    failures_[node] = failure;
    return std::nullopt;
  }
}

CandidateBatch ServingGraph::compute(int64_t node, const ServedBatch& batch,
                                     task::Window window) const {
  switch (nodes_[node].step) {
    case Step::merge:
      return merge(node, batch);
    case Step::lists:
      return lists(node, batch, window);
    default:
      return call_strategy(node, batch, window);
  }
}

ServeContext ServingGraph::context(int64_t node) const {
  ServeContext::Settings settings;
  settings.device = data().device();
  settings.features = &data().features(nodes_[node].fitted.stage.sees, settings.device);
  settings.inputs = stages_[node].inputs.get();
  settings.seed = nodes_[node].serve_seed;
  settings.place = place_key(nodes_[node].place);
  if (options_.clock) settings.remaining_ms = options_.clock->remaining_ms(node);
  return ServeContext(settings);
}

CandidateBatch ServingGraph::given(int64_t node, const RequestBatch& requests,
                                   const CandidateBatch& list) const {
  const task::ServeNode& at = nodes_[node];
  if (at.parents.empty()) return list;
  return with_stage_features(data(), at.fitted.stage, requests, list);
}

CandidateBatch ServingGraph::call_strategy(int64_t node, const ServedBatch& batch,
                                           task::Window window) const {
  const task::ServeNode& serve_node = nodes_[node];
  const task::StageSpec& stage = serve_node.fitted.stage;
  const Strategy& strategy = *stages_[node].strategy;
  RequestBatch requests = data().seen_by(stage.sees, window, batch.request_batch);
  if (batch.left_out.defined()) requests = left_out(std::move(requests), batch.left_out);
  CandidateBatch out;
  const StageCall where{phase_of(serve_node.step), serve_node.place, stage.plugin, node,
                        batch.batch};
  call_stage(store_.guards(), where, store_.guards().limits.batch_s, [&] {
    const ServeContext ctx = context(node);
    if (serve_node.step == Step::recall) {
      const auto& source = static_cast<const RecallStrategy&>(strategy);
      out = serve_node.parents.empty() ? recall(source, requests, stage.k, ctx)
                                       : answered(source, node, batch, requests, ctx);
      return;
    }
    const CandidateBatch candidates =
        given(node, requests, *batch.lists[serve_node.parents.front()]);
    if (serve_node.step == Step::rank) {
      out = static_cast<const RankStrategy&>(strategy).rank(requests, candidates, ctx);
      if (options_.check_contract) throw_breach(contract::rank_breach(out, candidates));
    } else {
      out = static_cast<const RerankStrategy&>(strategy).rerank(requests, candidates, stage.k, ctx);
      if (options_.check_contract) throw_breach(contract::rerank_breach(out, candidates, stage.k));
    }
  });
  out.features = {};  // those of another stage, in another order
  return serve_node.step == Step::rank ? narrowed(out, stage.k) : out;
}

CandidateBatch ServingGraph::recall(const RecallStrategy& strategy, const RequestBatch& requests,
                                    int64_t k, const ServeContext& ctx) const {
  if (!options_.check_contract) return strategy.recall(requests, k, ctx);
  const kernels::NanWatch watch;
  CandidateBatch out = strategy.recall(requests, k, ctx);
  throw_breach(contract::recall_breach(out, requests, k, data().items()));
  throw_breach(watch.breach(out, requests));
  return out;
}

// A recall stage below another one is asked about the requests alone that the other does not know.
CandidateBatch ServingGraph::answered(const RecallStrategy& strategy, int64_t node,
                                      const ServedBatch& batch, const RequestBatch& requests,
                                      const ServeContext& ctx) const {
  const CandidateBatch& known = *batch.lists[nodes_[node].parents.front()];
  const at::Tensor rows = unknown_rows(known, batch.requests);
  if (rows.size(0) == 0) return known;
  return with_answers(
      known, rows,
      recall(strategy, chosen_requests(requests, rows), nodes_[node].fitted.stage.k, ctx));
}

std::vector<std::optional<CandidateBatch>> ServingGraph::lists_without(RequestBatch requests,
                                                                       const at::Tensor& left_out,
                                                                       task::Window window) const {
  ServedBatch batch;
  batch.requests = requests.size();
  batch.request_batch = std::move(requests);
  batch.left_out = left_out;
  batch.lists.resize(nodes_.size());
  const auto is_there = [&](int64_t parent) { return batch.lists[parent].has_value(); };
  for (size_t node = 0; node < nodes_.size(); ++node) {
    const auto at = static_cast<int64_t>(node);
    if (failure_above(at) || !std::ranges::all_of(nodes_[node].parents, is_there)) continue;
    try {
      batch.lists[node] = compute(at, batch, window);
    } catch (const StageFailure&) {
      continue;  // what is asked beside the run must not end it
    }
  }
  return std::move(batch.lists);
}

std::optional<Explanation> ServingGraph::explain(int64_t node, task::Window window,
                                                 const RequestBatch& requests,
                                                 const CandidateBatch& candidates) const {
  const task::ServeNode& at = nodes_[node];
  if (!stages_[node].strategy) return std::nullopt;
  std::optional<Explanation> why;
  const StageCall where{"explain", at.place, at.fitted.stage.plugin, node, -1};
  call_stage(store_.guards(), where, store_.guards().limits.batch_s, [&] {
    const RequestBatch seen = data().seen_by(at.fitted.stage.sees, window, requests);
    why = stages_[node].strategy->explain(seen, given(node, seen, candidates), context(node));
    if (why) throw_breach(contract::explanation_breach(*why, candidates));
  });
  return why;
}

const CandidateBatch& ServingGraph::choices(int64_t node, const ServedBatch& batch) const {
  const task::ServeNode& at = nodes_[node];
  const bool later = at.step == Step::rank || at.step == Step::rerank;
  return *batch.lists[later ? at.parents.front() : node];
}

std::optional<at::Tensor> ServingGraph::action_probability(int64_t node, task::Window window,
                                                           const ServedBatch& batch) const {
  const task::ServeNode& at = nodes_[node];
  const bool answers_for_another = at.step == Step::recall && !at.parents.empty();
  if (!stages_[node].strategy || answers_for_another) return std::nullopt;
  std::optional<at::Tensor> chances;
  const StageCall where{"action_probability", at.place, at.fitted.stage.plugin, node, batch.batch};
  call_stage(store_.guards(), where, store_.guards().limits.batch_s, [&] {
    const RequestBatch seen = data().seen_by(at.fitted.stage.sees, window, batch.request_batch);
    chances = stages_[node].strategy->action_probability(
        seen, given(node, seen, choices(node, batch)), context(node));
  });
  return chances;
}

CandidateBatch ServingGraph::merge(int64_t node, const ServedBatch& batch) const {
  const task::ServeNode& at = nodes_[node];
  if (at.parents.size() == 1) {
    return with_source_score(narrowed(*batch.lists[at.parents.front()], at.merge.k));
  }
  std::vector<CandidateBatch> sources;
  for (const int64_t parent : at.parents) sources.push_back(*batch.lists[parent]);
  try {
    return merger(at.merge.method)(sources, at.merge);
  } catch (StageFailure& failure) {
    failure.phase = phase_of(at.step);
    failure.place = at.place;
    failure.plugin = name_of(at.merge.method);
    failure.batch = batch.batch;
    throw;
  }
}

CandidateBatch ServingGraph::lists(int64_t node, const ServedBatch& batch,
                                   task::Window window) const {
  const task::StageSpec& stage = nodes_[node].fitted.stage;
  if (stage.lists == task::kLoggedRows)
    return data().logged_candidates(window, batch.request_batch);
  return ranked_lists(lists_[node], window, batch.request_batch, stage.k, data().device());
}

}  // namespace assay::pipeline

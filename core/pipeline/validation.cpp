#include "pipeline/validation.h"

#include <algorithm>

#include "error/error.h"
#include "pipeline/hashing.h"
#include "pipeline/merge.h"
#include "pipeline/stage_features.h"

namespace assay::pipeline {

std::vector<task::FitValue> Validation::operator()(const Strategy& strategy, const Inputs& inputs) {
  error::require(static_cast<bool>(metrics_.of), "a validating stage is given metrics");
  prepare();
  return metrics_.of(serve(strategy, inputs), truth_);
}

// The sample: the requests with the smallest hashes, so that it does not depend on the size of
// the window's tail.
std::vector<int64_t> Validation::sample(int64_t size) const {
  std::vector<std::pair<uint64_t, int64_t>> order;
  for (int64_t row = 0; row < size; ++row) order.emplace_back(mix(task_.sample_seed, row), row);
  const int64_t kept = std::min(size, task_.validation_requests);
  std::ranges::nth_element(order, order.begin() + kept);
  std::vector<int64_t> rows;
  for (int64_t i = 0; i < kept; ++i) rows.push_back(order[i].second);
  std::ranges::sort(rows);
  return rows;
}

void Validation::prepare() {
  if (requests_) return;
  const DataView& data = store_.data();
  if (!data.prepared().has_requests(task::Window::validation)) {
    throw StageFailure(task::FailureKind::refused,
                       "called validate(), but the split leaves no validation request: set "
                       "split.validation above 0");
  }
  const std::vector<int64_t> rows =
      sample(data.prepared().requests(task::Window::validation).size());
  requests_ = data.requests(task::Window::validation, rows);
  truth_ = data.truth(task::Window::validation, 0,
                      data.prepared().requests(task::Window::validation).size())
               .select(requests_->request);
  if (task_.upstream.empty()) return;
  ServingGraph graph(task_.upstream, store_, {});
  const ServedBatch served =
      graph.serve_batch(*requests_, requests_->size(), 0, task::Window::validation);
  const auto last = static_cast<int64_t>(task_.upstream.size()) - 1;
  if (const StageFailure* failure = graph.failure_above(last)) throw *failure;
  const task::StageSpec& stage = task_.target.stage;
  candidates_ = with_stage_features(data, stage,
                                    data.seen_by(stage.sees, task::Window::validation, *requests_),
                                    *served.lists.back());
}

CandidateBatch Validation::serve(const Strategy& strategy, const Inputs& inputs) const {
  ServeContext::Settings settings;
  settings.device = store_.data().device();
  settings.features = &store_.data().features(task_.target.stage.sees, settings.device);
  settings.inputs = &inputs;
  settings.seed = task_.sample_seed;
  settings.place = place_key("validation");
  const ServeContext ctx(settings);
  const int64_t n = std::max(task_.serve_size, task_.primary.cutoff);
  const RequestBatch requests =
      store_.data().seen_by(task_.target.stage.sees, task::Window::validation, *requests_);
  switch (task_.target.stage.kind) {
    case PluginKind::recall:
      return static_cast<const RecallStrategy&>(strategy).recall(requests, n, ctx);
    case PluginKind::rank:
      return narrowed(static_cast<const RankStrategy&>(strategy).rank(requests, candidates_, ctx),
                      n);
    default:
      return static_cast<const RerankStrategy&>(strategy).rerank(requests, candidates_, n, ctx);
  }
}

}  // namespace assay::pipeline

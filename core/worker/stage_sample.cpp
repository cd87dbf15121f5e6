#include "worker/stage_sample.h"

#include <ATen/ops/cat.h>
#include <ATen/ops/constant_pad_nd.h>
#include <ATen/ops/tensor.h>

#include <algorithm>
#include <limits>
#include <set>

#include "pipeline/merge.h"
#include "task/request_sample.h"
#include "worker/measure.h"

namespace assay::worker {
namespace {

constexpr double kEmptyScore = -std::numeric_limits<double>::infinity();
constexpr double kUnknown = std::numeric_limits<double>::quiet_NaN();

/// The nodes above a node and itself, those that come first before.
void collect_above(const std::vector<task::ServeNode>& nodes, int64_t node,
                   std::set<int64_t>& all) {
  for (const int64_t parent : nodes[static_cast<size_t>(node)].parents) {
    collect_above(nodes, parent, all);
  }
  all.insert(node);
}

CandidateBatch rows_of(const CandidateBatch& batch, const at::Tensor& rows) {
  const at::Tensor there = rows.to(batch.item.device());
  CandidateBatch out{batch.item.index_select(0, there), batch.score.index_select(0, there), {}, {}};
  if (batch.source_score) out.source_score = batch.source_score->index_select(0, there);
  return out;
}

/// Columns up to `width`, filled.
at::Tensor widened(const at::Tensor& values, int64_t width, double fill) {
  const int64_t missing = width - values.size(1);
  if (missing == 0) return values;
  if (values.dim() == 2) return at::constant_pad_nd(values, {0, missing}, fill);
  return at::constant_pad_nd(values, {0, 0, 0, missing}, fill);
}

/// The wanted items of the requests whose list is empty; none of the others.
Wanted wanted_of_unknown(Wanted wanted, const CandidateBatch& lists) {
  const at::Tensor items = lists.item.cpu().contiguous();
  for (size_t s = 0; lists.width() > 0 && s < wanted.size(); ++s) {
    const int64_t* row = items.const_data_ptr<int64_t>() + static_cast<int64_t>(s) * lists.width();
    if (row[0] >= 0) wanted[s].clear();
  }
  return wanted;
}

std::vector<int32_t> narrow_ids(const std::vector<int64_t>& ids) {
  return {ids.begin(), ids.end()};
}

}  // namespace

StageSample::StageSample(const task::EvaluateTask& task, const pipeline::DataView& data,
                         std::vector<int64_t> sampled, const Settings& settings)
    : task_(task),
      data_(data),
      settings_(settings),
      sampled_(std::move(sampled)),
      kept_(task.nodes.size()) {}

StageSample::StageSample(const task::EvaluateTask& task, const pipeline::DataView& data,
                         int64_t all)
    : StageSample(task, data, task::sampled_requests(all), {}) {}

void StageSample::add(const pipeline::ServedBatch& batch, const Ragged& truth) {
  const int64_t end = batch.first_request + batch.requests;
  const auto first = std::ranges::lower_bound(sampled_, batch.first_request);
  const auto last = std::ranges::lower_bound(sampled_, end);
  if (first == last) return;
  std::vector<int64_t> rows;
  const at::Tensor offsets = truth.offsets.cpu(), values = truth.values.cpu();
  for (auto place = first; place != last; ++place) {
    const int64_t row = rows.emplace_back(*place - batch.first_request);
    requests_.push_back(*place);
    const int64_t* offset = offsets.const_data_ptr<int64_t>() + row;
    const int64_t* item = values.const_data_ptr<int64_t>();
    truth_.emplace_back(item + offset[0], item + offset[1]);
  }
  const at::Tensor chosen = at::tensor(rows, at::kLong);
  for (size_t node = 0; node < kept_.size(); ++node) {
    if (batch.lists[node]) kept_[node].push_back(rows_of(*batch.lists[node], chosen));
  }
}

CandidateBatch StageSample::stacked(int64_t node) const {
  const std::vector<CandidateBatch>& batches = kept_[static_cast<size_t>(node)];
  int64_t width = 0;
  for (const CandidateBatch& batch : batches) width = std::max(width, batch.width());
  std::vector<at::Tensor> items, scores, sources;
  for (const CandidateBatch& batch : batches) {
    items.push_back(widened(batch.item, width, -1));
    scores.push_back(widened(batch.score, width, kEmptyScore));
    if (batch.source_score) sources.push_back(widened(*batch.source_score, width, kUnknown));
  }
  CandidateBatch out{at::cat(items), at::cat(scores), {}, {}};
  if (sources.size() == batches.size()) out.source_score = at::cat(sources);
  return out;
}

// Logged rows have columns of their own, which are not kept with the lists.
CandidateBatch StageSample::given(int64_t node, const pipeline::ServingGraph& graph) const {
  const task::ServeNode& from = graph.nodes()[static_cast<size_t>(node)];
  if (from.step != task::ServeNode::Step::lists || from.fitted.stage.lists != task::kLoggedRows)
    return stacked(node);
  return data_.logged_candidates(task_.window, data_.requests(task_.window, requests_));
}

results::StageLists StageSample::lists(const task::MeasuredStage& stage) const {
  CandidateBatch all = stacked(stage.node);
  if (stage.served) all = pipeline::narrowed(all, task_.serve_size);
  SlateColumns columns;
  columns.size = settings_.places > 0 ? settings_.places : static_cast<int>(all.width());
  columns.add({all.item, all.score, {}, {}});
  results::StageLists out{
      .stage = stage.name, .size = columns.size, .requests = narrow_ids(requests_)};
  out.items = std::move(columns.items);
  out.scores = std::move(columns.scores);
  out.found_offsets.push_back(0);
  const at::Tensor items = all.item.cpu().contiguous();
  for (size_t s = 0; s < requests_.size(); ++s) {
    const int64_t* row = items.const_data_ptr<int64_t>() + static_cast<int64_t>(s) * all.width();
    int32_t length = 0;
    for (; length < all.width() && row[length] >= 0; ++length) {
      if (!std::ranges::binary_search(truth_[s], row[length])) continue;
      out.found_items.push_back(static_cast<int32_t>(row[length]));
      out.found_ranks.push_back(length + 1);
    }
    out.lengths.push_back(length);
    out.found_offsets.push_back(static_cast<int32_t>(out.found_items.size()));
  }
  return out;
}

std::vector<std::vector<int64_t>> StageSample::served_items(const task::TrialTask& trial) const {
  const CandidateBatch served = pipeline::narrowed(
      stacked(trial.stages.back().node), std::min<int64_t>(settings_.explained, task_.serve_size));
  const at::Tensor items = served.item.cpu().contiguous();
  std::vector<std::vector<int64_t>> out;
  for (size_t s = 0; s < requests_.size(); ++s) {
    const int64_t* row = items.const_data_ptr<int64_t>() + static_cast<int64_t>(s) * served.width();
    const int64_t* end = std::find(row, row + served.width(), -1);
    std::vector<int64_t>& wanted = out.emplace_back(row, end);
    const bool is_new = std::ranges::find(wanted, settings_.item) == wanted.end();
    if (settings_.item >= 0 && is_new) wanted.push_back(settings_.item);
  }
  return out;
}

std::vector<int64_t> StageSample::left_out_of(int64_t request) const {
  if (settings_.without >= 0) return {settings_.without};
  const auto history = data_.prepared().requests(task_.window).history.row(request);
  std::vector<int64_t> latest;
  for (size_t left = history.size(); left > 0 && latest.size() < kLeftOut; --left) {
    const int64_t item = history[left - 1];
    if (std::ranges::find(latest, item) == latest.end()) latest.push_back(item);
  }
  return latest;
}

// In batches of at least 64, the last request repeated: the bits of a row depend on the batch where
// that is small.
void StageSample::serve_without(const pipeline::ServingGraph& graph) {
  constexpr size_t kMultiple = 64;
  without_.emplace();
  for (const int64_t request : requests_) {
    for (const int64_t item : left_out_of(request)) {
      without_->requests.push_back(static_cast<int32_t>(request));
      without_->left_out.push_back(static_cast<int32_t>(item));
    }
  }
  if (without_->requests.empty()) return;
  std::vector<int64_t> rows(without_->requests.begin(), without_->requests.end());
  std::vector<int64_t> items(without_->left_out.begin(), without_->left_out.end());
  const size_t padded = (rows.size() + kMultiple - 1) / kMultiple * kMultiple;
  rows.resize(padded, rows.back());
  items.resize(padded, -1);
  without_->lists =
      graph.lists_without(data_.requests(task_.window, rows),
                          at::tensor(items, at::kLong).to(data_.device()), task_.window);
}

std::optional<results::ListsWithout> StageSample::lists_without(
    const task::TrialTask& trial) const {
  if (without_->requests.empty()) return std::nullopt;
  const auto& lists = without_->lists[static_cast<size_t>(trial.stages.back().node)];
  if (!lists) return std::nullopt;
  const auto rows = std::ssize(without_->requests);
  SlateColumns columns;
  const int64_t kept = settings_.places > 0 ? kWithoutPlaces : task_.serve_size;
  columns.size = static_cast<int>(std::min(kept, task_.serve_size));
  const CandidateBatch served = pipeline::narrowed(*lists, columns.size);
  columns.add({served.item.slice(0, 0, rows), served.score.slice(0, 0, rows), {}, {}});
  return results::ListsWithout{.size = columns.size,
                               .requests = without_->requests,
                               .left_out = without_->left_out,
                               .items = std::move(columns.items)};
}

Why StageSample::asked(int64_t node, const pipeline::ServingGraph& graph,
                       CandidateBatch candidates) const {
  Why why{std::move(candidates), {}, ""};
  try {
    why.explanation =
        graph.explain(node, task_.window, data_.requests(task_.window, requests_), why.candidates);
  } catch (const pipeline::StageFailure& failure) {
    why.reason = failure.reason;
  }
  return why;
}

// What a rank or rerank stage says depends on all that it was given, so it is asked once. A recall
// stage scores an item whatever stands beside it: it is asked about what was served, and one that
// answers for another source about the requests which that one does not know.
const Why& StageSample::why_of(int64_t node, const pipeline::ServingGraph& graph,
                               const Wanted& wanted) {
  const task::ServeNode& serve_node = graph.nodes()[static_cast<size_t>(node)];
  if (serve_node.step == task::ServeNode::Step::recall) {
    const Wanted& own = serve_node.parents.empty()
                            ? wanted
                            : wanted_of_unknown(wanted, stacked(serve_node.parents.front()));
    own_ = asked(node, graph, only_wanted(stacked(node), own));
    return own_;
  }
  const auto known = given_.find(node);
  if (known != given_.end()) return known->second;
  return given_.emplace(node, asked(node, graph, given(serve_node.parents.front(), graph)))
      .first->second;
}

void StageSample::write(const task::TrialTask& trial, const pipeline::ServingGraph& graph,
                        results::PartWriter& part, results::PartWriter::Shard shard) {
  if (requests_.empty()) return;
  for (const task::MeasuredStage& stage : trial.stages) {
    if (!stage.served || settings_.served) part.stage_lists(shard, lists(stage));
  }
  std::set<int64_t> above;
  collect_above(graph.nodes(), trial.stages.back().node, above);
  const Wanted wanted = served_items(trial);
  const int size = settings_.explained + (settings_.item >= 0 ? 1 : 0);
  for (const int64_t node : above) {
    if (!graph.has_strategy(node)) continue;
    const Why& why = why_of(node, graph, wanted);
    results::Explanations rows;
    if (why.explanation) rows = explained_terms(why, wanted, size, settings_.terms);
    if (!why.explanation && why.reason.empty()) continue;
    rows.place = graph.nodes()[static_cast<size_t>(node)].place;
    rows.reason = why.reason;
    if (why.explanation) rows.requests = narrow_ids(requests_);
    part.explanations(shard, rows,
                      why.explanation ? why.explanation->names : std::vector<std::string>());
  }
  if (!without_) serve_without(graph);
  if (const auto without = lists_without(trial)) part.lists_without(shard, *without);
}

}  // namespace assay::worker

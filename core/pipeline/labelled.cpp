#include "pipeline/labelled.h"

#include <ATen/ops/zeros.h>

#include <algorithm>

#include "error/error.h"
#include "pipeline/stage_features.h"

namespace assay::pipeline {
namespace {

// The places of the window whose users belong to the share.
std::vector<int64_t> rows_of_share(const DataView& data, task::Window window,
                                   const DataView::UserShare& share) {
  std::vector<int64_t> rows;
  if (!data.prepared().has_requests(window)) return rows;
  const auto users = data.prepared().requests(window).user;
  for (size_t row = 0; row < users.size(); ++row) {
    // Anonymous requests are dealt out one by one.
    if (share.holds(users[row] < 0 ? -1 - static_cast<int64_t>(row) : users[row]))
      rows.push_back(static_cast<int64_t>(row));
  }
  return rows;
}

void mark_target(const Ragged& holders, const at::Tensor& item, int64_t target, at::Tensor& label) {
  const int64_t rows = item.size(0), width = item.size(1), targets = label.size(2);
  const int64_t* value = holders.values.const_data_ptr<int64_t>();
  const int64_t* offset = holders.offsets.const_data_ptr<int64_t>();
  const int64_t* id = item.const_data_ptr<int64_t>();
  float* out = label.mutable_data_ptr<float>();
  for (int64_t row = 0; row < rows; ++row) {
    for (int64_t j = 0; j < width; ++j) {
      const bool holds =
          std::binary_search(value + offset[row], value + offset[row + 1], id[row * width + j]);
      out[(row * width + j) * targets + target] = holds ? 1.f : 0.f;
    }
  }
}

LabelledBatch label(const DataView& data, task::Window window, const ServedBatch& served,
                    const std::vector<int64_t>& rows) {
  LabelledBatch out;
  out.requests = served.request_batch;
  out.candidates = *served.lists.back();
  out.weight = out.candidates.item.ge(0).to(at::kFloat);
  if (data.has_logged_candidates()) {
    data.label_logged(window, rows, out);
    return out;
  }
  const at::Tensor item = out.candidates.item.cpu().contiguous();
  const int64_t targets = std::max<int64_t>(1, data.prepared().labels().size());
  at::Tensor labels = at::zeros({item.size(0), item.size(1), targets}, at::kFloat);
  const int64_t window_size = data.prepared().requests(window).size();
  for (int64_t t = 0; t < targets; ++t) {
    at::Tensor place = at::zeros({static_cast<int64_t>(rows.size())}, at::kLong);
    std::copy(rows.begin(), rows.end(), place.mutable_data_ptr<int64_t>());
    const Ragged all = data.target(window, t, 0, window_size);
    mark_target(Ragged{all.values.cpu(), all.offsets.cpu()}.select(place), item, t, labels);
  }
  out.label = labels.to(data.device());
  return out;
}

std::vector<std::string> source_names(const std::vector<task::ServeNode>& nodes) {
  std::vector<std::string> names;
  for (const task::ServeNode& node : nodes) {
    const bool is_source =
        node.step == task::ServeNode::Step::recall || node.step == task::ServeNode::Step::lists;
    // What has a parent answers for that source.
    if (is_source && node.parents.empty()) names.push_back(node.place);
  }
  return names;
}

}  // namespace

std::optional<LabelledBatch> LabelledPool::next() {
  if (next_ == batches_.size()) return std::nullopt;
  return batches_[next_++];
}

int64_t LabelledPool::requests() const {
  int64_t count = 0;
  for (const LabelledBatch& batch : batches_) count += batch.requests.size();
  return count;
}

LabelledPool label_candidates(ServingGraph& graph, const std::vector<task::Window>& windows,
                              const DataView::UserShare& share, const task::StageSpec& stage) {
  constexpr int64_t kBatch = 1024;
  LabelledPool pool(graph.data().prepared().labels());
  pool.set_sources(source_names(graph.nodes()));
  for (const task::Window window : windows) {
    const std::vector<int64_t> rows = rows_of_share(graph.data(), window, share);
    for (size_t first = 0; first < rows.size(); first += kBatch) {
      const size_t last = std::min(rows.size(), first + kBatch);
      const std::vector<int64_t> part(rows.begin() + first, rows.begin() + last);
      const ServedBatch served =
          graph.serve_batch(graph.data().requests(window, part), static_cast<int64_t>(part.size()),
                            first / kBatch, window);
      const int64_t node = static_cast<int64_t>(graph.nodes().size()) - 1;
      if (const StageFailure* failure = graph.failure_above(node)) throw *failure;
      LabelledBatch batch = label(graph.data(), window, served, part);
      batch.requests = graph.data().seen_by(stage.sees, window, std::move(batch.requests));
      batch.candidates = with_stage_features(graph.data(), stage, batch.requests, batch.candidates);
      pool.add(std::move(batch));
    }
  }
  return pool;
}

}  // namespace assay::pipeline

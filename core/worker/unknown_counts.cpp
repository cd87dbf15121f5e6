#include "worker/unknown_counts.h"

#include <ATen/core/Tensor.h>

#include <set>

#include "pipeline/unknown_rows.h"

namespace assay::worker {
namespace {

using Step = task::ServeNode::Step;

/// Logged rows are what was shown: nobody was asked for them.
bool is_recall(const task::ServeNode& node) {
  if (node.step == Step::recall) return true;
  return node.step == Step::lists && node.fitted.stage.lists != task::kLoggedRows;
}

void collect_above(const std::vector<task::ServeNode>& nodes, int64_t node,
                   std::set<int64_t>& all) {
  for (const int64_t parent : nodes[static_cast<size_t>(node)].parents)
    collect_above(nodes, parent, all);
  all.insert(node);
}

}  // namespace

UnknownCounts::UnknownCounts(const std::vector<task::ServeNode>& nodes) : nodes_(nodes) {
  for (size_t node = 0; node < nodes.size(); ++node)
    if (is_recall(nodes[node])) requests_[static_cast<int64_t>(node)];
}

void UnknownCounts::add(const pipeline::ServedBatch& batch) {
  for (auto& [node, requests] : requests_) {
    if (!batch.lists[node]) continue;
    const at::Tensor rows = pipeline::unknown_rows(*batch.lists[node], batch.requests);
    const int64_t* const row = rows.const_data_ptr<int64_t>();
    for (int64_t r = 0; r < rows.size(0); ++r)
      requests.push_back(static_cast<int32_t>(batch.first_request + row[r]));
  }
}

void UnknownCounts::write(const task::TrialTask& trial, results::PartWriter& part,
                          results::PartWriter::Shard shard) const {
  std::set<int64_t> above;
  collect_above(nodes_, trial.stages.back().node, above);
  for (const int64_t node : above) {
    const auto found = requests_.find(node);
    if (found == requests_.end() || found->second.empty()) continue;
    part.unknown_requests(shard, {nodes_[static_cast<size_t>(node)].place, found->second});
  }
}

}  // namespace assay::worker

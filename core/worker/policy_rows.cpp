#include "worker/policy_rows.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "error/error.h"

namespace assay::worker {
namespace {

using Step = task::ServeNode::Step;

std::span<const int64_t> row_of(const Ragged& rows, int64_t r) {
  const int64_t* const offset = rows.offsets.const_data_ptr<int64_t>();
  return {rows.values.const_data_ptr<int64_t>() + offset[r],
          static_cast<size_t>(offset[r + 1] - offset[r])};
}

Ragged on_cpu(const Ragged& rows) { return rows.to(at::Device(at::kCPU)); }

dataset::Impressions open_table(const pipeline::DataView& data) {
  const std::string path = data.prepared().logged_rows_path();
  error::require(!path.empty(), "a policy acts on logged requests");
  dataset::Impressions table = dataset::Impressions::open(path);
  if (table.propensity().empty())
    throw error::UserError(
        "the logged rows have no propensities, without which nothing can be estimated: name their "
        "column with source.impressions.columns.propensity");
  return table;
}

// The last stage of the chain: a merge of one source that cuts nothing hands its list on.
int64_t last_stage(const pipeline::ServingGraph& graph, int64_t node) {
  const task::ServeNode& at = graph.nodes()[static_cast<size_t>(node)];
  const bool hands_on = at.step == Step::merge && at.parents.size() == 1 && at.merge.k == 0;
  return hands_on ? last_stage(graph, at.parents.front()) : node;
}

}  // namespace

LoggedTruth::LoggedTruth(const pipeline::DataView& data, task::Window window)
    : table(open_table(data)),
      places(data.prepared().requests(window).logged),
      items(data.items()),
      means(table, places, items),
      world(WorldTruth::of(table, data.prepared())) {}

PolicyRows::PolicyRows(const task::PolicySpec& policy, const task::TrialTask& trial,
                       const pipeline::ServingGraph& graph, const LoggedTruth& logged,
                       task::Window window)
    : policy_(policy),
      graph_(graph),
      logged_(logged),
      window_(window),
      node_(last_stage(graph, trial.stages.back().node)) {
  input_.policy = task::policy_text(policy);
}

void PolicyRows::add(const pipeline::ServedBatch& batch) {
  const Choices chosen = choices(batch);
  const Ragged excluded = on_cpu(batch.request_batch.excluded);
  std::optional<Ragged> allowed;
  if (batch.request_batch.allowed) allowed = on_cpu(*batch.request_batch.allowed);
  for (int64_t r = 0; r < batch.requests; ++r) {
    std::optional<std::span<const int64_t>> set;
    if (allowed) set = row_of(*allowed, r);
    const Servable servable(set ? &*set : nullptr, row_of(excluded, r), logged_.items);
    const Actions what = actions(chosen, r, servable);
    if (what.listed.empty() && what.floor * static_cast<double>(servable.count()) < 1)
      ++input_.unserved;
    add_request(what, servable, batch.first_request + r);
  }
}

PolicyRows::Choices PolicyRows::choices(const pipeline::ServedBatch& batch) const {
  const bool told = policy_.kind == task::PolicyKind::stages;
  const CandidateBatch& list =
      told ? graph_.choices(node_, batch) : *batch.lists[static_cast<size_t>(node_)];
  Choices out{list.item.cpu().contiguous(), list.score.cpu().contiguous(), std::nullopt};
  if (told) out.probability = told_probability(batch, out.item);
  return out;
}

at::Tensor PolicyRows::told_probability(const pipeline::ServedBatch& batch,
                                        const at::Tensor& item) const {
  const auto told = graph_.action_probability(node_, window_, batch);
  if (!told)
    fail(task::FailureKind::invalid_input,
         "the policy has kind stages, and its last stage does not tell the probabilities of what "
         "it shows (action_probability); end the chain with plackett_luce or epsilon_greedy, or "
         "take policy: {kind: softmax} or {kind: epsilon_greedy}",
         -1);
  at::Tensor probability = told->cpu().contiguous();
  const std::string breach = action_breach(probability, item, batch.requests);
  if (!breach.empty()) fail(task::FailureKind::contract, breach, batch.batch);
  return probability;
}

void PolicyRows::fail(task::FailureKind kind, const std::string& reason, int64_t batch) const {
  const task::ServeNode& at = graph_.nodes()[static_cast<size_t>(node_)];
  pipeline::StageFailure failure(kind, reason);
  failure.place = at.place;
  failure.plugin = at.fitted.stage.plugin;
  failure.phase = "policy";
  failure.batch = batch;
  throw failure;
}

Actions PolicyRows::actions(const Choices& choices, int64_t row, const Servable& servable) const {
  const auto width = static_cast<size_t>(choices.item.size(1));
  const size_t first = static_cast<size_t>(row) * width;
  const std::span<const int64_t> item(choices.item.const_data_ptr<int64_t>() + first, width);
  if (choices.probability)
    return given_actions(item, {choices.probability->const_data_ptr<float>() + first, width});
  if (policy_.kind == task::PolicyKind::epsilon_greedy)
    return greedy_actions(item, policy_.epsilon, servable.count());
  return softmax_actions(item, {choices.score.const_data_ptr<float>() + first, width},
                         policy_.temperature);
}

void PolicyRows::add_request(const Actions& actions, const Servable& servable, int64_t request) {
  const int64_t place = logged_.places[static_cast<size_t>(request)];
  const Expected expected = expected_of(actions, servable, logged_.means.fold(place));
  const dataset::Impressions& table = logged_.table;
  if (logged_.world)
    input_.true_sum =
        input_.true_sum.value_or(0) + logged_.world->value(table, place, actions, servable);
  for (int64_t row = table.offsets()[place]; row < table.offsets()[place + 1]; ++row) {
    const int64_t item = table.item()[row];
    if (item < 0) continue;
    if (!servable.allows(item))
      fail(task::FailureKind::invalid_input,
           fmt::format("row {} of the logged rows shows an item that is not in the allowed set of "
                       "its request: with these propensities nothing can be estimated",
                       row + 1),
           -1);
    const float reward = table.labels().front().number(row);
    if (std::isnan(reward)) {
      ++input_.unlabelled;
      continue;
    }
    input_.requests.push_back(static_cast<int32_t>(request));
    input_.propensity.push_back(table.propensity()[row]);
    input_.reward.push_back(reward);
    // What is excluded is not shown again, whatever the log did.
    const double probability = servable.holds(item) ? actions.probability(item) : 0;
    input_.probability.push_back(static_cast<float>(probability));
    const double predicted = logged_.means.mean(logged_.means.fold(place), item);
    input_.predicted.push_back(static_cast<float>(predicted));
    input_.expected.push_back(static_cast<float>(expected.reward));
    input_.unsupported.push_back(static_cast<float>(std::min(expected.unsupported, 1.0)));
  }
}

PolicyRows::Expected PolicyRows::expected_of(const Actions& actions, const Servable& servable,
                                             int fold) const {
  const ItemMeans& means = logged_.means;
  Expected out;
  for (const auto& [item, probability] : actions.listed) {
    out.reward += probability * means.mean(fold, item);
    if (!means.is_shown(item)) out.unsupported += probability;
  }
  if (actions.floor == 0) return out;
  out.reward += actions.floor *
                servable.sum(means.sum(fold), [&](int64_t item) { return means.mean(fold, item); });
  const auto never_shown = static_cast<double>(means.never_shown());
  out.unsupported += actions.floor * servable.sum(never_shown, [&](int64_t item) {
    return means.is_shown(item) ? 0 : 1;
  });
  return out;
}

}  // namespace assay::worker

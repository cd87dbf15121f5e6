#include "worker/policy_rows.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "error/error.h"
#include "pipeline/hashing.h"
#include "task/off_policy_spec.h"

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

PolicyRows::PolicyRows(const task::PolicySpec& policy, const std::string& text,
                       const task::TrialTask& trial, const pipeline::ServingGraph& graph,
                       const LoggedTruth& logged, task::Window window)
    : policy_(policy),
      graph_(graph),
      logged_(logged),
      window_(window),
      node_(last_stage(graph, trial.stages.back().node)) {
  input_.policy = text;
  for (const std::string& model : task::models_of_text(text)) {
    if (model == "balanced_ips") balance_.emplace(logged.items);
    if (model == "mrdr") mrdr_.emplace(logged.items);
  }
}

results::PolicyInput PolicyRows::finish() {
  if (balance_) input_.balanced = balance_->weights();
  if (mrdr_) {
    MrdrMeans::Columns columns = mrdr_->columns();
    input_.mrdr_predicted = std::move(columns.predicted);
    input_.mrdr_expected = std::move(columns.expected);
  }
  return std::move(input_);
}

void PolicyRows::add(const pipeline::ServedBatch& batch) {
  const Choices chosen = choices(batch);
  const Ragged excluded = on_cpu(batch.request_batch.excluded);
  std::optional<Ragged> allowed;
  if (batch.request_batch.allowed) allowed = on_cpu(*batch.request_batch.allowed);
  std::vector<Asked> asked;
  for (int64_t r = 0; r < batch.requests; ++r) {
    std::optional<std::span<const int64_t>> set;
    if (allowed) set = row_of(*allowed, r);
    const Servable servable(set ? &*set : nullptr, row_of(excluded, r), logged_.items);
    asked.push_back({actions(chosen, r, servable), servable});
    const Actions& what = asked.back().actions;
    if (what.listed.empty() && what.floor * static_cast<double>(servable.count()) < 1)
      ++input_.unserved;
  }
  if (logged_.reward) ask_rewards(batch, asked);
  for (size_t r = 0; r < asked.size(); ++r)
    add_request(asked[r], batch.first_request + static_cast<int64_t>(r));
}

void PolicyRows::ask_rewards(const pipeline::ServedBatch& batch, std::vector<Asked>& asked) const {
  std::vector<std::vector<int64_t>> items;
  for (size_t r = 0; r < asked.size(); ++r) {
    add_items(batch.first_request + static_cast<int64_t>(r), asked[r]);
    items.push_back(asked[r].items);
  }
  std::vector<RewardModel::Rewards> rewards = logged_.reward->predict(batch, items);
  for (size_t r = 0; r < asked.size(); ++r) asked[r].rewards = std::move(rewards[r]);
}

void PolicyRows::add_items(int64_t request, Asked& asked) const {
  const int64_t place = logged_.places[static_cast<size_t>(request)];
  const dataset::Impressions& table = logged_.table;
  if (asked.actions.floor > 0) asked.floor = floor_items(asked.servable, place);
  asked.items = asked.floor;
  for (const auto& [item, probability] : asked.actions.listed) asked.items.push_back(item);
  for (int64_t row = table.offsets()[place]; row < table.offsets()[place + 1]; ++row)
    if (table.item()[row] >= 0) asked.items.push_back(table.item()[row]);
  std::ranges::sort(asked.items);
  const auto rest = std::ranges::unique(asked.items);
  asked.items.erase(rest.begin(), rest.end());
}

std::vector<int64_t> PolicyRows::floor_items(const Servable& servable, int64_t place) const {
  std::vector<int64_t> out;
  if (servable.count() <= kFloorItems) {
    servable.each(logged_.items, [&](int64_t item) { out.push_back(item); });
    return out;
  }
  uint64_t draw = pipeline::mix(0, static_cast<uint64_t>(place));
  while (std::ssize(out) < kFloorItems) {
    draw = pipeline::mix(draw, out.size());
    const int64_t item = servable.allowed_at(draw, logged_.items);
    if (servable.holds(item)) out.push_back(item);
  }
  return out;
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

void PolicyRows::add_request(const Asked& asked, int64_t request) {
  const int64_t place = logged_.places[static_cast<size_t>(request)];
  const dataset::Impressions& table = logged_.table;
  if (logged_.world)
    input_.true_sum = input_.true_sum.value_or(0) +
                      logged_.world->value(table, place, asked.actions, asked.servable);
  const Expected expected{expected_reward(asked, logged_.means.fold(place)),
                          unsupported_share(asked.actions, asked.servable)};
  if (mrdr_) mrdr_->begin_request(asked.actions, asked.servable, logged_.means.fold(place));
  for (int64_t row = table.offsets()[place]; row < table.offsets()[place + 1]; ++row) {
    const int64_t item = table.item()[row];
    if (item < 0) continue;
    if (!asked.servable.allows(item))
      fail(task::FailureKind::invalid_input,
           fmt::format("row {} of the logged rows shows an item that is not in the allowed set of "
                       "its request: with these propensities nothing can be estimated",
                       row + 1),
           -1);
    if (table.labels().front().missing(row))
      ++input_.unlabelled;
    else
      add_row(asked, expected, request, row);
  }
}

void PolicyRows::add_row(const Asked& asked, const Expected& expected, int64_t request,
                         int64_t row) {
  const auto& [actions, servable, floor, items, rewards] = asked;
  const int64_t item = logged_.table.item()[row];
  const float propensity = logged_.table.propensity()[row];
  const int64_t place = logged_.places[static_cast<size_t>(request)];
  const int fold = logged_.means.fold(place);
  input_.requests.push_back(static_cast<int32_t>(request));
  input_.propensity.push_back(propensity);
  input_.reward.push_back(logged_.table.labels().front().number(row));
  // What is excluded is not shown again, whatever the log did.
  const double probability = servable.holds(item) ? actions.probability(item) : 0;
  input_.probability.push_back(static_cast<float>(probability));
  const double predicted =
      logged_.reward ? reward_of(rewards, item) : logged_.means.mean(fold, item);
  input_.predicted.push_back(static_cast<float>(predicted));
  input_.expected.push_back(static_cast<float>(expected.reward));
  input_.unsupported.push_back(static_cast<float>(std::min(expected.unsupported, 1.0)));
  if (balance_) balance_->add_row(actions, servable, place, fold, item, probability);
  if (mrdr_) mrdr_->add_row(item, input_.reward.back(), propensity, probability);
  if (logged_.embeddings)
    input_.marginal.push_back(
        static_cast<float>(logged_.embeddings->weight(actions, servable, item, propensity)));
}

double PolicyRows::expected_reward(const Asked& asked, int fold) const {
  const ItemMeans& means = logged_.means;
  const auto of = [&](int64_t item) {
    return logged_.reward ? reward_of(asked.rewards, item) : means.mean(fold, item);
  };
  double sum = 0;
  for (const auto& [item, probability] : asked.actions.listed) sum += probability * of(item);
  if (asked.actions.floor == 0) return sum;
  if (!logged_.reward) return sum + asked.actions.floor * asked.servable.sum(means.sum(fold), of);
  if (asked.floor.empty()) return sum;
  double floor = 0;
  for (const int64_t item : asked.floor) floor += of(item);
  const auto drawn = static_cast<double>(asked.floor.size());
  return sum + asked.actions.floor * floor * static_cast<double>(asked.servable.count()) / drawn;
}

double PolicyRows::unsupported_share(const Actions& actions, const Servable& servable) const {
  const ItemMeans& means = logged_.means;
  double share = 0;
  for (const auto& [item, probability] : actions.listed)
    if (!means.is_shown(item)) share += probability;
  if (actions.floor == 0) return share;
  const auto never_shown = static_cast<double>(means.never_shown());
  return share + actions.floor * servable.sum(never_shown, [&](int64_t item) {
    return means.is_shown(item) ? 0 : 1;
  });
}

}  // namespace assay::worker

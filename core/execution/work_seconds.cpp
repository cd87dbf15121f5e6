#include "execution/work_seconds.h"

#include <fmt/format.h>

#include <algorithm>

#include "results/reader.h"

namespace assay::execution {

Work fit_work(const std::string& plugin, const std::string& part) {
  return {part.empty() ? "fit " + plugin : fmt::format("fit {}/{}", plugin, part), 1};
}

Work evaluation_work(size_t trials, int64_t requests) {
  return {"evaluate", static_cast<double>(trials) * static_cast<double>(requests)};
}

Work timing_work(const task::ScenarioSpec& scenario) {
  return {"time " + nlohmann::json(scenario).dump(), 1};
}

Work work_of(const task::Task& task) {
  if (task.fit) return fit_work(task.fit->target.stage.plugin, task.fit->part);
  if (task.evaluate) return evaluation_work(task.evaluate->trials.size(), task.evaluate->requests);
  if (task.score) return {"score", static_cast<double>(task.score->trials.size())};
  return task.time ? timing_work(task.time->scenario) : Work{task.kind(), 1};
}

WorkSeconds::WorkSeconds(const results::Database& database) {
  const results::Reader reader(database);
  std::map<std::string, Spent> fits;
  for (const results::ArtifactRow& row : reader.artifacts()) {
    if (!row.seconds) continue;
    fits[fit_work(row.plugin, "").kind].seconds += *row.seconds;
    fits[fit_work(row.plugin, "").kind].amount += 1;
  }
  for (const auto& [kind, spent] : fits) know(kind, spent.seconds / spent.amount);
  const auto requests = reader.query(
      "SELECT sum(seconds), sum(requests) FROM shard WHERE work = 'evaluate' AND seconds > 0");
  const auto* seconds = std::get_if<double>(&requests.rows.at(0).at(0));
  const auto* amount = std::get_if<int64_t>(&requests.rows.at(0).at(1));
  if (seconds != nullptr && amount != nullptr && *amount > 0)
    know("evaluate", *seconds / static_cast<double>(*amount));
}

void WorkSeconds::ended(const Work& work, double seconds) {
  spent_[work.kind].seconds += seconds;
  spent_[work.kind].amount += work.amount;
}

std::optional<double> WorkSeconds::of(const Work& work) const {
  const auto spent = spent_.find(work.kind);
  if (spent != spent_.end() && spent->second.amount > 0)
    return spent->second.seconds / spent->second.amount * work.amount;
  const auto known = known_.find(work.kind);
  if (known == known_.end()) return std::nullopt;
  return known->second * work.amount;
}

TimeLeft time_left(const WorkSeconds& known, std::span<const WorkAtHand> at_hand,
                   std::span<const Work> waiting, int at_a_time) {
  TimeLeft left;
  WorkSeconds seen = known;  // with what the progress of the work at hand says
  double sum = 0, longest = 0;
  for (const WorkAtHand& task : at_hand) {
    std::optional<double> whole = known.of(task.work);
    if (task.done > 0 && task.total >= task.done) {
      whole = task.seconds * static_cast<double>(task.total) / static_cast<double>(task.done);
      if (!known.of(task.work)) seen.know(task.work.kind, *whole / task.work.amount);
    }
    left.whole &= whole.has_value();
    const double rest = std::max(0.0, whole.value_or(0) - task.seconds);
    sum += rest;
    longest = std::max(longest, rest);
  }
  for (const Work& work : waiting) {
    const std::optional<double> whole = seen.of(work);
    left.whole &= whole.has_value();
    sum += whole.value_or(0);
    longest = std::max(longest, whole.value_or(0));
  }
  const auto tasks = static_cast<int>(at_hand.size() + waiting.size());
  left.seconds = std::max(longest, sum / std::max(1, std::min(at_a_time, tasks)));
  return left;
}

}  // namespace assay::execution

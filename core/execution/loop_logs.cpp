#include "execution/loop_logs.h"

#include <algorithm>

#include "dataset/prepared.h"
#include "dataset/world_numbers.h"
#include "error/error.h"
#include "results/reader.h"
#include "simulator/served_lists.h"
#include "task/feedback_spec.h"
#include "task/simulator_spec.h"

namespace assay::execution {
namespace {

/// Dense id by number in the world; -1 where there is none.
std::vector<int32_t> dense_of(const dataset::TextView& ids) {
  std::vector<int32_t> out;
  const std::vector<int32_t> numbers = dataset::world_numbers(ids);
  for (size_t dense = 0; dense < numbers.size(); ++dense) {
    const auto number = static_cast<size_t>(numbers[dense]);
    if (number >= out.size()) out.resize(number + 1, -1);
    out[number] = static_cast<int32_t>(dense);
  }
  return out;
}

/// The requests of a day and what they were served, as the world numbers users and items.
struct Served {
  Served(const dataset::PreparedData& data, const results::Slates& slates) : size(slates.size) {
    const dataset::RequestSetView requests = data.requests(task::Window::test);
    error::require(requests.size() == slates.requests, "every request of a done trial has a list");
    const std::vector<int32_t> users = dataset::world_numbers(data.user_ids());
    const std::vector<int32_t> numbers = dataset::world_numbers(data.item_ids());
    for (int64_t r = 0; r < requests.size(); ++r) {
      const auto request = static_cast<size_t>(r);
      user.push_back(users[static_cast<size_t>(requests.user[request])]);
      day.push_back(simulator::day_of(requests.time_us[request]));
      logged.push_back(static_cast<int32_t>(requests.logged[request]));
    }
    for (const int32_t item : slates.items)
      items.push_back(item < 0 ? -1 : numbers[static_cast<size_t>(item)]);
  }

  simulator::ServedLists lists() const { return {user, day, items, size}; }

  int64_t size;
  std::vector<int32_t> user, items, logged;
  std::vector<int64_t> day;
};

}  // namespace

LoopLogs::LoopLogs(const Plan& plan, const results::Database& database)
    : plan_(plan), database_(database) {
  for (const PlannedTrial& trial : plan.trials) {
    by_key_.emplace(trial.key, &trial);
    if (trial.log) by_path_.emplace(trial.log->of.path, &trial);
  }
}

bool LoopLogs::ready(const std::string& path,
                     const std::function<bool(const std::string& trial)>& done) {
  const auto found = by_path_.find(path);
  if (found == by_path_.end() || made_.contains(path)) return true;
  const PlannedTrial& trial = *found->second;
  if (!std::ranges::all_of(trial.log->earlier, done)) return false;
  dataset::make_loop_log(path, plan_.data[trial.data].prepared.path, plan_.experiment.traffic,
                         [&] { return clicks_of(trial); });
  made_.insert(path);
  return true;
}

dataset::LoopClicks LoopLogs::clicks_of(const PlannedTrial& trial) const {
  const task::SimulatorSpec& spec = *plan_.data[trial.data].spec.simulator;
  dataset::LoopClicks out;
  out.begin_us =
      simulator::kFirstTimeUs + (spec.days - plan_.experiment.loop->days) * simulator::kDayUs;
  for (const std::string& key : trial.log->earlier) add_day(*by_key_.at(key), trial, out);
  return out;
}

void LoopLogs::add_day(const PlannedTrial& earlier, const PlannedTrial& trial,
                       dataset::LoopClicks& out) const {
  const auto then = dataset::PreparedData::open(plan_.data[earlier.data].prepared.path);
  const auto now = dataset::PreparedData::open(plan_.data[trial.data].prepared.path);
  const std::vector<int32_t> dense = dense_of(now.item_ids());
  const simulator::World world(*plan_.data[trial.data].spec.simulator);
  const Served served(then, results::Reader(database_).slates(earlier.key));
  const std::vector<uint8_t> clicks = simulator::draw_clicks(world, served.lists());
  for (size_t place = 0; place < clicks.size(); ++place) {
    if (clicks[place] == 0) continue;
    const int32_t item = dense.at(static_cast<size_t>(served.items[place]));
    error::require(item >= 0, "what was served on a day is known on later ones");
    out.clicks.push_back({served.logged[place / static_cast<size_t>(served.size)], item});
  }
}

}  // namespace assay::execution

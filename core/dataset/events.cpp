#include "dataset/events.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <numeric>

#include "error/error.h"
#include "text/thousands.h"

namespace assay::dataset {
namespace {

constexpr size_t kMostTypesNamed = 12;

template <typename Values>
Values keep(const Values& values, const LargeVector<int32_t>& events) {
  Values out;
  if (values.empty()) return out;
  out.reserve(events.size());
  for (const int32_t event : events) out.push_back(values[static_cast<size_t>(event)]);
  return out;
}

[[noreturn]] void no_such_column(const ImportedData& data, const task::DatasetSpec& dataset,
                                 const task::TargetSpec& target) {
  const nlohmann::json& info = data.info();
  const std::string key = fmt::format("targets.{}.column", target.name);
  const auto not_number = info.at("not_numbers").find(target.column);
  if (not_number != info.at("not_numbers").end()) {
    throw error::UserError(
        dataset.where,
        fmt::format(
            "{} is {}, which is not a numeric column: {}{}", key, target.column,
            not_number->get<std::string>(),
            is_of_types(target, dataset)
                ? fmt::format("; name a type in quotes: targets.{}.equals: \"...\"", target.name)
                : ""));
  }
  const auto known = info.at("numbers").get<std::vector<std::string>>();
  if (!known.empty()) {
    throw error::UserError(
        dataset.where, fmt::format("{} is {}, but the events have no such numeric column{}", key,
                                   target.column, error::did_you_mean(target.column, known)));
  }
  std::vector<std::string> others;
  for (const auto& [name, why] : info.at("not_numbers").items()) others.push_back(name);
  throw error::UserError(
      dataset.where,
      fmt::format(
          "{} is {}, but the events have no numeric column{}; leave targets out to make every "
          "event positive",
          key, target.column,
          others.empty() ? "" : fmt::format(" ({} contain text)", fmt::join(others, ", "))));
}

[[noreturn]] void no_types(const ImportedData& data, const task::DatasetSpec& dataset,
                           const task::TargetSpec& target) {
  std::string text = fmt::format(
      "targets.{}.equals is the text \"{}\"; texts are compared in the column of event "
      "types, which ",
      target.name, *target.equals_text);
  const auto named = dataset.columns.find("event");
  if (!data.file().has("event.type"))
    text += fmt::format("these data do not name: source.columns.event: {}", target.column);
  else
    text += fmt::format("is {}, not {}", named == dataset.columns.end() ? "event" : named->second,
                        target.column);
  throw error::UserError(dataset.where, text);
}

[[noreturn]] void no_such_type(const ImportedData& data, const task::DatasetSpec& dataset,
                               const task::TargetSpec& target,
                               const std::vector<std::string>& types) {
  std::vector<int64_t> count(types.size(), 0);
  for (const int32_t type : data.file().array<int32_t>("event.type")) ++count[type];
  std::vector<std::string> counts;
  for (size_t t = 0; t < types.size() && t < kMostTypesNamed; ++t)
    counts.push_back(fmt::format("{} ({})", types[t], text::thousands(count[t])));
  if (types.size() > kMostTypesNamed)
    counts.push_back(fmt::format("{} more", types.size() - kMostTypesNamed));
  const auto near = error::near_name(*target.equals_text, types);
  throw error::UserError(
      dataset.where,
      fmt::format("targets.{}.equals is \"{}\", and no event has that type; their types are {}{}",
                  target.name, *target.equals_text, fmt::join(counts, ", "),
                  near ? fmt::format("; did you mean \"{}\"?", *near) : ""));
}

// An event always has a type, so that none is missing.
std::vector<uint8_t> target_of_types(const ImportedData& data, const task::DatasetSpec& dataset,
                                     const task::TargetSpec& target) {
  if (!data.file().has("event.type") || !is_of_types(target, dataset))
    no_types(data, dataset, target);
  const auto types = data.info().at("event_types").get<std::vector<std::string>>();
  const auto wanted = std::ranges::find(types, *target.equals_text);
  if (wanted == types.end()) no_such_type(data, dataset, target, types);
  const auto place = static_cast<int32_t>(wanted - types.begin());
  std::vector<uint8_t> out;
  out.reserve(data.events());
  for (const int32_t type : data.file().array<int32_t>("event.type"))
    out.push_back(type == place ? kTargetHolds : 0);
  return out;
}

std::vector<uint8_t> target_column(const ImportedData& data, const task::DatasetSpec& dataset,
                                   const task::TargetSpec& target) {
  if (target.equals_text) return target_of_types(data, dataset, target);
  const std::string name = "event.number." + target.column;
  if (!data.file().has(name)) no_such_column(data, dataset, target);
  std::vector<uint8_t> out;
  out.reserve(data.events());
  for (double value : data.file().array<double>(name)) {
    const std::optional<bool> holds = target_holds(target, value);
    out.push_back(holds ? uint8_t{*holds} : kTargetMissing);
  }
  return out;
}

// Places in the file(s); what stands in their order does not say them.
LargeVector<int32_t> rows(const ImportedData& data) {
  const SafetensorsFile& file = data.file();
  LargeVector<int32_t> out;
  out.extend(static_cast<size_t>(data.events()));
  if (!file.has("event.row"))
    std::iota(out.begin(), out.end(), 0);
  else if (file.tensor("event.row").dtype == "I64")
    std::ranges::copy(file.array<int64_t>("event.row"), out.begin());
  else
    std::ranges::copy(file.array<int32_t>("event.row"), out.begin());
  return out;
}

LargeVector<float> values(const ImportedData& data, const task::DatasetSpec& dataset) {
  const std::string column = value_column(data.info(), dataset);
  LargeVector<float> out;
  if (column.empty()) {
    out.append(static_cast<size_t>(data.events()), 1.0f);
    return out;
  }
  const auto numbers = data.file().array<double>("event.number." + column);
  std::ranges::copy(numbers, out.extend(numbers.size()));
  return out;
}

}  // namespace

std::optional<bool> target_holds(const task::TargetSpec& target, double value) {
  if (std::isnan(value)) return std::nullopt;
  return (!target.at_least || value >= *target.at_least) &&
         (!target.at_most || value <= *target.at_most) &&
         (!target.equals || value == *target.equals);
}

bool is_of_types(const task::TargetSpec& target, const task::DatasetSpec& dataset) {
  const auto named = dataset.columns.find("event");
  return target.column == (named == dataset.columns.end() ? "event" : named->second);
}

std::string value_column(const nlohmann::json& imported_info, const task::DatasetSpec& dataset) {
  if (!dataset.targets.empty() && !dataset.targets.front().equals_text)
    return dataset.targets.front().column;
  return imported_info.value("value", std::string());
}

Events read_events(const ImportedData& data, const task::DatasetSpec& dataset) {
  const SafetensorsFile& file = data.file();
  Events events;
  events.user.append(file.array<int32_t>("event.user"));
  events.item.append(file.array<int32_t>("event.item"));
  events.row = rows(data);
  if (data.has_times()) events.time_us.append(file.array<int64_t>("event.time_us"));
  if (file.has("event.type")) events.type.append(file.array<int32_t>("event.type"));
  events.types = data.info().value("event_types", std::vector<std::string>());
  if (data.has_parts()) events.part.append(file.array<uint8_t>("event.part"));
  for (const task::TargetSpec& target : dataset.targets) {
    events.targets.push_back(target_column(data, dataset, target));
  }
  events.target_is_type = !events.types.empty() && !dataset.targets.empty() &&
                          is_of_types(dataset.targets.front(), dataset);
  events.value = values(data, dataset);
  events.users = data.users();
  events.items = data.items();
  return events;
}

Events keep_events(const Events& events, const std::vector<uint8_t>& marked) {
  LargeVector<int32_t> kept;
  for (size_t event = 0; event < events.size(); ++event) {
    if (marked[event]) kept.push_back(static_cast<int32_t>(event));
  }
  Events out;
  out.user = keep(events.user, kept);
  out.item = keep(events.item, kept);
  out.row = keep(events.row, kept);
  out.time_us = keep(events.time_us, kept);
  out.type = keep(events.type, kept);
  out.types = events.types;
  out.target_is_type = events.target_is_type;
  out.part = keep(events.part, kept);
  out.value = keep(events.value, kept);
  for (const auto& target : events.targets) out.targets.push_back(keep(target, kept));
  out.window = keep(events.window, kept);
  for (const auto& fold : events.earlier) out.earlier.push_back(keep(fold, kept));
  out.users = events.users;
  out.items = events.items;
  return out;
}

Events compact(const Events& events, const std::vector<int32_t>& new_user,
               const std::vector<int32_t>& new_item) {
  std::vector<uint8_t> stays(events.size(), 0);
  for (size_t event = 0; event < events.size(); ++event)
    stays[event] = new_user[events.user[event]] >= 0 && new_item[events.item[event]] >= 0;
  Events out = keep_events(events, stays);
  for (int32_t& user : out.user) user = new_user[user];
  for (int32_t& item : out.item) item = new_item[item];
  out.users = std::ranges::max(new_user.empty() ? std::vector<int32_t>{-1} : new_user) + 1;
  out.items = std::ranges::max(new_item.empty() ? std::vector<int32_t>{-1} : new_item) + 1;
  return out;
}

}  // namespace assay::dataset

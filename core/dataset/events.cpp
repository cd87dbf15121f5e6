#include "dataset/events.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <span>

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

std::string with_count(const std::vector<std::string>& names, const std::vector<int64_t>& count) {
  std::vector<std::string> out;
  for (size_t n = 0; n < names.size() && n < kMostTypesNamed; ++n)
    out.push_back(fmt::format("{} ({})", names[n], text::thousands(count[n])));
  if (names.size() > kMostTypesNamed)
    out.push_back(fmt::format("{} more", names.size() - kMostTypesNamed));
  return fmt::format("{}", fmt::join(out, ", "));
}

[[noreturn]] void no_such_column(const ImportedData& data, const task::DatasetSpec& dataset,
                                 const task::TargetSpec& target) {
  const nlohmann::json& info = data.info();
  const std::string key = fmt::format("targets.{}.column", target.name);
  const auto not_number = info.at("not_numbers").find(target.column);
  if (not_number != info.at("not_numbers").end()) {
    throw error::UserError(
        dataset.where,
        fmt::format("{} is {}, which is not a numeric column: {}; name a text in quotes: "
                    "targets.{}.equals: \"...\"",
                    key, target.column, not_number->get<std::string>(), target.name));
  }
  auto known = info.at("numbers").get<std::vector<std::string>>();
  std::vector<std::string> others;
  for (const auto& [name, why] : info.at("not_numbers").items()) others.push_back(name);
  if (target.equals_text) known.insert(known.end(), others.begin(), others.end());
  if (!known.empty()) {
    throw error::UserError(dataset.where,
                           fmt::format("{} is {}, but the events have no such {}column{}", key,
                                       target.column, target.equals_text ? "" : "numeric ",
                                       error::did_you_mean(target.column, known)));
  }
  throw error::UserError(
      dataset.where,
      fmt::format(
          "{} is {}, but the events have no {}column{}; leave targets out to make every "
          "event positive",
          key, target.column, target.equals_text ? "further " : "numeric ",
          others.empty() ? "" : fmt::format(" ({} contain text)", fmt::join(others, ", "))));
}

/// @param what   "that type; their types are", ...
/// @param codes  of each event, a place among `texts` or -1
[[noreturn]] void no_such_text(const task::DatasetSpec& dataset, const task::TargetSpec& target,
                               const std::string& what, const std::vector<std::string>& texts,
                               std::span<const int32_t> codes) {
  std::vector<int64_t> count(texts.size(), 0);
  for (const int32_t code : codes)
    if (code >= 0) ++count[code];
  const auto near = error::near_name(*target.equals_text, texts);
  throw error::UserError(
      dataset.where, fmt::format("targets.{}.equals is \"{}\", and no event has {} {}{}",
                                 target.name, *target.equals_text, what, with_count(texts, count),
                                 near ? fmt::format("; did you mean \"{}\"?", *near) : ""));
}

/// Of events with codes of texts; the target is missing where there is none.
std::vector<uint8_t> target_of_texts(const task::DatasetSpec& dataset,
                                     const task::TargetSpec& target, const std::string& what,
                                     const std::vector<std::string>& texts,
                                     std::span<const int32_t> codes) {
  const auto wanted = std::ranges::find(texts, *target.equals_text);
  if (wanted == texts.end()) no_such_text(dataset, target, what, texts, codes);
  const auto place = static_cast<int32_t>(wanted - texts.begin());
  std::vector<uint8_t> out;
  out.reserve(codes.size());
  for (const int32_t code : codes)
    out.push_back(code < 0 ? kTargetMissing : code == place ? kTargetHolds : 0);
  return out;
}

std::vector<uint8_t> target_of_texts(const ImportedData& data, const task::DatasetSpec& dataset,
                                     const task::TargetSpec& target) {
  const SafetensorsFile& file = data.file();
  if (is_of_types(target, dataset) && file.has("event.type"))
    return target_of_texts(dataset, target, "that type; their types are",
                           data.info().at("event_types").get<std::vector<std::string>>(),
                           file.array<int32_t>("event.type"));
  const std::string name = "event.text." + target.column;
  if (!file.has(name)) no_such_column(data, dataset, target);
  const TextView labels = {file.array<char>("event.labels." + target.column),
                           file.array<int64_t>("event.label_offsets." + target.column)};
  std::vector<std::string> texts;
  for (int64_t label = 0; label < labels.size(); ++label) texts.emplace_back(labels[label]);
  return target_of_texts(dataset, target,
                         fmt::format("that text in {}; its texts are", target.column), texts,
                         file.array<int32_t>(name));
}

std::vector<uint8_t> target_column(const ImportedData& data, const task::DatasetSpec& dataset,
                                   const task::TargetSpec& target) {
  if (target.equals_text) return target_of_texts(data, dataset, target);
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

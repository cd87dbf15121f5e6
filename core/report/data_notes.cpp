#include "report/data_notes.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <array>

#include "report/numbers.h"
#include "text/counted.h"
#include "text/thousands.h"
#include "text/utc_text.h"

namespace assay::report {

namespace {

constexpr std::string_view kAllowed = "allowed: ";
constexpr size_t kDayLength = 10;  // of "2024-05-31 18:30:00 UTC"

std::string text_of(const results::Cell& cell) {
  const auto* text = std::get_if<std::string>(&cell);
  return text == nullptr ? "" : *text;
}

int64_t count_of(const results::Cell& cell) {
  const auto* count = std::get_if<int64_t>(&cell);
  return count == nullptr ? 0 : *count;
}

std::vector<std::vector<results::Cell>> rows_of(const results::Reader& reader, const char* sql,
                                                int64_t run_id, const std::string& dataset) {
  const std::array<results::Cell, 2> parameters{run_id, dataset};
  return reader.query(sql, parameters).rows;
}

/// "k_core 5 (counted in the training window)" as "k_core 5".
std::string short_reason(const TakenAway& taken) {
  const std::string reason = taken.reason.substr(0, taken.reason.find(" ("));
  return taken.step == "filter" ? "filter by " + reason : reason;
}

std::string taken_text(const DataNotes& notes) {
  std::vector<std::string> parts;
  for (const TakenAway& taken : notes.taken) {
    if (taken.events > 0)
      parts.push_back(fmt::format("{}: {}", short_reason(taken), text::thousands(taken.events)));
  }
  if (parts.empty()) return "";
  const std::string of = notes.events ? " of " + text::thousands(*notes.events) : "";
  return fmt::format("removed: {}{} events ({})", text::thousands(notes.events_taken()), of,
                     fmt::join(parts, ", "));
}

/// Events that no description counts, since they were dropped before it.
int64_t dropped_by_import(const DataNotes& notes) {
  int64_t sum = 0;
  for (const TakenAway& taken : notes.taken)
    if (taken.step == "clean" && taken.reason == "missing_times") sum += taken.events;
  return sum;
}

std::string accepted_text(const DataNotes& notes) {
  std::vector<std::string> parts;
  for (const AcceptedLeak& leak : notes.accepted)
    parts.push_back(fmt::format("{} ({})", leak.check, leak.reason));
  if (parts.empty()) return "";
  return fmt::format("accepted {}: {}", text::plural(std::ssize(parts), "leak"),
                     fmt::join(parts, "; "));
}

std::string never_served_text(const DataNotes& notes) {
  if (notes.never_served.empty()) return "";
  return notes.never_served + "; to serve them again: traffic.exclude_seen: []";
}

// Of the audit of the last fold.
std::string never_served(const results::Reader& reader, int64_t run_id,
                         const std::string& dataset) {
  const auto rows = rows_of(
      reader,
      "SELECT detail FROM audit WHERE run_id = ? AND dataset = ? AND check_name = "
      "'truth_already_seen' AND result = 'found' ORDER BY CAST(fold AS INTEGER) DESC LIMIT 1",
      run_id, dataset);
  return rows.empty() ? "" : text_of(rows[0][0]);
}

std::string day_of(const nlohmann::json& description, const char* key) {
  const nlohmann::json& seconds = description.value(key, nlohmann::json());
  if (!seconds.is_number_integer()) return "";
  return text::utc_text(seconds.get<int64_t>() * 1'000'000).substr(0, kDayLength);
}

std::string counted_in(const nlohmann::json& description, const char* what, const char* noun) {
  return text::counted(description.value(what, int64_t{0}), noun);
}

/// A description, as the log was before filter and split.
std::string described(const nlohmann::json& description) {
  std::string text = fmt::format("{}, {}, {}", counted_in(description, "users", "user"),
                                 counted_in(description, "items", "item"),
                                 counted_in(description, "events", "event"));
  const std::string first = day_of(description, "first_time_s"),
                    last = day_of(description, "last_time_s");
  if (first.empty() || last.empty()) return text + ", no times";
  return text + (first == last ? fmt::format(", all on {}", first)
                               : fmt::format(", {} to {}", first, last));
}

}  // namespace

int64_t DataNotes::events_taken() const {
  int64_t sum = 0;
  for (const TakenAway& one : taken) sum += one.events;
  return sum;
}

DataNotes data_notes(const results::Reader& reader, int64_t run_id, const std::string& dataset) {
  DataNotes notes;
  for (const auto& row :
       rows_of(reader,
               "SELECT check_name, result, detail FROM audit AS a WHERE run_id = ? AND dataset = ? "
               "AND kind = 'leak' AND result LIKE 'allowed: %' AND CAST(fold AS INTEGER) = "
               "(SELECT max(CAST(fold AS INTEGER)) FROM audit WHERE run_id = a.run_id AND "
               "dataset = a.dataset) ORDER BY a.rowid",
               run_id, dataset)) {
    notes.accepted.push_back(
        {text_of(row[0]), text_of(row[1]).substr(kAllowed.size()), text_of(row[2])});
  }
  for (const auto& row :
       rows_of(reader,
               "SELECT step, reason, users, items, events FROM data_removed AS d WHERE run_id = ? "
               "AND dataset = ? AND step IN ('clean', 'filter') AND CAST(fold AS INTEGER) = "
               "(SELECT max(CAST(fold AS INTEGER)) FROM data_source WHERE run_id = d.run_id AND "
               "dataset = d.dataset) ORDER BY d.rowid",
               run_id, dataset)) {
    notes.taken.push_back(
        {text_of(row[0]), text_of(row[1]), count_of(row[2]), count_of(row[3]), count_of(row[4])});
  }
  const auto described = rows_of(reader,
                                 "SELECT json_extract(description, '$.events') FROM "
                                 "data_description WHERE run_id = ? AND dataset = ?",
                                 run_id, dataset);
  if (!described.empty() && std::holds_alternative<int64_t>(described[0][0]))
    notes.events = count_of(described[0][0]) + dropped_by_import(notes);
  notes.never_served = never_served(reader, run_id, dataset);
  return notes;
}

std::vector<std::string> data_notes_line(const DataNotes& notes, const std::string& dataset) {
  std::vector<std::string> parts;
  for (std::string part : {taken_text(notes), accepted_text(notes), never_served_text(notes)}) {
    if (!part.empty()) parts.push_back(std::move(part));
  }
  if (!parts.empty()) parts.front() = dataset + ": " + parts.front();
  return parts;
}

std::vector<std::string> described_lines(const results::Reader& reader, int64_t run_id) {
  const std::array<results::Cell, 1> parameters{run_id};
  std::vector<std::string> lines;
  for (const auto& row :
       reader
           .query(
               "SELECT dataset, description FROM data_description WHERE run_id = ? ORDER BY rowid",
               parameters)
           .rows) {
    const auto description = nlohmann::json::parse(text_of(row[1]), nullptr, false);
    if (description.is_object())
      lines.push_back(fmt::format("data {}: {}", text_of(row[0]), described(description)));
  }
  return lines;
}

nlohmann::ordered_json data_notes_json(const DataNotes& notes) {
  nlohmann::ordered_json json = {{"accepted_leaks", nlohmann::ordered_json::array()},
                                 {"taken_away",
                                  {{"events", notes.events_taken()},
                                   {"of", nullptr},
                                   {"by", nlohmann::ordered_json::array()}}}};
  if (notes.events) json["taken_away"]["of"] = *notes.events;
  json["never_served"] = nullptr;
  if (!notes.never_served.empty()) json["never_served"] = notes.never_served;
  for (const AcceptedLeak& leak : notes.accepted) {
    json["accepted_leaks"].push_back(
        {{"check", leak.check}, {"reason", leak.reason}, {"detail", leak.detail}});
  }
  for (const TakenAway& taken : notes.taken) {
    json["taken_away"]["by"].push_back({{"step", taken.step},
                                        {"reason", taken.reason},
                                        {"users", taken.users},
                                        {"items", taken.items},
                                        {"events", taken.events}});
  }
  return json;
}

}  // namespace assay::report

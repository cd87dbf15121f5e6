#include "report/data_notes.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <array>

#include "report/numbers.h"
#include "text/counted.h"
#include "text/thousands.h"

namespace assay::report {

namespace {

constexpr std::string_view kAllowed = "allowed: ";

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
  return notes;
}

std::vector<std::string> data_notes_line(const DataNotes& notes, const std::string& dataset) {
  std::vector<std::string> parts;
  for (std::string part : {taken_text(notes), accepted_text(notes)}) {
    if (!part.empty()) parts.push_back(std::move(part));
  }
  if (!parts.empty()) parts.front() = dataset + ": " + parts.front();
  return parts;
}

nlohmann::ordered_json data_notes_json(const DataNotes& notes) {
  nlohmann::ordered_json json = {{"accepted_leaks", nlohmann::ordered_json::array()},
                                 {"taken_away",
                                  {{"events", notes.events_taken()},
                                   {"of", nullptr},
                                   {"by", nlohmann::ordered_json::array()}}}};
  if (notes.events) json["taken_away"]["of"] = *notes.events;
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

#include "ingest/source_guess.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <optional>
#include <set>
#include <utility>

#include "error/error.h"
#include "ingest/column_roles.h"
#include "ingest/format_guess.h"
#include "ingest/named_formats.h"
#include "ingest/source_files.h"
#include "ingest/source_sample.h"
#include "ingest/text.h"
#include "ingest/time_guess.h"
#include "text/counted.h"
#include "text/listed.h"

namespace assay::ingest {
namespace {

namespace fs = std::filesystem;

/// Finds the columns of the roles in a sample. Names decide first; without a fitting name the values
/// do, in the order time, type, value, user, item.
class RoleFinder {
 public:
  RoleFinder(const Sample& sample, SourceGuess& guess) : sample_(sample), guess_(guess) {
    for (const auto& [role, column] : guess.dataset.columns) {
      taken_.insert(column);
      if (role != "time") guess.parts.push_back({role, "column " + column, "as given"});
    }
  }

  void find() {
    find_time();
    for (const char* role : {"user", "item", "event", "value"}) by_name(role);
    // A file without a header has no names; in one with names an unnamed type or value is none.
    if (!sample_.has_header) by_values();
    if (lacks("user") || lacks("item")) remaining_ids();
  }

 private:
  bool lacks(const std::string& role) const { return !guess_.dataset.columns.contains(role); }
  bool is_free(const SampleColumn& column) const { return !taken_.contains(column.name); }

  void take(const std::string& role, const SampleColumn& column, const std::string& why) {
    guess_.dataset.columns[role] = column.name;
    taken_.insert(column.name);
    guess_.parts.push_back({role, shown(column), why});
  }

  // Columns of a file without a header get their names from the roles, later.
  std::string shown(const SampleColumn& column) const {
    if (sample_.has_header) return "column " + column.name;
    return fmt::format("field {} of a line", &column - sample_.columns.data() + 1);
  }

  static bool is_id(const SampleColumn& column) {
    return !column.texts().empty() && !column.has(Cell::Kind::list) &&
           !column.has(Cell::Kind::time) && !column.has(Cell::Kind::local_time) &&
           !column.has(Cell::Kind::other) && !column.has(Cell::Kind::boolean) &&
           (!column.is_numeric() || column.is_whole());
  }

  static bool can_be(const std::string& role, const SampleColumn& column) {
    if (role == "value") return column.is_numeric();
    if (role != "event") return is_id(column);
    constexpr size_t kMostTypes = 30;
    return is_id(column) && column.distinct() <= kMostTypes;
  }

  // Of several names that fit alike the column with the most different values is taken.
  void by_name(const std::string& role) {
    if (!lacks(role)) return;
    std::vector<const SampleColumn*> fitting;
    for (const SampleColumn& column : sample_.columns) {
      if (name_fit(role, column.name) > 0 && is_free(column) && can_be(role, column))
        fitting.push_back(&column);
    }
    if (fitting.empty()) return;
    const auto rank = [&](const SampleColumn* column) {
      return std::pair(name_fit(role, column->name), column->distinct());
    };
    const SampleColumn& best = **std::ranges::max_element(fitting, {}, rank);
    std::vector<std::string> others;
    for (const SampleColumn* column : fitting) {
      if (column != &best && name_fit(role, column->name) == name_fit(role, best.name))
        others.push_back(shown(*column));
    }
    if (!others.empty()) {
      guess_.doubts.push_back(
          fmt::format("the {}: it may be {} as well", role, text::alternatives(others)));
    }
    take(role, best, "its name");
  }

  void find_time() {
    if (!lacks("time")) return describe_time(guess_.dataset.columns.at("time"));
    const SampleColumn* best = nullptr;
    TimeGuess best_guess;
    int best_rank = 0, best_fit = 0;
    std::vector<std::string> others;
    for (const SampleColumn& column : sample_.columns) {
      const int fit = name_fit("time", column.name);
      if (!is_free(column) || (fit == 0 && name_of_another_role(column))) continue;
      const std::optional<TimeGuess> time = guess_time(column, fit > 0);
      if (!time) continue;
      // Counts need no zone; days leave the order within a day open.
      const int rank = (time->certain ? 100 : 0) + 10 * fit +
                       (time->days            ? 0
                        : column.is_numeric() ? 2
                                              : 1);
      if (best && (fit > 0 || best_fit == 0))
        others.push_back(shown(rank > best_rank ? *best : column));
      // Without a name the last one is taken: ids come before times.
      if (rank < best_rank || (rank == best_rank && fit > 0)) continue;
      best_fit = fit;
      best = &column;
      best_guess = *time;
      best_rank = rank;
    }
    if (!best) return;
    if (!others.empty())
      guess_.doubts.push_back(
          fmt::format("the time: it may be {} as well", text::alternatives(others)));
    add_time(*best, best_guess);
  }

  // user_id may hold numbers as large as times.
  static bool name_of_another_role(const SampleColumn& column) {
    return std::ranges::any_of(std::array{"user", "item", "value", "event"},
                               [&](const char* role) { return name_fit(role, column.name) > 0; });
  }

  void describe_time(const std::string& name) {
    for (const SampleColumn& column : sample_.columns) {
      if (column.name != name) continue;
      if (const std::optional<TimeGuess> time = guess_time(column, true)) add_time(column, *time);
    }
  }

  void add_time(const SampleColumn& column, const TimeGuess& time) {
    take("time", column, time.why);
    if (guess_.dataset.time == task::TimeFormat{}) guess_.dataset.time = time.written;
    guess_.doubts.insert(guess_.doubts.end(), time.doubts.begin(), time.doubts.end());
    const auto missing = static_cast<size_t>(std::ranges::count_if(
        column.values, [](const SampleValue& v) { return v.kind == Cell::Kind::missing; }));
    if (missing == 0) return;
    guess_.notes.push_back(
        fmt::format("{} of the first {} {} no time, which is an error unless the data set says "
                    "clean: {{missing_times: drop}}",
                    missing, text::counted(static_cast<int64_t>(sample_.rows), "row"),
                    missing == 1 ? "has" : "have"));
  }

  void by_values() {
    constexpr size_t kMostTypes = 10, kRowsOfAType = 3;
    const auto ids = [&] {
      return std::ranges::count_if(sample_.columns,
                                   [&](const SampleColumn& c) { return is_free(c) && is_id(c); });
    };
    for (const SampleColumn& column : sample_.columns) {
      if (!lacks("event") || !is_free(column) || column.is_numeric() || ids() <= 2) continue;
      const size_t types = column.distinct();
      if (types > kMostTypes || types * kRowsOfAType > sample_.rows || !is_id(column)) continue;
      take("event", column, fmt::format("{} different texts in {} rows", types, sample_.rows));
    }
    for (const SampleColumn& column : sample_.columns) {
      if (!lacks("value") || !is_free(column) || !is_rating(column)) continue;
      if (column.is_whole() && ids() <= 2) continue;
      take("value", column, fmt::format("numbers from a scale such as {}", column.texts().front()));
    }
  }

  // 1 to 5, 0.5 to 5, 1 to 10, -1 to 1.
  static bool is_rating(const SampleColumn& column) {
    return column.is_numeric() && std::ranges::all_of(column.texts(), [](std::string_view text) {
             const double number = *parse_number(text);
             return number >= -1 && number <= 10 && number * 2 == static_cast<int>(number * 2);
           });
  }

  // The first ids of a row are nearly always its user, then its item.
  void remaining_ids() {
    std::vector<const SampleColumn*> ids;
    for (const SampleColumn& column : sample_.columns)
      if (is_free(column) && is_id(column)) ids.push_back(&column);
    const size_t needed = (lacks("user") ? 1U : 0U) + (lacks("item") ? 1U : 0U);
    if (ids.size() < needed) return;
    size_t next = 0;
    std::vector<std::string> taken;
    for (const char* role : {"user", "item"}) {
      if (!lacks(role)) continue;
      const SampleColumn& column = *ids[next++];
      taken.push_back(role);
      take(role, column,
           fmt::format(
               "the first column of ids that has no other role, with {} different in {} rows",
               column.distinct(), sample_.rows));
    }
    guess_.doubts.push_back(
        fmt::format("{}: by their place alone{}", text::listed(taken),
                    taken.size() == 2 ? "; the two may be the other way round" : ""));
  }

  const Sample& sample_;
  SourceGuess& guess_;
  std::set<std::string> taken_;
};

/// Columns of a file without a header are named after their roles.
void name_columns(const Sample& sample, SourceGuess& guess) {
  std::map<std::string, std::string> role_of;
  for (const auto& [role, column] : guess.dataset.columns) role_of[column] = role;
  for (const SampleColumn& column : sample.columns) {
    const auto found = role_of.find(column.name);
    guess.dataset.header.push_back(found == role_of.end() ? column.name : found->second);
  }
  for (auto& [role, column] : guess.dataset.columns) column = role;
}

void add_sample(const Sample& sample, SourceGuess& guess) {
  guess.dataset.format = sample.format;
  guess.parts.push_back({"format", sample.format, sample.why});
  if (sample.format == "csv" && !sample.columns.empty()) {
    guess.dataset.delimiter = sample.delimiter;
    if (sample.delimiter != ',')
      guess.parts.push_back({"delimiter", fmt::format("\"{}\"", sample.delimiter), sample.why});
  }
  if (!sample.header_why.empty())
    guess.parts.push_back({"header", sample.has_header ? "yes" : "no", sample.header_why});
  guess.doubts = sample.doubts;
  for (const SampleColumn& column : sample.columns) guess.columns.push_back(column.name);
  for (const SampleColumn& column : sample.columns) {
    if (!column.has(Cell::Kind::list)) continue;
    guess.notes.push_back(
        fmt::format("column {0} holds lists; if each element is an event, name the column, such as "
                    "--column item={0}, or a value within its elements: item={0}.KEY",
                    column.name));
  }
  if (sample.columns.empty()) return;
  RoleFinder(sample, guess).find();
  if (!sample.has_header) name_columns(sample, guess);
}

bool is_table(const std::string& format) {
  return format == "csv" || format == "tsv" || format == "jsonl" || format == "parquet";
}

/// The first file of a folder of Parquet, or the file.
std::string first_file(const task::DatasetSpec& dataset) {
  if (!fs::is_directory(dataset.path)) return dataset.path;
  task::DatasetSpec folder = dataset;
  folder.format = "parquet";
  return source_files(folder).front().path;
}

// A format that is given holds, and so do its columns where the beginning says nothing.
Sample sample_for(const task::DatasetSpec& given, bool folder) {
  Sample sample;
  try {
    sample = sample_of(first_file(given));
  } catch (const error::UserError&) {
    if (given.format.empty()) throw;
  }
  if (folder) sample.why = "its files are Parquet";
  if (given.format.empty()) return sample;
  sample.format = given.format;
  sample.why = "as given";
  return sample;
}

void guess_named(const NamedGuess& named, SourceGuess& guess) {
  guess.dataset.format = named.format;
  guess.parts.push_back({"format", named.format, named.why});
  guess.parts.push_back({"columns", named.columns, "the format fixes them"});
}

}  // namespace

SourceGuess guess_source(const task::DatasetSpec& given) {
  SourceGuess guess;
  guess.dataset = given;
  if (!given.format.empty() && !is_table(given.format)) {
    guess.parts.push_back({"format", given.format, "as given"});
    return guess;
  }
  if (given.format.empty() && given.columns.empty()) {
    if (const NamedGuess named = named_format_of(given.path); !named.format.empty()) {
      guess_named(named, guess);
      return guess;
    }
  }
  const bool folder = fs::is_directory(given.path);
  const std::string by_name = folder ? format_of_folder(given.path)
                              : fs::path(given.path).extension() == ".inter" ? "recbole"
                                                                             : "";
  if (!by_name.empty() && by_name != "parquet") {
    guess.dataset.format = by_name;
    guess.parts.push_back({"format", by_name, folder ? "the files in it" : "its name"});
    return guess;
  }
  add_sample(sample_for(given, folder), guess);
  return guess;
}

}  // namespace assay::ingest

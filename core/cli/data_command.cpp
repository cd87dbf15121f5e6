#include "cli/data_command.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <memory>

#include "cli/describe_guess.h"
#include "cli/describe_impressions.h"
#include "cli/listing.h"
#include "dataset/feature_coverage.h"
#include "dataset/statistics.h"
#include "dataset/time.h"
#include "error/error.h"
#include "ingest/catalogue.h"
#include "ingest/format_guess.h"
#include "ingest/impression_formats.h"
#include "ingest/load.h"
#include "ingest/notices.h"
#include "ingest/source_files.h"
#include "ingest/source_guess.h"
#include "text/thousands.h"
#include "text/utc_text.h"

namespace assay::cli {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

struct DataArguments {
  std::string name;
  std::string to = "data", wheel;
  std::string format, delimiter = ",";
  std::vector<std::string> columns;
  ImpressionFlags impressions;
  OutputFormat table = OutputFormat::text;
};

ingest::DataPlaces places() {
  return ingest::DataPlaces::from_environment(ingest::default_cache_dir());
}

void to_stderr(const std::string& line) { fmt::print(stderr, "{}\n", line); }

void list_data(const DataArguments& arguments) {
  Listing table{{"name", "format", "licence", "found at", "what it is"}, {}};
  for (const ingest::CatalogueEntry& entry : ingest::data_catalogue()) {
    const std::optional<std::string> path = find_data(entry, places());
    const std::string missing =
        entry.wheel ? "assay data get " + entry.name : "see assay data describe " + entry.name;
    table.add({entry.name, entry.format, entry.licence,
               path                                    ? json(*path)
               : arguments.table == OutputFormat::text ? json("not here: " + missing)
                                                       : json(),
               entry.summary});
  }
  fmt::print("{}", render(table, arguments.table));
}

void get(const DataArguments& arguments) {
  const ingest::CatalogueEntry& entry = ingest::catalogue_entry(arguments.name);
  ingest::DataPlaces everywhere = places();
  everywhere.folders.push_back(arguments.to);
  if (!find_data(entry, everywhere)) get_data(entry, arguments.to, arguments.wheel, to_stderr);
  if (!find_data(entry, places()))
    to_stderr(fmt::format("experiments find it once ASSAY_DATA names {}", arguments.to));
  task::DatasetSpec dataset;
  dataset.name = dataset.source = entry.name;
  const dataset::ImportedData data =
      dataset::ImportedData::open(import_dataset(dataset, everywhere, to_stderr).path);
  fmt::print("{} items, {} users, {} {} (licence: {}, see data/README.md)\n",
             text::thousands(data.items()), text::thousands(data.users()),
             text::thousands(data.events()), entry.events_are, entry.licence);
}

void add_column(task::DatasetSpec& dataset, const std::string& text) {
  static const std::vector<std::string> roles = {"user", "item", "time", "value"};
  const size_t equals = text.find('=');
  if (equals == std::string::npos || equals == 0 || equals + 1 == text.size()) {
    throw error::UserError("--column",
                           fmt::format("is \"{}\"; expected role=column, such as user=uid", text));
  }
  const std::string role = text.substr(0, equals), column = text.substr(equals + 1);
  if (std::ranges::count(roles, role) == 0) {
    throw error::UserError(
        "--column", fmt::format("{} is not a role{}", role, error::did_you_mean(role, roles)));
  }
  for (const auto& [other, taken] : dataset.columns) {
    if (other == role)
      throw error::UserError("--column",
                             fmt::format("{} is given twice: {} and {}", role, taken, column));
    if (taken == column) {
      throw error::UserError(
          "--column",
          fmt::format("{} is given as {} and as {}; one column has one role", column, other, role));
    }
  }
  dataset.columns[role] = column;
}

// Says which flags are missing, and what they may name.
void check_columns(const ingest::SourceGuess& guess) {
  static const std::vector<std::string> tables = {"csv", "tsv", "jsonl", "parquet"};
  const task::DatasetSpec& dataset = guess.dataset;
  if (std::ranges::count(tables, dataset.format) == 0) return;
  std::vector<std::string> missing;
  for (const char* role : {"user", "item"})
    if (!dataset.columns.contains(role)) missing.push_back(fmt::format("--column {}=NAME", role));
  if (missing.empty()) return;
  throw error::UserError(
      dataset.path,
      fmt::format("is {}, and no column fits every role: add {} (and time=NAME, "
                  "value=NAME if there are any). Its columns: {}",
                  dataset.format, fmt::join(missing, " "), fmt::join(guess.columns, ", ")));
}

// What is neither a path nor a name of the catalogue.
[[noreturn]] void not_there(const std::string& name) {
  const fs::path path = name;
  std::vector<std::string> near = ingest::catalogue_names();
  for (const std::string& beside :
       ingest::names_in(path.has_parent_path() ? path.parent_path() : "."))
    near.push_back((path.parent_path() / beside).string());
  const auto meant = error::near_name(name, near);
  throw error::UserError(
      name, fmt::format("is neither a file or folder nor a data set of the catalogue{}",
                        meant ? fmt::format("; did you mean \"{}\"?", *meant)
                              : "; assay data list shows its names"));
}

/// A data set of the catalogue, or what a path is taken for.
ingest::SourceGuess source_of(const DataArguments& arguments) {
  task::DatasetSpec dataset;
  dataset.name = arguments.name;
  if (!fs::exists(arguments.name)) {
    if (std::ranges::count(ingest::catalogue_names(), arguments.name) == 0)
      not_there(arguments.name);
    dataset.source = arguments.name;
    return {dataset, {}, {}, {}};
  }
  dataset.path = arguments.name;
  dataset.format = arguments.format;
  dataset.delimiter = arguments.delimiter;
  for (const std::string& column : arguments.columns) add_column(dataset, column);
  return ingest::guess_source(dataset);
}

std::string date(int64_t time_s) { return text::utc_text(time_s * dataset::kMicroseconds); }

// A share as people read it; a plain number for programs.
json share_cell(double share, OutputFormat format) {
  const bool people = format == OutputFormat::text || format == OutputFormat::markdown;
  return people ? json(fmt::format("{:.4g} %", 100 * share)) : json(share);
}

json names_cell(const json& names) {
  if (names.empty()) return nullptr;
  return fmt::format("{}", fmt::join(names.get<std::vector<std::string>>(), ", "));
}

void add_catalogue_facts(Listing& table, const ingest::CatalogueEntry& entry) {
  table.add({"title", entry.title});
  table.add({"what it is", entry.summary});
  table.add({"licence", entry.licence});
  table.add({"citation", entry.citation});
  std::vector<std::string> files;
  for (const ingest::CatalogueFile& file : entry.files) files.push_back(file.name);
  table.add({"files", fmt::format("{}", fmt::join(files, ", "))});
}

void add_features(Listing& table, const json& info) {
  for (const char* kind : {"user", "item"}) {
    for (const json& feature : info.at("features").at(kind)) {
      const int64_t labels = feature.value("cardinality", int64_t{0});
      const std::string type = feature.at("type").get<std::string>();
      table.add({fmt::format("{} feature {}", kind, feature.at("name").get<std::string>()),
                 labels > 0 ? fmt::format("{} of {}", type, text::thousands(labels)) : type});
    }
  }
}

void add_percentiles(Listing& table, const std::string& what, const std::vector<int64_t>& values) {
  static const std::vector<std::string> names = {"least", "10 %", "25 %", "median",
                                                 "75 %",  "90 %", "most"};
  for (size_t i = 0; i < values.size(); ++i)
    table.add({fmt::format("{}, {}", what, names[i]), values[i]});
}

void add_statistics(Listing& table, const dataset::DataStatistics& facts, OutputFormat format) {
  table.add({"users", facts.users});
  table.add({"items", facts.items});
  table.add({"events", facts.events});
  if (facts.users_without_events > 0)
    table.add({"users without events", facts.users_without_events});
  if (facts.items_without_events > 0)
    table.add({"items without events", facts.items_without_events});
  table.add({"density", share_cell(facts.density, format)});
  table.add({"first event", facts.first_time_s < 0 ? json() : json(date(facts.first_time_s))});
  table.add({"last event", facts.last_time_s < 0 ? json() : json(date(facts.last_time_s))});
  add_percentiles(table, "events of a user", facts.history_lengths);
  add_percentiles(table, "events of an item", facts.item_counts);
  for (size_t i = 0; i < facts.top_shares.size(); ++i) {
    table.add({fmt::format("events on the top {:g} % of items", 100 * dataset::kTopShares[i]),
               share_cell(facts.top_shares[i], format)});
  }
  if (!facts.histories.empty()) table.add({"users with one event", facts.histories.front().users});
  if (!std::isnan(facts.cold_user_share)) {
    table.add({"new users in the newest tenth", share_cell(facts.cold_user_share, format)});
    table.add({"new items in the newest tenth", share_cell(facts.cold_item_share, format)});
  }
  table.add({"repeated user-item pairs", facts.repeats});
  table.add(
      {"duplicates (at the same time)", facts.first_time_s < 0 ? json() : json(facts.duplicates)});
}

// As `assay run` stores it in data_description, with where the data lies and what its columns are.
void print_json(const task::DatasetSpec& located, const dataset::ImportedRef& ref,
                const dataset::DataStatistics& facts, const ingest::SourceGuess& source) {
  json out = to_json(facts);
  if (!source.parts.empty()) out.update(json_of(source));
  out["path"] = located.path;
  out["format"] = located.format;
  out["data_hash"] = ref.key;
  for (const char* key : {"numbers", "not_numbers", "features", "feature_files"})
    out[key] = ref.info.at(key);
  fmt::print("{}\n", out.dump(2, ' ', false, json::error_handler_t::replace));
}

void describe(const DataArguments& arguments) {
  if (arguments.impressions.given() || ingest::is_named_impressions(arguments.format)) {
    return describe_impressions({.path = arguments.name,
                                 .format = arguments.format,
                                 .delimiter = arguments.delimiter,
                                 .columns = arguments.columns},
                                arguments.impressions, arguments.table);
  }
  const ingest::SourceGuess source = source_of(arguments);
  const task::DatasetSpec& dataset = source.dataset;
  if (!source.parts.empty()) fmt::print("{}", shown_guess(source, arguments.table));
  check_columns(source);
  Listing table{{"fact", "value"}, {}};
  if (!dataset.source.empty()) add_catalogue_facts(table, ingest::catalogue_entry(dataset.source));
  const task::DatasetSpec located = locate(dataset, places());
  const dataset::ImportedRef ref = import_dataset(dataset, places(), to_stderr);
  ingest::tell_times(dataset, ref, to_stderr);
  ingest::tell_empty_rows(arguments.name, ref.info, to_stderr);
  const dataset::DataStatistics facts = statistics(dataset::ImportedData::open(ref.path));
  if (arguments.table == OutputFormat::json) return print_json(located, ref, facts, source);
  table.add({"found at", located.path});
  table.add({"format", located.format});
  table.add({"data hash", ref.key});
  add_statistics(table, facts, arguments.table);
  table.add({"numeric columns", names_cell(ref.info.at("numbers"))});
  for (const auto& [column, why] : ref.info.at("not_numbers").items()) {
    table.add({"column " + column, "not numeric: " + why.get<std::string>()});
  }
  add_features(table, ref.info);
  for (const dataset::FeatureCoverage& file :
       dataset::feature_coverage_of(ref.info.at("feature_files")))
    table.add({"rows of " + file.file, file.text()});
  fmt::print("{}", render(table, arguments.table));
}

}  // namespace

void add_data_command(CLI::App& app, int& exit_code) {
  const auto arguments = std::make_shared<DataArguments>();
  CLI::App* data = app.add_subcommand(
      "data", "data sets: list the catalogue, get one, describe one or guess one");
  data->require_subcommand(1);

  CLI::App* list =
      data->add_subcommand("list", "the data sets that an experiment may name, and where they are");
  add_format_option(*list, arguments->table);
  list->callback([=] { list_data(*arguments); });

  CLI::App* fetch =
      data->add_subcommand("get", "get a data set of the catalogue; does nothing if it exists");
  fetch->add_option("name", arguments->name, "as in `assay data list`")->required();
  fetch->add_option("--to", arguments->to, "folder in which to create a folder of that name")
      ->capture_default_str();
  fetch->add_option("--from", arguments->wheel,
                    "use this Python wheel instead of downloading it with pip");
  fetch->callback([=] { get(*arguments); });

  CLI::App* facts =
      data->add_subcommand("describe",
                           "what a file is (format, columns, unit of times) as `source:` to paste; "
                           "counts, density, times, popularity, histories, duplicates");
  facts->add_option("data", arguments->name, "a name of the catalogue, or a file or folder")
      ->required();
  facts->add_option(
      "--as", arguments->format,
      fmt::format("format of the path: {}; default: guessed from its name and first rows",
                  fmt::join(ingest::all_formats(), ", ")));
  facts->add_option("--column", arguments->columns,
                    "role=column, such as user=uid, item=sku, time=at, value=stars, for csv, tsv, "
                    "jsonl and parquet; default: guessed");
  facts->add_option("--delimiter", arguments->delimiter, "csv: field delimiter")
      ->capture_default_str();
  add_impression_options(*facts, arguments->impressions);
  add_format_option(*facts, arguments->table);
  facts->callback([=] { describe(*arguments); });
  exit_code = 0;  // whatever fails throws
}

}  // namespace assay::cli

#include "cli/describe_impressions.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <filesystem>

#include "dataset/time.h"
#include "error/error.h"
#include "ingest/impressions.h"
#include "ingest/load.h"
#include "ingest/source_guess.h"
#include "text/thousands.h"
#include "text/utc_text.h"

namespace assay::cli {
namespace {

using nlohmann::json;

const std::vector<std::string>& roles() {
  static const std::vector<std::string> names = {"request",  "user",       "item",   "time",
                                                 "position", "propensity", "allowed"};
  return names;
}

// "role=column" of a flag.
std::pair<std::string, std::string> pair_of(const std::string& flag, const std::string& text) {
  const size_t equals = text.find('=');
  if (equals == std::string::npos || equals == 0 || equals + 1 == text.size())
    throw error::UserError(
        flag, fmt::format("is \"{}\"; expected name=column, such as click=clicked", text));
  return {text.substr(0, equals), text.substr(equals + 1)};
}

task::ImpressionsSpec spec_of(const ImpressionPath& at, const ImpressionFlags& flags) {
  task::ImpressionsSpec spec;
  spec.path = at.path;
  spec.where = at.path;
  spec.format =
      at.format.empty() ? ingest::guess_source({.path = at.path}).dataset.format : at.format;
  spec.delimiter = at.delimiter;
  for (const std::string& text : at.columns) {
    const auto [role, column] = pair_of("--column", text);
    if (std::ranges::count(roles(), role) == 0)
      throw error::UserError("--column", fmt::format("{} is not a role of logged rows{}", role,
                                                     error::did_you_mean(role, roles())));
    spec.columns[role] = column;
  }
  for (const std::string& text : flags.labels) {
    const auto [name, column] = pair_of("--label", text);
    spec.labels.push_back({.name = name, .column = column});
  }
  spec.context = flags.context;
  spec.item_from = flags.item_from;
  return spec;
}

void add_counts(Listing& table, const json& info) {
  table.add({"requests", info.at("requests")});
  table.add({"rows", info.at("rows")});
  table.add({"rows a request", fmt::format("{:.4g}", info.at("rows").get<double>() /
                                                         info.at("requests").get<double>())});
  table.add({"users", info.at("users")});
  table.add({"items", info.at("items")});
  table.add({"anonymous requests", info.at("anonymous")});
  table.add({"rows without an item", info.at("rows_without_item")});
  for (const auto& [key, what] :
       {std::pair("first_time_us", "first request"), std::pair("last_time_us", "last request")}) {
    const int64_t time_us = info.at(key);
    table.add({what, time_us < 0 ? json() : json(text::utc_text(time_us))});
  }
}

void add_labels(Listing& table, const json& info) {
  for (const json& label : info.at("labels")) {
    const int64_t positive = label.at("positive"), missing = label.at("missing");
    const int64_t known = info.at("rows").get<int64_t>() - missing;
    std::string text = fmt::format("{} of {} rows are positive", text::thousands(positive),
                                   text::thousands(known));
    if (known > 0)
      text += fmt::format(" ({:.4g} %)",
                          100 * static_cast<double>(positive) / static_cast<double>(known));
    if (missing > 0) text += fmt::format(", {} have none", text::thousands(missing));
    table.add({"label " + label.at("name").get<std::string>(), text});
  }
}

void add_rest(Listing& table, const json& info) {
  if (const json& propensity = info.at("propensity"); !propensity.is_null())
    table.add(
        {"propensity",
         fmt::format("{:.4g} to {:.4g}, {:.4g} in the mean", propensity.at("least").get<double>(),
                     propensity.at("most").get<double>(), propensity.at("mean").get<double>())});
  if (info.at("allowed_sets") > 0) table.add({"distinct allowed sets", info.at("allowed_sets")});
  for (const json& column : info.at("context")) {
    const std::string type = column.at("type");
    table.add(
        {fmt::format("context {}", column.at("name").get<std::string>()),
         fmt::format("{} of the {}",
                     type == "number" ? type
                                      : fmt::format("{} ({} labels)", type,
                                                    text::thousands(column.at("cardinality"))),
                     column.at("of").get<std::string>())});
  }
}

}  // namespace

void add_impression_options(CLI::App& command, ImpressionFlags& flags) {
  command.add_option("--label", flags.labels,
                     fmt::format("name=column: the path is a table of logged rows with this label; "
                                 "--column roles are then {}",
                                 fmt::join(roles(), ", ")));
  command.add_option("--context", flags.context,
                     "logged rows: a column that was known before the answer");
  command.add_option("--item-from", flags.item_from,
                     "logged rows without item ids: a column whose values make the item");
}

void describe_impressions(const ImpressionPath& at, const ImpressionFlags& flags,
                          OutputFormat format) {
  if (!std::filesystem::exists(at.path)) throw error::UserError(at.path, "was not found");
  const task::ImpressionsSpec spec = spec_of(at, flags);
  const dataset::ImportedRef ref = ingest::import_impression_table(
      spec, ingest::default_cache_dir(),
      [](const std::string& line) { fmt::print(stderr, "{}\n", line); });
  for (const std::string& note : ingest::impression_notes(ref.info))
    fmt::print(stderr, "{}: {}\n", at.path, note);
  if (format == OutputFormat::json) {
    json out = ref.info;
    out["data_hash"] = ref.key;
    fmt::print("{}\n", out.dump(2, ' ', false, json::error_handler_t::replace));
    return;
  }
  Listing table{{"fact", "value"}, {}};
  table.add({"found at", at.path});
  table.add({"format", spec.format});
  table.add({"data hash", ref.key});
  add_counts(table, ref.info);
  add_labels(table, ref.info);
  add_rest(table, ref.info);
  fmt::print("{}", render(table, format));
}

}  // namespace assay::cli

#include "ingest/impression_formats.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <filesystem>
#include <map>

#include "error/error.h"
#include "ingest/text_file.h"
#include "task/simulator_spec.h"

namespace assay::ingest {
namespace {

namespace fs = std::filesystem;
using Names = std::vector<std::string>;

struct NamedImpressions {
  Names files;  ///< that a folder is searched for; one that ends in * stands for all that begin so
  std::map<std::string, std::string> columns;
  task::TimeFormat time = {};
  std::vector<task::TargetSpec> labels;
  Names context = {};  ///< as `files`, of columns
  Names header = {};   ///< of a file without one
};

task::TargetSpec flag(const std::string& name, const std::string& column) {
  return {.name = name, .column = column, .equals = 1};
}

Names numbered(const char* prefix, int first, int last) {
  Names out;
  for (int i = first; i <= last; ++i) out.push_back(fmt::format("{}{}", prefix, i));
  return out;
}

Names joined(Names first, const Names& second) {
  first.insert(first.end(), second.begin(), second.end());
  return first;
}

NamedImpressions criteo() {
  const Names features = joined(numbered("I", 1, 13), numbered("C", 1, 26));
  return {.files = {"train.txt"},
          .columns = {},
          .labels = {flag("click", "label")},
          .context = features,
          .header = joined({"label"}, features)};
}

NamedImpressions avazu() {
  return {.files = {"train.csv", "train"},
          .columns = {{"request", "id"}, {"time", "hour"}, {"position", "banner_pos"}},
          .time = {.unit = {}, .format = "%y%m%d%H", .zone = {}},
          .labels = {flag("click", "click")},
          .context = joined({"C1", "site_id", "site_domain", "site_category", "app_id",
                             "app_domain", "app_category", "device_id", "device_ip", "device_model",
                             "device_type", "device_conn_type"},
                            numbered("C", 14, 21))};
}

NamedImpressions kuairand() {
  return {
      .files = {"log_*"},
      .columns = {{"user", "user_id"}, {"item", "video_id"}, {"time", "time_ms"}},
      .time = {.unit = "ms", .format = {}, .zone = {}},
      .labels = {flag("click", "is_click"), flag("like", "is_like"), flag("follow", "is_follow"),
                 flag("comment", "is_comment"), flag("forward", "is_forward"),
                 flag("hate", "is_hate"), flag("long_view", "long_view")},
      .context = {"tab", "is_rand", "duration_ms"}};
}

NamedImpressions simulator() {
  const task::ImpressionsSpec rows = task::simulated_rows();
  return {.files = {}, .columns = rows.columns, .time = rows.time, .labels = rows.labels};
}

const std::map<std::string, NamedImpressions>& formats() {
  static const std::map<std::string, NamedImpressions> all = {
      {"open_bandit",
       {.files = {"all.csv", "men.csv", "women.csv"},
        .columns = {{"time", "timestamp"},
                    {"item", "item_id"},
                    {"position", "position"},
                    {"propensity", "propensity_score"}},
        .labels = {flag("click", "click")},
        .context = {"user_feature_*", "user-item_affinity_*"}}},
      {"mind",
       {.files = {"behaviors.tsv"},
        .columns =
            {{"request", "impression_id"}, {"user", "user_id"}, {"time", "time"}, {"item", "item"}},
        .time = {.unit = {}, .format = "%m/%d/%Y %I:%M:%S %p", .zone = {}},
        .labels = {flag("click", "clicked")}}},
      {"criteo", criteo()},
      {"avazu", avazu()},
      {"kuairand", kuairand()},
      {"simulator", simulator()}};
  return all;
}

bool matches(const std::string& name, const std::string& pattern) {
  return pattern.ends_with('*') ? name.starts_with(pattern.substr(0, pattern.size() - 1))
                                : name == pattern;
}

Names matching(const Names& names, const Names& patterns) {
  Names out;
  for (const std::string& name : names)
    if (std::ranges::any_of(patterns, [&](const auto& pattern) { return matches(name, pattern); }))
      out.push_back(name);
  return out;
}

std::unique_ptr<Table> open_file(const std::string& path, const std::string& format) {
  if (format == "mind") return open_mind(path);
  if (format == "simulator") return open_table(path, {.name = "parquet"});
  const Names& header = formats().at(format).header;
  if (header.empty()) return open_table(path, {.name = "csv"});
  return open_table(path, {.name = "delimited", .separator = "\t", .names = header});
}

}  // namespace

const Names& named_impressions() {
  static const Names names = [] {
    Names all;
    for (const auto& [name, format] : formats()) all.push_back(name);
    return all;
  }();
  return names;
}

bool is_named_impressions(const std::string& format) { return formats().contains(format); }

std::vector<SourceFile> named_impression_files(const task::ImpressionsSpec& spec) {
  if (!fs::exists(spec.path)) throw error::UserError(spec.path, "was not found");
  if (!fs::is_directory(spec.path)) return {{spec.path, "events", -1, -1, {}}};
  const Names& wanted = formats().at(spec.format).files;
  std::vector<SourceFile> out;
  for (const std::string& name : names_in(spec.path)) {
    if (matching({unpacked_name(name)}, wanted).empty()) continue;
    out.push_back({(fs::path(spec.path) / name).string(), "events", -1, -1, {}});
  }
  if (out.empty())
    throw error::UserError(
        spec.path, fmt::format("contains no file of {} ({}); it contains: {}", spec.format,
                               fmt::join(wanted, ", "), fmt::join(names_in(spec.path), ", ")));
  return out;
}

task::ImpressionsSpec with_named_format(task::ImpressionsSpec spec) {
  if (!is_named_impressions(spec.format)) return spec;
  const NamedImpressions& named = formats().at(spec.format);
  if (!spec.columns.contains("time")) spec.time = named.time;
  // What makes the items are no items of their own.
  for (const auto& [role, column] : named.columns)
    if (role != "item" || spec.item_from.empty()) spec.columns.insert({role, column});
  if (spec.labels.empty()) spec.labels = named.labels;
  if (!spec.context.empty() || named.context.empty()) return spec;
  const std::string path = named_impression_files(spec).front().path;
  spec.context = matching(open_file(path, spec.format)->names(), named.context);
  return spec;
}

// obp 0.5.7, OpenBanditDataset.pre_process: item_feature_0 is a number, the others are categories;
// the first column, without a name, counts the rows.
std::vector<NamedFeatures> features_beside(const task::ImpressionsSpec& spec) {
  if (spec.format != "open_bandit" || !spec.columns.contains("item")) return {};
  const fs::path given = spec.path;
  const fs::path folder = fs::is_directory(given) ? given : given.parent_path();
  for (const std::string& name : names_in(folder.empty() ? "." : folder.string())) {
    if (unpacked_name(name) != "item_context.csv") continue;
    NamedFeatures found{{.of = "item",
                         .path = (folder / name).string(),
                         .format = "csv",
                         .id = "item_id",
                         .where = spec.where},
                        {.name = "csv"}};
    const std::unique_ptr<Table> table = open_table(found.spec.path, found.format);
    for (const std::string& column : table->names())
      if (column.starts_with("item_feature_"))
        found.spec.columns[column] = column == "item_feature_0" ? "number" : "category";
    return {found};
  }
  return {};
}

std::unique_ptr<Table> open_named_impressions(const std::string& path,
                                              const task::ImpressionsSpec& spec) {
  std::unique_ptr<Table> table = open_file(path, spec.format);
  Names wanted;
  for (const auto& [role, column] : formats().at(spec.format).columns) wanted.push_back(column);
  for (const task::TargetSpec& label : formats().at(spec.format).labels)
    wanted.push_back(label.column);
  for (const std::string& column : wanted) {
    if (table->find(column) >= 0) continue;
    throw error::UserError(table->header_place(),
                           fmt::format("is no file of {}, which has a column {}; its columns: {}",
                                       spec.format, column, fmt::join(table->names(), ", ")));
  }
  return table;
}

}  // namespace assay::ingest

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>

#include "config/scalar.h"
#include "config/sections.h"

namespace assay::config {
namespace {

// Where `split` is missing or wrong, the keys of every method are taken for known.
std::optional<task::SplitMethod> split_method(const Section& dataset) {
  const Node* split = dataset.find("split");
  if (split != nullptr && !split->is_map()) return std::nullopt;
  const Node* method = split ? split->find("method") : nullptr;
  return method ? task::parse<task::SplitMethod>(method->text) : task::SplitSpec{}.method;
}

void check_exists(const Section& section, std::string_view key, const std::string& path) {
  std::error_code ignored;
  if (std::filesystem::exists(path, ignored)) return;
  section.problem(key,
                  fmt::format("is {}, but {} does not exist", shown(*section.find(key)), path));
}

bool needs_columns(const std::string& format) {
  return format == "csv" || format == "tsv" || format == "jsonl" || format == "parquet";
}

// Whether an unknown key stands where the role is meant, which is said already.
bool is_misspelt(const Section& columns, const std::string& role) {
  return std::ranges::any_of(columns.node().keys, [&](const Key& key) {
    return find_key("datasets.*.source.columns", key.text) == nullptr &&
           error::near_name(clipped(key.text), std::vector<std::string>{role});
  });
}

void read_columns(const Section& source, task::DatasetSpec& spec) {
  if (source.has("columns") && (spec.format == "user_items" || spec.format == "sequences")) {
    return source.refuse(
        "columns",
        fmt::format("is not allowed for {}, whose lines are a user and items", spec.format));
  }
  const Section columns = source.sub("columns");
  for (const char* role : {"user", "item", "time", "value", "event"}) {
    std::string column;
    const bool is_time = std::string_view(role) == "time";
    if (!(is_time ? read_time_column(columns, column, spec.time) : columns.text(role, column)))
      continue;
    for (const auto& [other, taken] : spec.columns) {
      if (taken != column) continue;
      columns.problem(role,
                      fmt::format("is {}, and so is {}; one column has one role", column, other));
    }
    spec.columns[role] = column;
  }
  if (!needs_columns(spec.format)) return;
  for (const char* role : {"user", "item"}) {
    if (columns.has(role) || is_misspelt(columns, role)) continue;
    source.problem(
        "columns",
        fmt::format("names no {} column, which {} needs: columns: {{user: ..., item: ...}}", role,
                    spec.format));
  }
}

void read_feature_columns(const Section& file, task::FeatureFileSpec& spec) {
  static const std::vector<std::string> types = {"category", "number", "set", "vector", "text"};
  static const std::vector<std::string> of_vectors = {"npy",   "safetensors", "fbin",
                                                      "u8bin", "i8bin",       "fvecs"};
  const bool vectors = std::ranges::count(of_vectors, spec.format) > 0;
  if (!file.require("columns")) return;
  file.each_entry("columns", [&](const Key& key, const Node& node) {
    const std::string where = join_keys(file.path("columns"), key.text);
    std::string type;
    if (!read_as(node, where, file.problems(), type)) return;
    if (std::ranges::count(types, type) == 0) {
      file.problems().add(node.place, where,
                          fmt::format("is {}; it must be category, number, set, vector or text{}",
                                      shown(node), error::did_you_mean(clipped(type), types)));
    } else if (vectors && type != "vector") {
      file.problems().add(node.place, where,
                          fmt::format("is {}; {} holds vectors", shown(node), spec.format));
    }
    spec.columns[key.text] = type;
  });
  if (file.check_map("columns") && spec.columns.empty())
    file.problem("columns", "names no feature");
  if ((vectors || spec.format == "json_map") && spec.columns.size() > 1)
    file.problem("columns", fmt::format("names {} features; a file of {} holds one",
                                        spec.columns.size(), spec.format));
}

task::FeatureFileSpec read_feature_file(const Section& file) {
  task::FeatureFileSpec spec;
  spec.where = file.place().text();
  for (const char* key : {"of", "path", "format"}) file.require(key);
  file.text("of", spec.of);
  if (file.text("path", spec.path)) {
    spec.path = absolute_path(*file.find("path"), spec.path);
    check_exists(file, "path", spec.path);
  }
  file.text("format", spec.format);
  file.text("id", spec.id);
  if (spec.format == "json_map" && file.has("id")) {
    file.refuse("id", "is not for json_map, whose keys are the ids");
  } else if (needs_columns(spec.format)) {
    file.require("id");
  } else if (!spec.id.empty()) {
    spec.id = absolute_path(*file.find("id"), spec.id);
    check_exists(file, "id", spec.id);
  }
  read_feature_columns(file, spec);
  if (file.text("separator", spec.separator) && spec.separator.empty())
    file.problem("separator", "is empty");
  return spec;
}

void read_features(const Section& source, task::DatasetSpec& spec) {
  source.each("features", [&](const Section& file, size_t) {
    spec.features.push_back(read_feature_file(file));
  });
}

// The logged rows are the log as well.
void read_impressions_alone(const Section& source, task::DatasetSpec& spec) {
  spec.format = kImpressionsAlone;
  read_features(source, spec);
  for (const char* key : {"format", "columns", "delimiter"})
    if (source.has(key))
      source.refuse(key,
                    "belongs to a log, whose path is missing; the table of logged rows has "
                    "its own in impressions");
}

// Published tables of logged rows are formats of `impressions`. Whether it is one, which is said.
bool is_of_logged_rows(const Section& source) {
  static const std::vector<std::string> of_logs =
      words_of(find_key("datasets.*.source", "format")->choices);
  static const std::vector<std::string> of_rows =
      words_of(find_key("datasets.*.source.impressions", "format")->choices);
  const Node* format = source.find("format");
  if (format == nullptr || !format->is_scalar() || std::ranges::count(of_logs, format->text) > 0 ||
      std::ranges::count(of_rows, format->text) == 0)
    return false;
  source.problem("format", fmt::format("is {0}, a table of logged rows, which is named in "
                                       "impressions: source: {{impressions: {{path: ..., format: "
                                       "{0}}}}}",
                                       format->text));
  return true;
}

bool is_simulated(const Section& source) {
  const Node* format = source.find("format");
  return source.has("simulator") ||
         (format != nullptr && format->is_scalar() && format->text == "simulator");
}

void read_files(const Section& source, task::DatasetSpec& spec) {
  if (is_simulated(source)) return read_simulator(source, spec);
  spec.impressions = read_impressions(source);
  if (spec.impressions && !source.has("path")) return read_impressions_alone(source, spec);
  std::string path;
  source.require("path");
  if (source.text("path", path)) {
    spec.path = absolute_path(*source.find("path"), path);
    check_exists(source, "path", spec.path);
  }
  if (is_of_logged_rows(source)) return;
  source.require("format");
  source.text("format", spec.format);
  read_columns(source, spec);
  read_header(source, spec);
  if (source.text("delimiter", spec.delimiter) && spec.delimiter.size() != 1) {
    source.problem("delimiter", fmt::format("is {}; it must be one character",
                                            shown(*source.find("delimiter"))));
  }
  if (source.has("delimiter") && !spec.format.empty() && spec.format != "csv") {
    source.refuse("delimiter", fmt::format("is for csv only; this is {}", spec.format));
  }
  read_features(source, spec);
}

void read_source(const Section& dataset, const LoadOptions& options, task::DatasetSpec& spec) {
  if (!dataset.require("source")) return;
  const Node& node = *dataset.find("source");
  if (node.is_map()) return read_files(dataset.sub("source"), spec);
  if (!read_as(node, dataset.path("source"), dataset.problems(), spec.source)) return;
  if (std::ranges::count(options.dataset_names, spec.source) > 0) return;
  const bool is_path = spec.source.find_first_of("./") != std::string::npos;
  dataset.problem(
      "source",
      fmt::format("is {}, which is no data set of the catalogue{}", shown(node),
                  is_path ? "; a file is written {path: ..., format: ...}"
                          : error::did_you_mean(clipped(spec.source), options.dataset_names)));
}

void bound(const Section& target, const char* key, std::optional<double>& out) {
  double value = 0;
  if (target.number(key, value)) out = value;
}

// Quotes make a text.
void read_equals(const Section& target, task::TargetSpec& spec) {
  const Node* node = target.find("equals");
  if (node == nullptr) return;
  const Scalar scalar = node->is_scalar() ? read_scalar(*node) : Scalar(Ambiguous{});
  const bool is_number =
      std::holds_alternative<int64_t>(scalar) || std::holds_alternative<double>(scalar);
  double number = 0;
  std::string text;
  if (is_number) {
    if (read_as(*node, target.path("equals"), target.problems(), number)) spec.equals = number;
  } else if (std::holds_alternative<bool>(scalar) || !node->is_scalar()) {
    target.problem("equals", fmt::format("is {}; it must be a number or a text", shown(*node)));
  } else if (read_as(*node, target.path("equals"), target.problems(), text)) {
    if (text.empty()) return target.problem("equals", "is empty; name a text of the column");
    spec.equals_text = text;
  }
}

void read_targets(const Section& dataset, task::DatasetSpec& spec) {
  dataset.each_named("targets", [&](const Key& key, const Node& node) {
    const Section target(dataset.problems(), &node, "datasets.*.targets.*",
                         join_keys(dataset.path("targets"), key.text));
    task::TargetSpec read{.name = key.text};
    if (target.exists()) target.require("column");
    target.text("column", read.column);
    bound(target, "at_least", read.at_least);
    bound(target, "at_most", read.at_most);
    read_equals(target, read);
    if ((read.equals || read.equals_text) && (read.at_least || read.at_most)) {
      target.refuse("equals", "cannot be combined with at_least or at_most; remove one of them");
    }
    if (read.at_least && read.at_most && *read.at_least > *read.at_most) {
      target.problem("at_most",
                     fmt::format("is {}, below at_least, which is {}: nothing is positive",
                                 *read.at_most, *read.at_least));
    }
    spec.targets.push_back(std::move(read));
  });
}

void read_clean(const Section& dataset, const task::DatasetSpec& spec, task::CleanSpec& clean) {
  const Section section = dataset.sub("clean");
  std::string drop;
  clean.missing_times = section.text("missing_times", drop);
  if (clean.missing_times && !may_have_times(spec)) {
    section.refuse("missing_times",
                   fmt::format("needs times, and {}", needs_columns(spec.format)
                                                          ? "source.columns names no time"
                                                          : spec.format + " files have none"));
  }
  section.boolean("duplicates", clean.duplicates);
  section.boolean("missing_values", clean.missing_values);
  bound(section, "value_at_least", clean.value_at_least);
  bound(section, "value_at_most", clean.value_at_most);
  section.integer("max_user_events", clean.max_user_events);
  section.integer("max_events_per_hour", clean.max_events_per_hour);
  section.number("min_gap_entropy", clean.min_gap_entropy);
  if (clean.value_at_least && clean.value_at_most && *clean.value_at_least > *clean.value_at_most) {
    section.problem("value_at_most",
                    fmt::format("is {}, below value_at_least, which is {}: no event is left",
                                *clean.value_at_most, *clean.value_at_least));
  }
}

void read_filter(const Section& dataset, task::FilterSpec& filter) {
  const Section section = dataset.sub("filter");
  section.integer("min_user_events", filter.min_user_events);
  section.integer("min_item_events", filter.min_item_events);
  section.integer("k_core", filter.k_core);
  section.choice("scope", filter.scope);
}

// Where neither files nor a hash say what is test.
bool has_test_share(const task::SplitSpec& split) {
  return !counts_events(split) && split.method != task::SplitMethod::given &&
         split.method != task::SplitMethod::row_hash;
}

void set_defaults(task::SplitSpec& split) {
  if (split.method == task::SplitMethod::global_time) return;
  split.rank = 0;
  split.validation = 0;
  if (counts_events(split)) split.test = 1;
  if (!has_test_share(split) && !counts_events(split)) split.test = 0;
}

void events(const Section& section, const char* key, double& out) {
  int64_t count = 0;
  if (section.integer(key, count)) out = static_cast<double>(count);
}

void read_shares(const Section& section, task::SplitSpec& split) {
  section.number("rank", split.rank);
  section.number("validation", split.validation);
  if (has_test_share(split)) section.number("test", split.test);
  const bool folds = split.method == task::SplitMethod::walk_forward;
  if (folds) section.integer("folds", split.folds);
  const double test = folds ? static_cast<double>(split.folds) * split.test : split.test;
  const double used = split.rank + split.validation + test;
  if (used < 1) return;
  section.problem("method", fmt::format("is {} with shares that add up to {:g}; they must add up "
                                        "to less than 1, to leave events for training",
                                        name_of(split.method), used));
}

void read_given(const Section& section, const task::DatasetSpec& spec, task::SplitSpec& split) {
  section.text("train_file", split.train_path);
  section.text("test_file", split.test_path);
  for (const char* key : {"train_file", "test_file"}) {
    const std::string& file =
        std::string_view(key) == "train_file" ? split.train_path : split.test_path;
    if (file.empty() && !spec.path.empty() && !section.has(key)) {
      section.problem(key, "is missing; the method given needs files that are already split");
    } else if (!file.empty() && !spec.path.empty()) {
      const bool folder = std::filesystem::is_directory(spec.path);
      check_exists(
          section, key,
          join_path(folder ? spec.path : std::filesystem::path(spec.path).parent_path().string(),
                    file));
    }
  }
}

void read_row_hash(const Section& section, task::SplitSpec& split) {
  section.integer("multiplier", split.multiplier);
  section.integer("modulus", split.modulus);
  section.integer("test", split.test_residue);
  if (split.test_residue < split.modulus) return;
  section.problem("test", fmt::format("is {}; it must be below modulus, which is {}",
                                      split.test_residue, split.modulus));
}

void read_split(const Section& dataset, const task::DatasetSpec& spec, task::SplitSpec& split) {
  const auto method = split_method(dataset);
  const std::string name(method ? name_of(*method) : "");
  const Section section = dataset.sub("split", name);
  section.choice("method", split.method);
  section.choice("over", split.over);
  if (!method) return;
  set_defaults(split);
  if (find_key("datasets.*.split", "boundary", name) != nullptr)
    section.choice("boundary", split.boundary);
  if (method == task::SplitMethod::given) read_given(section, spec, split);
  if (method == task::SplitMethod::row_hash) read_row_hash(section, split);
  if (!counts_events(split)) return read_shares(section, split);
  events(section, "rank", split.rank);
  events(section, "validation", split.validation);
  events(section, "test", split.test);
}

// Where times are needed and the file says that there are none. A file without `split` has the
// default, which its reader need not know.
void check_times(const Section& dataset, const task::DatasetSpec& spec) {
  const task::SplitMethod method = spec.split.method;
  const bool needed =
      method == task::SplitMethod::global_time || method == task::SplitMethod::walk_forward;
  if (may_have_times(spec) || !needed) return;
  const Section split = dataset.sub("split", std::string(name_of(method)));
  const bool tables = needs_columns(spec.format);
  const Section source = dataset.sub("source");
  const Node* columns = source.find("columns");
  const bool chosen = split.has("method");
  const Place& place = split.exists()                 ? split.place()
                       : tables && columns != nullptr ? columns->place
                                                      : dataset.place();
  dataset.problems().add(
      place, dataset.path("split.method"),
      fmt::format("is {}{}, which needs times, and {}; {}take split: {{method: leave_last_out}} "
                  "(file order counts) or {{method: random}}",
                  name_of(method), chosen ? "" : " (the default)",
                  tables ? "source.columns names no time" : spec.format + " files have none",
                  tables ? "name columns.time, or " : ""));
}

task::DatasetSpec read_dataset(const Section& section, const std::string& name,
                               const LoadOptions& options) {
  task::DatasetSpec spec{.name = name};
  spec.where = section.place().text();
  read_source(section, options, spec);
  read_targets(section, spec);
  read_clean(section, spec, spec.clean);
  read_filter(section, spec.filter);
  read_split(section, spec, spec.split);
  const Section evaluate_on = section.sub("evaluate_on");
  evaluate_on.choice("users", spec.evaluate_on.users);
  evaluate_on.choice("items", spec.evaluate_on.items);
  spec.lists = read_lists(section);
  section.texts("allow_leak", spec.allow_leak);
  check_times(section, spec);
  return spec;
}

// How the one data set of `data:` is called: as in the catalogue, else as its file or folder.
std::string single_name(const task::DatasetSpec& spec) {
  if (!spec.source.empty()) return spec.source;
  if (spec.simulator) return "simulated";
  const bool alone = spec.format == kImpressionsAlone;
  const std::string stem =
      std::filesystem::path(alone ? spec.impressions->path : spec.path).stem().string();
  return is_name(stem) ? stem : "data";
}

}  // namespace

std::string absolute_path(const Node& node, const std::string& path) {
  const std::string folder = node.place.source ? node.place.source->folder : "";
  return std::filesystem::absolute(join_path(folder, path)).lexically_normal().string();
}

bool has_window(const task::SplitSpec& split, task::Window window) {
  if (window == task::Window::rank) return split.rank > 0;
  if (window == task::Window::validation) return split.validation > 0;
  return true;
}

bool may_have_times(const task::DatasetSpec& dataset) {
  if (dataset.format == "user_items" || dataset.format == "sequences") return false;
  if (dataset.format == "lastfm_360k") return false;
  // Their requests are split by the order of the file then.
  if (dataset.format == kImpressionsAlone) return true;
  return !needs_columns(dataset.format) || dataset.columns.empty() ||
         dataset.columns.count("time") > 0;
}

std::vector<task::DatasetSpec> read_datasets(const Section& file, const LoadOptions& options) {
  std::vector<task::DatasetSpec> all;
  if (file.has("data") && file.has("datasets")) {
    file.refuse("data", "cannot be combined with datasets; move it there under a name");
  } else if (file.has("data")) {
    const Section section(file.problems(), file.find("data"), "datasets.*", "data");
    if (!section.exists()) return all;
    all.push_back(read_dataset(section, "data", options));
    all.back().name = single_name(all.back());
  } else if (!file.has("datasets")) {
    file.problem("",
                 "names no data set; write data: {source: ...}, or datasets: with a name for each");
  } else {
    file.each_named("datasets", [&](const Key& key, const Node& node) {
      const Section section(file.problems(), &node, "datasets.*", join_keys("datasets", key.text));
      if (section.exists()) all.push_back(read_dataset(section, key.text, options));
    });
    const Node& node = *file.find("datasets");
    if (node.is_map() && node.items.empty()) file.problem("datasets", "names no data set");
  }
  return all;
}

}  // namespace assay::config

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <deque>
#include <unordered_set>
#include <utility>

#include "error/error.h"
#include "ingest/json_cells.h"
#include "ingest/json_paths.h"
#include "ingest/table_formats.h"
#include "ingest/text_file.h"

namespace assay::ingest {
namespace {

using nlohmann::json;

constexpr int kFirstLines = 100;  // that say which columns there are, and which of them hold lists

constexpr std::string_view kList = "a list";
constexpr std::string_view kOtherLength = "a list of another length";

class JsonLines : public Table {
 public:
  explicit JsonLines(const std::string& path) : Table(path, nullptr), text_(path), lines_(text_) {
    for (int i = 0; i < kFirstLines && next_line(); ++i) {
    }
    if (names_.empty()) throw error::UserError(path, "is empty; expected one object per line");
    lines_ = LineReader(text_);
  }

  bool next() override {
    lists_.clear();
    if (++element_ < elements_) return true;
    do {
      if (!next_line()) return false;
      elements_ = count_elements();
    } while (elements_ == 0);
    element_ = 0;
    return true;
  }

  void unnest(const std::vector<int>& columns) override {
    roles_ = columns;
    lines_ = LineReader(text_);
    for (int i = 0; i < kFirstLines && next_line(); ++i)
      for (const int role : roles_) note_shape(located(role));
    lines_ = LineReader(text_);
  }

  EmptyRows empty_rows() const override { return empty_; }

  Cell cell(int column) override {
    const auto& [value, rest] = located(column).found;
    if (!value) return {};
    if (!value->is_array()) return as_cell(*value, lists_);
    if (!in_lists_) return rest.empty() ? as_cell(*value, lists_) : Cell{Cell::Kind::other, kList};
    if (value->size() != elements_) return {Cell::Kind::other, kOtherLength};
    const json& element = (*value)[element_];
    if (rest.empty()) return as_cell(element, lists_);
    if (!element.is_object() && !element.is_null()) {
      throw error::UserError(origin().text(),
                             fmt::format("{} looks within {}, which is no map; every element of "
                                         "the list is one",
                                         names_[column], shown(as_cell(element, lists_))));
    }
    const JsonFound within = find_in(element, rest);
    if (!within.value) return {};
    return within.rest.empty() ? as_cell(*within.value, lists_) : Cell{Cell::Kind::other, kList};
  }

 private:
  static constexpr const char* kExpected = "an object: {\"user\": ..., \"item\": ...}";

  enum class Shape : uint8_t { unknown, value, list };
  struct Column {
    JsonPath keys;
    Shape shape = Shape::unknown;  // of a role
    int64_t shape_line = 0;        // that has it
    int64_t read = 0;              // when `found` was found
    JsonFound found = {};
    std::unordered_set<std::string> inside = {};  // keys of the elements of its list
  };

  // Names of the first lines stand for what they say; a path is looked for in them, then both in
  // all lines.
  bool look_for(const std::string& name) override {
    std::string_view line;
    LineReader lines(text_);
    for (int i = 0; i < kFirstLines && lines.next(line); ++i)
      if (is_row(line) && add_path(parse(line, lines.number()), name)) return true;
    const std::string quoted = json(name).dump();
    const std::string last = json(name.substr(name.rfind('.') + 1)).dump();
    for (lines = LineReader(text_); lines.next(line);) {
      if (line.find(last) == line.npos && line.find(quoted) == line.npos) continue;
      const json object = parse(line, lines.number());
      if (object.contains(name)) return add_key(name), true;
      if (add_path(object, name)) return true;
    }
    add_all_paths();
    return false;
  }

  bool add_path(const json& object, const std::string& name) {
    auto path = path_to(object, name);
    if (!path || path->size() < 2) return false;
    add_column(name, *std::move(path));
    return true;
  }

  // For near names of a column that is missing.
  void add_all_paths() {
    LineReader lines(text_);
    std::string_view line;
    for (int i = 0; i < kFirstLines && lines.next(line); ++i) {
      if (!is_row(line)) continue;
      const json object = parse(line, lines.number());
      for (const auto& [key, value] : object.items()) {
        const json& inner = value.is_array() && !value.empty() ? value.front() : value;
        if (!inner.is_object()) continue;
        for (const auto& [inner_key, unused] : inner.items()) {
          const std::string name = key + "." + inner_key;
          if (find(name) < 0) add_column(name, {key, inner_key});
        }
      }
    }
  }

  static bool is_row(std::string_view line) {
    return line.find_first_not_of(" \t") != std::string_view::npos;
  }

  json parse(std::string_view line, int64_t number) const {
    return parsed_json(line, Origin{path_, number}.text(), kExpected);
  }

  bool next_line() {
    std::string_view line;
    do {
      if (!lines_.next(line)) return false;
    } while (!is_row(line));
    row_ = lines_.number();
    ++read_;
    object_ = parse(line, row_);
    refuse_key_twice(line, object_, [&] { return origin().text(); });
    for (const auto& [key, value] : object_.items())
      if (!known_.contains(key)) add_key(key);
    return true;
  }

  void add_key(const std::string& key) {
    if (find(key) >= 0) {
      throw error::UserError(origin().text(),
                             fmt::format("has the key {}, which is a path in the lines before; "
                                         "rename one of them",
                                         json(key).dump()));
    }
    known_.insert(key);
    add_column(key, {key});
  }

  void add_column(const std::string& name, JsonPath keys) {
    names_.push_back(name);
    columns_.push_back({.keys = std::move(keys)});
  }

  Column& located(int place) {
    Column& column = columns_[static_cast<size_t>(place)];
    if (column.read == read_) return column;
    column.read = read_;
    column.found = find_in(object_, column.keys);
    return column;
  }

  void note_shape(Column& column) const {
    if (column.shape != Shape::unknown || is_missing(column.found.value)) return;
    column.shape = column.found.value->is_array() ? Shape::list : Shape::value;
    column.shape_line = row_;
  }

  void check_shape(int place, const Column& column) {
    if (is_missing(column.found.value)) return;
    const bool list = column.found.value->is_array();
    if (list == (column.shape == Shape::list)) return;
    throw error::UserError(
        origin().text(),
        fmt::format("{} is {}, but {} in line {}; it must be a list in every line or in none",
                    names_[place], list ? kList : shown(as_cell(*column.found.value, lists_)),
                    list ? "one value" : kList, column.shape_line));
  }

  /// How many rows the line makes: the length of the lists of its roles, 1 where they hold none.
  size_t count_elements() {
    in_lists_ = false;
    int first = -1;
    size_t length = 1;
    for (const int role : roles_) {
      Column& column = located(role);
      note_shape(column);
      check_shape(role, column);
      if (column.shape != Shape::list) continue;
      const json* const value = column.found.value;
      const size_t here = is_missing(value) ? 0 : value->size();
      if (first < 0) length = here;
      if (here != length) refuse_lengths(first, length, role, here);
      first = first < 0 ? role : first;
      in_lists_ = true;
    }
    if (in_lists_ && length > 0) add_names_inside();
    if (length == 0 && empty_.count++ == 0) empty_.first = row_;
    return length;
  }

  [[noreturn]] void refuse_lengths(int first, size_t length, int other, size_t here) const {
    const auto counted = [](size_t count) {
      return fmt::format("{} element{}", count, count == 1 ? "" : "s");
    };
    throw error::UserError(
        origin().text(), fmt::format("{} has {} and {} has {}; lists of one row are equally long",
                                     names_[first], counted(length), names_[other], counted(here)));
  }

  // Keys that stand beside those of the roles in the elements of their lists.
  void add_names_inside() {
    const json* last = nullptr;
    for (const int role : roles_) {
      Column& column = located(role);
      if (column.shape != Shape::list || column.found.rest.empty() || column.found.value == last)
        continue;
      last = column.found.value;
      for (const json& element : *last) {
        if (!element.is_object()) continue;
        for (const auto& [key, value] : element.items())
          if (!column.inside.contains(key)) add_name_inside(column, key);
      }
    }
  }

  void add_name_inside(Column& column, const std::string& key) {
    column.inside.insert(key);
    const size_t outside = column.keys.size() - column.found.rest.size();
    JsonPath keys(column.keys.begin(), column.keys.begin() + static_cast<ptrdiff_t>(outside));
    keys.push_back(key);
    const std::string name = fmt::format("{}", fmt::join(keys, "."));
    if (find(name) < 0) add_column(name, std::move(keys));
  }

  TextFile text_;
  LineReader lines_;
  std::unordered_set<std::string> known_;  // keys of the lines
  std::deque<Column> columns_;             // as names_
  std::vector<int> roles_;
  json object_;
  int64_t read_ = 0;                   // objects
  bool in_lists_ = false;              // whether this line's rows are elements
  size_t element_ = 0, elements_ = 0;  // of this line
  EmptyRows empty_;
  CellStore lists_;
};

}  // namespace

std::unique_ptr<Table> open_json_lines(const std::string& path) {
  return std::make_unique<JsonLines>(path);
}

}  // namespace assay::ingest

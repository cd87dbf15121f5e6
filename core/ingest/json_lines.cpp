#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <deque>
#include <functional>
#include <map>
#include <set>
#include <utility>

#include "error/error.h"
#include "ingest/json_cells.h"
#include "ingest/json_row.h"
#include "ingest/table_formats.h"
#include "ingest/text_file.h"

namespace assay::ingest {
namespace {

using nlohmann::json;
using Names = std::set<std::string, std::less<>>;

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
    Column& there = located(column);
    const auto& [value, rest] = there.found;
    if (!value) return {};
    if (!value->IsArray()) return as_cell(*value, lists_);
    if (!in_lists_) return rest.empty() ? as_cell(*value, lists_) : Cell{Cell::Kind::other, kList};
    if (value->Size() != elements_) return {Cell::Kind::other, kOtherLength};
    const JsonValue& element = (*value)[static_cast<rapidjson::SizeType>(element_)];
    if (rest.empty()) return as_cell(element, lists_);
    if (!element.IsObject() && !element.IsNull()) {
      throw error::UserError(origin().text(),
                             fmt::format("{} looks within {}, which is no map; every element of "
                                         "the list is one",
                                         names_[column], shown(as_cell(element, lists_))));
    }
    const JsonFound within =
        find_in(element, rest, there.places.data() + (there.keys.size() - rest.size()));
    if (!within.value) return {};
    return within.rest.empty() ? as_cell(*within.value, lists_) : Cell{Cell::Kind::other, kList};
  }

 private:
  static constexpr const char* kExpected = "an object: {\"user\": ..., \"item\": ...}";

  enum class Shape : uint8_t { unknown, value, list };
  struct Column {
    JsonPath keys;
    std::vector<size_t> places;    // as of find_in
    Shape shape = Shape::unknown;  // of a role
    int64_t shape_line = 0;        // that has it
    int64_t read = 0;              // when `found` was found
    JsonFound found = {};
    Names inside = {};  // keys of the elements of its list
  };

  // Names of the first lines stand for what they say; a path is looked for in them, then both in
  // all lines.
  bool look_for(const std::string& name) override {
    std::string_view line;
    LineReader lines(text_);
    JsonRowParser parser(kExpected);  // the row that is being read stays as it is
    const auto parse = [&]() -> const JsonValue& {
      return parser.parse(line, {path_, lines.number()});
    };
    for (int i = 0; i < kFirstLines && lines.next(line); ++i)
      if (is_row(line) && add_path(parse(), name)) return true;
    const std::string quoted = json(name).dump();
    const std::string last = json(name.substr(name.rfind('.') + 1)).dump();
    for (lines = LineReader(text_); lines.next(line);) {
      if (line.find(last) == line.npos && line.find(quoted) == line.npos) continue;
      const JsonValue& object = parse();
      if (object.HasMember(name)) return add_key(name), true;
      if (add_path(object, name)) return true;
    }
    add_all_paths();
    return false;
  }

  bool add_path(const JsonValue& object, const std::string& name) {
    auto path = path_to(object, name);
    if (!path || path->size() < 2) return false;
    add_column(name, *std::move(path));
    return true;
  }

  // For near names of a column that is missing.
  void add_all_paths() {
    LineReader lines(text_);
    std::string_view line;
    JsonRowParser parser(kExpected);
    for (int i = 0; i < kFirstLines && lines.next(line); ++i) {
      if (!is_row(line)) continue;
      for (const auto& [key, value] : sorted(parser.parse(line, {path_, lines.number()})))
        add_paths_inside(key, value->IsArray() && !value->Empty() ? (*value)[0] : *value);
    }
  }

  void add_paths_inside(std::string_view key, const JsonValue& value) {
    if (!value.IsObject()) return;
    for (const auto& [inner_key, unused] : sorted(value)) {
      const std::string name = fmt::format("{}.{}", key, inner_key);
      if (find(name) < 0) add_column(name, {std::string(key), std::string(inner_key)});
    }
  }

  // The order in which columns become known does not depend on how a writer orders keys.
  static std::map<std::string_view, const JsonValue*> sorted(const JsonValue& object) {
    std::map<std::string_view, const JsonValue*> members;
    for (const auto& [key, value] : object.GetObject()) members.emplace(text_of(key), &value);
    return members;
  }

  static bool is_row(std::string_view line) {
    return line.find_first_not_of(" \t") != std::string_view::npos;
  }

  bool next_line() {
    std::string_view line;
    do {
      if (!lines_.next(line)) return false;
    } while (!is_row(line));
    row_ = lines_.number();
    ++read_;
    object_ = &parser_.parse(line, {path_, row_});
    const auto is_known = [&](const auto& member) { return known_.contains(text_of(member.name)); };
    if (std::all_of(object_->MemberBegin(), object_->MemberEnd(), is_known)) return true;
    for (const auto& [key, value] : sorted(*object_))
      if (!known_.contains(key)) add_key(std::string(key));
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
    columns_.push_back({.keys = std::move(keys), .places = {}});
    columns_.back().places.resize(columns_.back().keys.size());
  }

  Column& located(int place) {
    Column& column = columns_[static_cast<size_t>(place)];
    if (column.read == read_) return column;
    column.read = read_;
    column.found = find_in(*object_, column.keys, column.places.data());
    return column;
  }

  void note_shape(Column& column) const {
    if (column.shape != Shape::unknown || is_missing(column.found.value)) return;
    column.shape = column.found.value->IsArray() ? Shape::list : Shape::value;
    column.shape_line = row_;
  }

  void check_shape(int place, const Column& column) {
    if (is_missing(column.found.value)) return;
    const bool list = column.found.value->IsArray();
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
      const JsonValue* const value = column.found.value;
      const size_t here = is_missing(value) ? 0 : value->Size();
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
    const JsonValue* last = nullptr;
    for (const int role : roles_) {
      Column& column = located(role);
      if (column.shape != Shape::list || column.found.rest.empty() || column.found.value == last)
        continue;
      last = column.found.value;
      for (const JsonValue& element : last->GetArray()) {
        if (!element.IsObject()) continue;
        for (const auto& [key, value] : element.GetObject())
          if (!column.inside.contains(text_of(key)))
            add_name_inside(column, std::string(text_of(key)));
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
  Names known_;                 // keys of the lines
  std::deque<Column> columns_;  // as names_
  std::vector<int> roles_;
  JsonRowParser parser_{kExpected};
  const JsonValue* object_ = nullptr;
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

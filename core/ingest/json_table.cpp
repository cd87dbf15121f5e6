#include <fmt/format.h>

#include <algorithm>
#include <deque>
#include <limits>
#include <nlohmann/json.hpp>
#include <set>
#include <unordered_set>

#include "error/error.h"
#include "ingest/table_formats.h"
#include "ingest/text.h"
#include "ingest/text_file.h"

namespace assay::ingest {
namespace {

using nlohmann::json;

constexpr int kLinesForNames = 100;
constexpr uint64_t kLargestInteger = std::numeric_limits<int64_t>::max();

/// A value as a cell; the elements of lists are kept in `lists`.
Cell as_cell(const json& value, std::deque<std::vector<Cell>>& lists) {
  using Kind = Cell::Kind;
  if (value.is_string()) return {Kind::text, value.get_ref<const json::string_t&>()};
  if (value.is_number_unsigned() && value.get<uint64_t>() > kLargestInteger)
    return {Kind::large, {}, static_cast<int64_t>(value.get<uint64_t>())};
  if (value.is_number_integer()) return {Kind::integer, {}, value.get<int64_t>()};
  if (value.is_number()) return {Kind::number, {}, 0, value.get<double>()};
  if (value.is_boolean()) return {Kind::boolean, {}, value.get<bool>() ? 1 : 0};
  if (value.is_object()) return {Kind::other, "a map"};
  if (!value.is_array()) return {};
  std::vector<Cell> elements;
  for (const json& element : value) elements.push_back(as_cell(element, lists));
  lists.push_back(std::move(elements));
  return {Kind::list, {}, 0, 0, lists.back()};
}

/// What the parser says, without its own prefix, and without its "line 1" of a text that is a line.
std::string reason(const nlohmann::json::exception& error, bool is_line) {
  constexpr std::string_view kLine = "line 1, ";
  std::string text = error.what();
  if (const size_t end = text.find("] "); end != std::string::npos) text.erase(0, end + 2);
  if (const size_t line = text.find(kLine); is_line && line != std::string::npos)
    text.erase(line, kLine.size());
  return text;
}

json parsed(std::string_view text, const std::string& where, const char* expected,
            const json::parser_callback_t& callback = nullptr) {
  json value;
  try {
    value = json::parse(text, callback);
  } catch (const json::exception& error) {
    throw error::UserError(
        where, fmt::format("is not JSON: {}", reason(error, text.find('\n') == text.npos)));
  }
  if (value.is_object()) return value;
  throw error::UserError(where, fmt::format("holds {}; expected {}", in_quotes(text), expected));
}

/// The keys of an object's text, without its nested ones: as they stand, in quotes.
class KeyTexts {
 public:
  explicit KeyTexts(std::string_view object) : rest_(object) {}

  /// The next key; false at the end.
  bool next(std::string_view& key) {
    while (!rest_.empty()) {
      const char c = rest_.front();
      if (c == '"') {
        last_ = rest_.substr(0, end_of_text());
        rest_.remove_prefix(last_.size());
        continue;
      }
      rest_.remove_prefix(1);
      depth_ += (c == '{' || c == '[') - (c == '}' || c == ']');
      if (c != ':' || depth_ != 1) continue;
      key = last_;
      return true;
    }
    return false;
  }

 private:
  // After the closing quote of the text at the front.
  size_t end_of_text() const {
    size_t end = 1;
    while (end < rest_.size() && rest_[end] != '"') end += rest_[end] == '\\' ? 2 : 1;
    return std::min(end + 1, rest_.size());
  }

  std::string_view rest_, last_;
  int depth_ = 0;
};

/// The parser keeps the last of equal keys and says nothing.
void refuse_key_twice(std::string_view line, const json& object, const Origin& origin) {
  std::string_view key;
  size_t count = 0;
  for (KeyTexts keys(line); keys.next(key);) ++count;
  if (count == object.size()) return;
  std::set<std::string> seen;
  for (KeyTexts keys(line); keys.next(key);) {
    if (seen.insert(json::parse(key).get<std::string>()).second) continue;
    throw error::UserError(origin.text(),
                           fmt::format("has the key {} twice; a row has one value of each", key));
  }
}

class JsonLines : public Table {
 public:
  explicit JsonLines(const std::string& path) : Table(path, nullptr), text_(path), lines_(text_) {
    for (int i = 0; i < kLinesForNames && next(); ++i) {
    }
    if (names_.empty()) throw error::UserError(path, "is empty; expected one object per line");
    lines_ = LineReader(text_);
  }

  bool look_for(const std::string& name) override {
    const std::string quoted = json(name).dump();
    LineReader lines(text_);
    for (std::string_view line; lines.next(line);) {
      if (line.find(quoted) == line.npos) continue;
      const json object = parsed(line, place(path_, lines.number()), kExpected);
      if (!object.contains(name)) continue;
      add_name(name);
      return true;
    }
    return false;
  }

  bool next() override {
    std::string_view line;
    do {
      if (!lines_.next(line)) return false;
    } while (line.find_first_not_of(" \t") == std::string_view::npos);
    row_ = lines_.number();
    object_ = parsed(line, origin().text(), kExpected);
    refuse_key_twice(line, object_, origin());
    lists_.clear();
    for (const auto& [key, value] : object_.items())
      if (!known_.contains(key)) add_name(key);
    return true;
  }

  Cell cell(int column) override {
    const auto found = object_.find(names_[column]);
    return found == object_.end() ? Cell{} : as_cell(*found, lists_);
  }

 private:
  static constexpr const char* kExpected = "an object: {\"user\": ..., \"item\": ...}";

  void add_name(const std::string& name) {
    known_.insert(name);
    names_.push_back(name);
  }

  TextFile text_;
  LineReader lines_;
  std::unordered_set<std::string> known_;
  json object_;
  std::deque<std::vector<Cell>> lists_;
};

class JsonMap : public Table {
 public:
  JsonMap(const std::string& path, const std::string& value) : Table(path, "entry") {
    const std::string text = TextFile(path).text();
    std::set<std::string> ids;
    const auto refuse_repeated = [&](int depth, json::parse_event_t event, json& key) {
      if (event == json::parse_event_t::key && depth == 1 && !ids.insert(key).second)
        throw error::UserError(path, fmt::format("{} occurs twice in this file", key.dump()));
      return true;
    };
    map_ = parsed(text, path, "one object: {\"id\": value, ...}", refuse_repeated);
    set_names({"id", value});
  }
  bool next() override {
    if (row_ == static_cast<int64_t>(map_.size())) return false;
    entry_ = row_++ == 0 ? map_.cbegin() : std::next(entry_);
    lists_.clear();
    return true;
  }
  Cell cell(int column) override {
    if (column == 0) return {Cell::Kind::text, entry_.key()};
    return as_cell(entry_.value(), lists_);
  }

 private:
  json map_;
  json::const_iterator entry_;
  std::deque<std::vector<Cell>> lists_;
};

}  // namespace

std::unique_ptr<Table> open_json_lines(const std::string& path) {
  return std::make_unique<JsonLines>(path);
}

std::unique_ptr<Table> open_json_map(const std::string& path, const std::string& value) {
  return std::make_unique<JsonMap>(path, value);
}

}  // namespace assay::ingest

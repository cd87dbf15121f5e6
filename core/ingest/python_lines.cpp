#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <unordered_set>

#include "error/error.h"
#include "ingest/python_literal.h"
#include "ingest/table_formats.h"
#include "ingest/text.h"
#include "ingest/text_file.h"

namespace assay::ingest {
namespace {

using nlohmann::json;

constexpr int kLinesForNames = 100;

/// A Python dict a line. Its values are texts, numbers and truth values; what else a key holds is
/// not read.
class PythonLines : public Table {
 public:
  explicit PythonLines(const std::string& path) : Table(path, nullptr), text_(path), lines_(text_) {
    for (int i = 0; i < kLinesForNames && next(); ++i) {
    }
    if (names_.empty()) throw error::UserError(path, "is empty; expected a Python dict per line");
    lines_ = LineReader(text_);
  }

  bool next() override {
    std::string_view line;
    do {
      if (!lines_.next(line)) return false;
    } while (line.find_first_not_of(" \t") == std::string_view::npos);
    row_ = lines_.number();
    dict_ = parsed(line);
    for (const auto& [key, value] : dict_.items())
      if (known_.insert(key).second) names_.push_back(key);
    return true;
  }

  Cell cell(int column) override {
    const auto found = dict_.find(names_[static_cast<size_t>(column)]);
    if (found == dict_.end() || found->is_null()) return {};
    const json& value = *found;
    if (value.is_string()) return {Cell::Kind::text, value.get_ref<const json::string_t&>()};
    if (value.is_boolean()) return {Cell::Kind::boolean, {}, value.get<bool>() ? 1 : 0};
    if (value.is_number_integer()) return {Cell::Kind::integer, {}, value.get<int64_t>()};
    if (value.is_number()) return {Cell::Kind::number, {}, 0, value.get<double>()};
    return {Cell::Kind::other, value.is_array() ? "a list" : "a map"};
  }

 private:
  json parsed(std::string_view line) const {
    const std::string where = origin().text();
    const std::string text = json_of_python(line, where);
    json value = json::parse(text, nullptr, /*allow_exceptions=*/false);
    if (value.is_object()) return value;
    throw error::UserError(
        where, fmt::format("is {}; expected a Python dict such as {{u'username': u'x'}}",
                           in_quotes(line)));
  }

  TextFile text_;
  LineReader lines_;
  std::unordered_set<std::string> known_;
  json dict_;
};

}  // namespace

std::unique_ptr<Table> open_python_lines(const std::string& path) {
  return std::make_unique<PythonLines>(path);
}

}  // namespace assay::ingest

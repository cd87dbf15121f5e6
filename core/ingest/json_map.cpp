#include <fmt/format.h>

#include <set>

#include "error/error.h"
#include "ingest/json_cells.h"
#include "ingest/table_formats.h"
#include "ingest/text_file.h"

namespace assay::ingest {
namespace {

using nlohmann::json;

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
    map_ = parsed_json(text, path, "one object: {\"id\": value, ...}", refuse_repeated);
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
  CellStore lists_;
};

}  // namespace

std::unique_ptr<Table> open_json_map(const std::string& path, const std::string& value) {
  return std::make_unique<JsonMap>(path, value);
}

}  // namespace assay::ingest

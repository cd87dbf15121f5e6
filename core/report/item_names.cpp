#include "report/item_names.h"

#include <nlohmann/json.hpp>

namespace assay::report {
namespace {

std::vector<std::string> item_ids(const results::Reader& reader, const std::string& request_set) {
  const results::Cell parameters[] = {request_set};
  const results::QueryAnswer answer = reader.query(
      "SELECT item_ids FROM catalogue JOIN request_set USING (prepared_hash) "
      "WHERE request_set = ?",
      parameters);
  if (answer.rows.empty()) return {};
  return nlohmann::json::parse(std::get<std::string>(answer.rows[0][0]))
      .get<std::vector<std::string>>();
}

std::vector<std::string> item_titles(const results::Reader& reader,
                                     const std::string& request_set) {
  const std::optional<results::LabelRow> labels = reader.labels(request_set, "title");
  if (!labels) return {};
  std::vector<std::string> titles(labels->offsets.size() - 1);
  for (size_t item = 0; item < titles.size(); ++item) {
    const auto first = static_cast<size_t>(labels->offsets[item]);
    if (labels->offsets[item + 1] > labels->offsets[item])
      titles[item] = labels->labels[static_cast<size_t>(labels->codes[first])];
  }
  return titles;
}

}  // namespace

ItemNames::ItemNames(const results::Reader& reader, const std::string& request_set)
    : ids(item_ids(reader, request_set)), titles(item_titles(reader, request_set)) {}

std::string ItemNames::id(int64_t item) const {
  const auto at = static_cast<size_t>(item);
  return at < ids.size() ? ids[at] : "#" + std::to_string(item);
}

std::string ItemNames::title(int64_t item) const {
  const auto at = static_cast<size_t>(item);
  return at < titles.size() && !titles[at].empty() ? titles[at] : id(item);
}

}  // namespace assay::report

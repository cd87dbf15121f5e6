#include "page/packed_rows.h"

#include <map>
#include <string>

#include "page/interner.h"

namespace assay::page {

namespace {

/// Names of the columns, and whether they are of texts.
std::map<std::string, bool> columns_of(const nlohmann::json& rows) {
  std::map<std::string, bool> columns;
  for (const nlohmann::json& row : rows)
    for (const auto& [name, value] : row.items())
      columns[name] = columns[name] || value.is_string();
  return columns;
}

}  // namespace

nlohmann::json packed_rows(const nlohmann::json& rows) {
  const std::map<std::string, bool> columns = columns_of(rows);
  Interner<std::string> texts;
  nlohmann::json cells = nlohmann::json::array();
  for (const nlohmann::json& row : rows) {
    nlohmann::json& packed = cells.emplace_back(nlohmann::json::array());
    for (const auto& [name, is_text] : columns) {
      const nlohmann::json value = row.value(name, nlohmann::json());
      packed.push_back(is_text && value.is_string() ? nlohmann::json(texts.place(value)) : value);
    }
  }
  nlohmann::json names = nlohmann::json::array();
  for (const auto& [name, is_text] : columns) names.push_back({name, is_text ? 1 : 0});
  return {{"columns", names}, {"texts", texts.all()}, {"rows", cells}};
}

}  // namespace assay::page

#include "ingest/titles.h"

#include <algorithm>
#include <array>
#include <cctype>

#include "ingest/atomic_table.h"
#include "ingest/catalogue.h"
#include "ingest/source_files.h"
#include "text/utf8.h"

namespace assay::ingest {
namespace {

void read_titles(const std::string& path, const std::string& id_column,
                 std::map<std::string, std::string>& titles) {
  AtomicTable table(path);
  const auto title = std::ranges::find_if(table.columns(), [](const AtomicColumn& column) {
    return column.type.starts_with("token") && is_title(column.name);
  });
  if (title == table.columns().end()) return;
  const auto place = static_cast<size_t>(title - table.columns().begin());
  const size_t id = table.column(id_column);
  std::vector<std::string_view> fields;
  while (table.next(fields)) {
    if (!fields[place].empty() && text::is_utf8(fields[place]))
      titles.emplace(fields[id], fields[place]);
  }
}

}  // namespace

bool is_title(std::string_view name) {
  constexpr std::array<std::string_view, 3> kNames = {"name", "item_name", "product_name"};
  std::string lower(name);
  std::ranges::transform(lower, lower.begin(), [](unsigned char c) { return std::tolower(c); });
  return lower.ends_with("title") || std::ranges::count(kNames, lower) > 0;
}

std::map<std::string, std::string> written_titles(const task::DatasetSpec& asked,
                                                  const DataPlaces& places) {
  std::map<std::string, std::string> titles;
  if (asked.impressions && asked.path.empty() && asked.source.empty()) return titles;
  const task::DatasetSpec dataset = locate(asked, places);
  if (dataset.format != "recbole") return titles;
  for (const SourceFile& file : source_files(dataset)) {
    if (file.role == "item" && file.feature < 0)
      read_titles(file.path, column_roles(dataset).at("item"), titles);
  }
  return titles;
}

}  // namespace assay::ingest

#include "ingest/feature_files.h"

#include <fmt/format.h>

#include "error/error.h"
#include "ingest/times.h"

namespace assay::ingest {

TableFormat table_format(const task::FeatureFileSpec& spec) {
  TableFormat format{.name = spec.format};
  if (spec.format == "json_map") format.names = {spec.columns.begin()->first};
  return format;
}

FeatureRows read_feature_file(const task::FeatureFileSpec& spec, const TableFormat& format,
                              dataset::Interner& ids, const std::string& time_column) {
  if (is_vector_format(spec.format)) return read_vector_file(spec, ids);
  const auto table = open_table(spec.path, format);
  const int id_place = table->column(spec.format == "json_map" ? "id" : spec.id, "features.id");
  FeatureRows rows(ids, table->names()[id_place]);
  std::vector<int> places;
  for (const auto& [column, type] : spec.columns) {
    places.push_back(table->column(column, "features.columns"));
    rows.columns.emplace_back(column, type, spec.separator);
  }
  const int time_place = time_column.empty() ? -1 : table->find(time_column);
  std::string digits;
  bool dated = false;  // a time is written as one
  while (table->next()) {
    const Origin origin = table->origin();
    rows.begin(id_text(table->cell(id_place), table->names()[id_place], origin, digits), origin);
    for (size_t i = 0; i < places.size(); ++i) {
      const Cell cell = table->cell(places[i]);
      const bool none = cell.kind == Cell::Kind::text && cell.text == format.none;
      rows.columns[i].add(none ? Cell{} : cell, origin);
    }
    if (time_place < 0) continue;
    const Cell cell = table->cell(time_place);
    dated = dated || is_dated(cell);
    rows.known_since_us.push_back(time_of(cell, time_column, origin));
  }
  if (!dated) read_compact_dates(rows.known_since_us, time_column, spec.path);
  return rows;
}

}  // namespace assay::ingest

#include "ingest/feature_files.h"

#include <fmt/format.h>

#include "error/error.h"

namespace assay::ingest {

TableFormat table_format(const task::FeatureFileSpec& spec) {
  TableFormat format{.name = spec.format};
  if (spec.format == "json_map") format.names = {spec.columns.begin()->first};
  return format;
}

FeatureRows read_feature_file(const task::FeatureFileSpec& spec, const TableFormat& format,
                              dataset::Interner& ids, const std::string& time_column,
                              const TimeReader& times, const dataset::Pseudonyms* pseudonyms) {
  if (is_vector_format(spec.format)) return read_vector_file(spec, ids, pseudonyms);
  const auto table = open_table(spec.path, format);
  const int id_place = table->column(spec.format == "json_map" ? "id" : spec.id, "features.id");
  FeatureRows rows(ids, table->names()[id_place]);
  if (pseudonyms != nullptr) rows.name_ids_by(*pseudonyms, spec.of);
  std::vector<int> places;
  for (const auto& [column, type] : spec.columns) {
    places.push_back(table->column(column, "features.columns"));
    rows.columns.emplace_back(column, type, spec.separator);
  }
  const int time_place = time_column.empty() ? -1 : table->find(time_column);
  std::string digits;
  while (table->next()) {
    const Origin origin = table->origin();
    rows.begin(id_text(table->cell(id_place), table->names()[id_place], origin, digits), origin);
    for (size_t i = 0; i < places.size(); ++i) {
      const Cell cell = table->cell(places[i]);
      const bool none = cell.kind == Cell::Kind::text && cell.text == format.none;
      rows.columns[i].add(none ? Cell{} : cell, origin);
    }
    if (time_place >= 0) rows.add_time(table->cell(time_place), time_column, times, origin);
  }
  rows.finish_times(time_column, times, spec.path);
  return rows;
}

}  // namespace assay::ingest

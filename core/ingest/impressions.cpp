#include "ingest/impressions.h"

#include <fmt/format.h>

#include <memory>
#include <set>

#include "ingest/impression_formats.h"
#include "ingest/impression_reader.h"
#include "text/counted.h"

namespace assay::ingest {

using nlohmann::json;

std::vector<SourceFile> impression_files(const task::ImpressionsSpec& spec) {
  if (is_named_impressions(spec.format)) return named_impression_files(spec);
  task::DatasetSpec table;
  table.path = spec.path;
  table.format = spec.format;
  table.where = spec.where;
  return source_files(table);
}

std::unique_ptr<Table> open_impressions(const SourceFile& file, const task::ImpressionsSpec& spec) {
  if (is_named_impressions(spec.format)) return open_named_impressions(file.path, spec);
  return open_table(file.path, {.name = spec.format,
                                .delimiter = spec.delimiter.front(),
                                .names = spec.header,
                                .inside = file.inside});
}

json impression_identity(const task::ImpressionsSpec& spec) {
  json labels = json::array();
  for (const task::TargetSpec& label : spec.labels) labels.push_back(label);
  return {
      {"columns", spec.columns},     {"delimiter", spec.delimiter},
      {"header", spec.header},       {"time", {spec.time.unit, spec.time.format, spec.time.zone}},
      {"item_from", spec.item_from}, {"labels", labels},
      {"context", spec.context}};
}

void import_impressions(const task::ImpressionsSpec& spec, const std::vector<SourceFile>& files,
                        json info, const std::string& to, const dataset::Pseudonyms* pseudonyms) {
  std::set<std::string> categories;
  while (true) {
    try {
      ImpressionReader reader(spec, categories);
      for (const SourceFile& file : files) reader.read(*open_impressions(file, spec));
      reader.finish(spec.path);
      return reader.write(std::move(info), to, pseudonyms);
    } catch (const NotNumbers& column) {
      categories.insert(column.column);
    }
  }
}

std::vector<std::string> impression_notes(const json& info) {
  std::vector<std::string> out;
  const int64_t rows = info.at("rows");
  const auto tell = [&](const char* key, const char* what) {
    const int64_t count = info.at(key);
    if (count > 0)
      out.push_back(fmt::format("{} of {} {}", text::thousands(count), text::counted(rows, "row"),
                                fmt::format("{}{}", count == 1 ? "has" : "have", what)));
  };
  tell("outside_allowed", " an item that is not in their allowed set");
  tell("rows_without_item", " no item");
  const int64_t pieces = info.at("pieces");
  if (pieces > 0)
    out.push_back(fmt::format("the rows of {} do not follow each other; they were put together",
                              text::counted(pieces, "request")));
  return out;
}

}  // namespace assay::ingest

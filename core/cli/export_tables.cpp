#include "cli/export_tables.h"

#include <fmt/format.h>

#include <cmath>
#include <fstream>
#include <nlohmann/json.hpp>

#include "cli/listing.h"
#include "error/error.h"

namespace assay::cli {
namespace {

nlohmann::json json_of(const results::Cell& cell) {
  if (const auto* integer = std::get_if<int64_t>(&cell)) return *integer;
  if (const auto* real = std::get_if<double>(&cell)) {
    return std::isfinite(*real) ? nlohmann::json(*real) : nlohmann::json(nullptr);
  }
  if (const auto* text = std::get_if<std::string>(&cell)) return *text;
  return nullptr;
}

Listing table_of(const results::QueryAnswer& answer) {
  Listing table{answer.columns, {}};
  for (const auto& row : answer.rows) {
    std::vector<nlohmann::json> cells;
    for (const results::Cell& cell : row) cells.push_back(json_of(cell));
    table.add(std::move(cells));
  }
  return table;
}

void write_text(const std::string& path, const std::string& text) {
  std::ofstream out(path, std::ios::binary);
  out << text;
  if (!out.flush()) throw error::UserError(path, "the file cannot be written; is the disk full?");
}

}  // namespace

void export_csv(Release& release, const std::string& folder) {
  for (const char* view : kExportedViews) {
    write_text(fmt::format("{}/{}.csv", folder, view),
               render(table_of(release.view(view)), OutputFormat::csv));
  }
}

void export_json(Release& release, const std::string& folder) {
  const results::RunInfo& info = release.run().info();
  const results::RunRow& row = info.row;
  const bool all = !release.anonymised();  // texts may quote ids
  nlohmann::ordered_json json = {{"run",
                                  {{"run_id", info.run_id},
                                   {"experiment", row.experiment},
                                   {"description", all ? row.description : ""},
                                   {"status", info.status},
                                   {"started", row.started},
                                   {"assay_version", row.assay_version},
                                   {"git_commit", row.git_commit},
                                   {"build_type", row.build_type},
                                   {"config", all ? row.config : ""}}}};
  for (const char* view : kExportedViews) {
    json[view] =
        nlohmann::ordered_json::parse(render(table_of(release.view(view)), OutputFormat::json));
  }
  write_text(folder + "/run.json",
             json.dump(2, ' ', false, nlohmann::json::error_handler_t::replace) + "\n");
}

}  // namespace assay::cli

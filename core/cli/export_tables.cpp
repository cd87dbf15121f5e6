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

results::QueryAnswer view_of(const report::OpenRun& run, const char* view) {
  const results::Cell parameters[] = {run.info().run_id};
  return run.reader().query(fmt::format("SELECT * FROM {} WHERE run_id = ?", view), parameters);
}

void export_csv(const report::OpenRun& run, const std::string& folder) {
  for (const char* view : kExportedViews) {
    write_text(fmt::format("{}/{}.csv", folder, view),
               render(table_of(view_of(run, view)), OutputFormat::csv));
  }
}

void export_json(const report::OpenRun& run, const std::string& folder) {
  const results::RunRow& row = run.info().row;
  nlohmann::ordered_json json = {{"run",
                                  {{"run_id", run.info().run_id},
                                   {"experiment", row.experiment},
                                   {"description", row.description},
                                   {"status", run.info().status},
                                   {"started", row.started},
                                   {"assay_version", row.assay_version},
                                   {"git_commit", row.git_commit},
                                   {"build_type", row.build_type},
                                   {"config", row.config}}}};
  for (const char* view : kExportedViews) {
    json[view] =
        nlohmann::ordered_json::parse(render(table_of(view_of(run, view)), OutputFormat::json));
  }
  write_text(folder + "/run.json",
             json.dump(2, ' ', false, nlohmann::json::error_handler_t::replace) + "\n");
}

}  // namespace assay::cli

#include "task/export_request.h"

#include <fmt/format.h>

#include <fstream>

#include "error/error.h"
#include "task/json_members.h"

namespace assay::task {

ASSAY_JSON(ExportRequest, what, task, history, exclude_seen, history_length, k, path)

void write_export_request(const ExportRequest& request, const std::string& path) {
  std::ofstream out(path, std::ios::trunc);
  out << nlohmann::json(request).dump(1) << '\n';
  if (!out.flush()) throw error::UserError(path, "cannot be written (is the disk full?)");
}

ExportRequest read_export_request(const std::string& path) {
  std::ifstream in(path);
  if (!in) throw error::UserError(path, "cannot be read; expected what is to be exported");
  try {
    return nlohmann::json::parse(in).get<ExportRequest>();
  } catch (const nlohmann::json::exception& error) {
    throw error::UserError(
        path, fmt::format("is not a request of this version of assay ({})", error.what()));
  }
}

}  // namespace assay::task

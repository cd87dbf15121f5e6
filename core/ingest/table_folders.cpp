#include "ingest/table_folders.h"

#include <fmt/format.h>

#include <filesystem>
#include <optional>

#include "error/error.h"
#include "ingest/source_files.h"

namespace assay::ingest {
namespace {

namespace fs = std::filesystem;

/// What a folder shows itself to be.
struct LoggedTable {
  std::string kind;     ///< "a Delta table"
  fs::path log;         ///< by which it is known
  std::string current;  ///< how its current rows are written
};

// Iceberg's folder of metadata; other folders may be called so too.
bool is_iceberg_metadata(const fs::path& folder) {
  for (const std::string& name : names_in(folder))
    if (name.ends_with(".metadata.json") || name == "version-hint.text") return true;
  return false;
}

std::optional<LoggedTable> logged_table(const fs::path& folder) {
  const std::string path = folder.string();
  if (fs::is_directory(folder / "_delta_log")) {
    return LoggedTable{
        "a Delta table", folder / "_delta_log",
        fmt::format("deltalake.DeltaTable(\"{0}\").to_pyarrow_table() in Python, or COPY (FROM "
                    "delta_scan('{0}')) TO 'current.parquet' in DuckDB",
                    path)};
  }
  if (fs::is_regular_file(folder / ".hoodie/hoodie.properties")) {
    return LoggedTable{"a Hudi table", folder / ".hoodie",
                       fmt::format("spark.read.format(\"hudi\").load(\"{}\") in Spark", path)};
  }
  if (is_iceberg_metadata(folder / "metadata")) {
    return LoggedTable{
        "an Iceberg table", folder / "metadata",
        fmt::format("COPY (FROM iceberg_scan('{}')) TO 'current.parquet' in DuckDB", path)};
  }
  return std::nullopt;
}

void refuse_if_logged(const fs::path& folder, const std::string& asked) {
  const std::optional<LoggedTable> table = logged_table(folder);
  if (!table) return;
  throw error::UserError(
      asked, fmt::format("{} makes {} {}, of which only some Parquet files are current: the others "
                         "hold rows that were removed or replaced; write the current rows to a "
                         "folder of their own and name that: {}",
                         table->log.string(), folder == asked ? "it" : folder.string(), table->kind,
                         table->current));
}

}  // namespace

void refuse_table_with_log(const std::string& folder) {
  fs::path absolute = fs::absolute(folder).lexically_normal();
  if (!absolute.has_filename()) absolute = absolute.parent_path();
  refuse_if_logged(folder, folder);
  for (fs::path above = absolute.parent_path(); above != above.root_path();
       above = above.parent_path())
    refuse_if_logged(above, folder);
  for (const auto& entry : fs::recursive_directory_iterator(folder))
    if (entry.is_directory()) refuse_if_logged(entry.path(), folder);
}

}  // namespace assay::ingest

#include "results/world_table.h"

#include <array>

#include "results/connection.h"
#include "results/tuning_table.h"

namespace assay::results {

void write_world(const Database& database, int64_t run_id, const std::string& dataset,
                 const std::string& spec) {
  TuningTable::connection(database).run("INSERT OR REPLACE INTO world VALUES (?, ?, ?)", run_id,
                                        dataset, spec);
}

std::map<std::string, std::string> worlds(const Reader& reader, int64_t run_id) {
  const std::array<Cell, 1> of{run_id};
  std::map<std::string, std::string> all;
  for (const auto& row : reader.query("SELECT dataset, spec FROM world WHERE run_id = ?", of).rows)
    all[std::get<std::string>(row[0])] = std::get<std::string>(row[1]);
  return all;
}

}  // namespace assay::results

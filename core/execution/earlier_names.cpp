#include "execution/earlier_names.h"

#include <algorithm>
#include <string>

#include "results/reader.h"

namespace assay::execution {

void keep_earlier_names(std::vector<dataset::PreparedRef>& data, const results::Database& database,
                        std::optional<int64_t> run_id) {
  const results::Reader reader(database);
  const results::Cell run = run_id ? results::Cell(*run_id) : results::Cell();
  const auto known = [&](const std::string& key) {
    const results::Cell parameters[] = {key, run};
    return !reader
                .query(
                    "SELECT 1 FROM data_source WHERE prepared_hash = ?1 AND run_id = "
                    "ifnull(?2, run_id) LIMIT 1",
                    parameters)
                .rows.empty();
  };
  for (dataset::PreparedRef& one : data) {
    if (known(one.key)) continue;
    const auto is_known = [&](const dataset::EarlierName& name) { return known(name.key); };
    const auto name = std::ranges::find_if(one.earlier, is_known);
    if (name != one.earlier.end()) one.go_by(*name);
  }
}

}  // namespace assay::execution

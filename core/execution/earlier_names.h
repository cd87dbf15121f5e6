#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "dataset/prepare.h"
#include "results/database.h"

namespace assay::execution {

/// Earlier versions named data by the bytes of their files, and counted imported ranked lists among
/// them. Data that a database knows by the name of such a version, and by no other, keep that name in
/// it, so that its runs are compared, verified and scored with what is computed now.
/// @param run_id  only what this run of the database called them counts
void keep_earlier_names(std::vector<dataset::PreparedRef>& data, const results::Database& database,
                        std::optional<int64_t> run_id = std::nullopt);

}  // namespace assay::execution

#pragma once

/// Ranked lists in the format of TREC runs: `query Q0 item rank score tag`, between spaces or tabs.

#include <nlohmann/json.hpp>
#include <string>

namespace assay {

/// Reads a run and writes it as the tensors of dataset/imported.h. Lists are ordered by falling
/// score, equal scores by rank, equal ranks by line. Throws UserError with file and line: empty
/// file, another number of fields, score or rank that is no number.
void import_trec_run(const std::string& path, nlohmann::json info, const std::string& to);

}  // namespace assay

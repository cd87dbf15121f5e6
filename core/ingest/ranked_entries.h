#pragma once

/// Ranked lists of another tool: TREC runs and tables.

#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "dataset/dense_ids.h"

namespace assay::ingest {

/// Entries in the order of the file.
struct RankedEntries {
  dataset::Interner queries, items;
  std::vector<int32_t> query, item;
  std::vector<float> score;
  std::vector<int64_t> rank;
};

/// trec_run.cpp: `query Q0 item rank score tag`, between spaces or tabs. Throws UserError with file
/// and line: empty file, another number of fields, score or rank that is no number.
RankedEntries read_trec_run(const std::string& path);

/// list_table.cpp: a table (csv, tsv, jsonl, parquet) with the columns `user`, `item`, and `score`
/// or `rank` or both. Without ranks equal scores keep the order of the file; without scores the
/// score is -rank. Throws UserError with file and row.
RankedEntries read_list_table(const std::string& path, const std::string& format);

/// How a file of lists is written, by its name: csv, tsv, jsonl, parquet, else trec_run.
std::string list_format(const std::string& path);

/// Of the file that is written, as kImportedLayout.
inline constexpr int kListsLayout = 1;

/// Reads a file of lists and writes it as the tensors of dataset/imported.h. Lists are ordered by
/// falling score, equal scores by rank, equal ranks by line.
void import_ranked_lists(const std::string& path, nlohmann::json info, const std::string& to);

}  // namespace assay::ingest

#pragma once

/// Ranked lists of another tool: TREC runs and tables.

#include <cstdint>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "dataset/dense_ids.h"
#include "dataset/pseudonyms.h"
#include "ingest/event_builder.h"
#include "task/experiment.h"

namespace assay::ingest {

/// Something about a file of lists that a person should know: where it was seen first, and what.
struct ListNote {
  int64_t line = 0;  ///< of the file, or its row; 0: of no line
  std::string text;
};

/// Entries in the order of the file.
struct RankedEntries {
  dataset::Interner queries, items;
  std::vector<int32_t> query, item;
  std::vector<double> score;   ///< as the file has it; -rank where it has none
  std::vector<int64_t> rank;   ///< empty where the file has none that orders a list
  std::vector<int64_t> line;   ///< where it stands
  const char* unit = nullptr;  ///< of `line`, as Origin has it
  std::vector<ListNote> notes;

  size_t size() const { return query.size(); }
  /// Adds an entry but for its rank.
  void add(std::string_view query_id, std::string_view item_id, double score_of_it, int64_t at);
};

/// trec_run.cpp: `query Q0 item rank score tag`, between spaces or tabs, read as trec_eval reads
/// it: blank lines, lines that begin with `#` and fields after the tag are passed over, and ranks
/// need not be numbers. Throws UserError with file and line: no entry, too few fields, a score that
/// is no number or that 32 bits do not hold.
/// @param ties  rank: ranks must be integers
RankedEntries read_trec_run(const std::string& path, std::optional<task::ListTies> ties);

/// list_table.cpp: a table (csv, tsv, jsonl, parquet) with the columns `user`, `item`, and `score`
/// or `rank` or both, which `spec.columns` may call by other names. Throws UserError with file and
/// row. Where `spec.ties` is rank there must be a rank.
RankedEntries read_list_table(const task::ListSpec& spec, const std::string& format);

/// Throws UserError for a score that 32 bits do not hold, which would become infinite.
/// @param shown  as the file has it
void check_score(double score, std::string_view column, std::string_view shown,
                 const Origin& origin);

/// How a file of lists is written, by its name: csv, tsv, jsonl, parquet, else trec_run.
std::string list_format(const std::string& path);

/// Of the file that is written, as kImportedLayout.
inline constexpr int kListsLayout = 2;

/// Reads a file of lists and writes it as the tensors of dataset/imported.h. Lists are ordered by
/// falling score, in 64 bits; of equal scores by `spec.ties`, which is by rank where the file has ranks
/// and none is named; then by line. Scores are written in 32 bits: where two that differ would
/// become equal, the better one is the next larger number, so that whatever sorts by them later
/// keeps the order. `info` gets `notes`, and `close_scores` where that happened.
void import_ranked_lists(const task::ListSpec& spec, nlohmann::json info, const std::string& to,
                         const dataset::Pseudonyms* pseudonyms = nullptr);

/// The notes of imported lists, each as a sentence with its place.
/// @param info  of the imported file
std::vector<std::string> list_notes(const nlohmann::json& info, const std::string& path);

}  // namespace assay::ingest

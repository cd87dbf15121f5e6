#pragma once

/// Tables of logged rows (dataset/impressions.h): CSV, TSV, JSON lines, Parquet.
///
/// Rows with the same request id are one request, wherever they stand. While they follow each other
/// nothing is kept of them; of each run of rows the 64-bit hash of its id, its place and its line are
/// kept in a temporary file (24 bytes a run, 16 more at the end), so that rows that stand apart are
/// found and put together. What grows in memory are ids, distinct allowed sets and labels of categories.

#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "dataset/pseudonyms.h"
#include "ingest/source_files.h"
#include "ingest/table.h"
#include "task/experiment.h"

namespace assay::ingest {

/// The files of a table, in the order in which they are read.
/// Throws UserError where one is missing.
std::vector<SourceFile> impression_files(const task::ImpressionsSpec& spec);

/// Opens one of them. A file without a header line has no quotes.
std::unique_ptr<Table> open_impressions(const SourceFile& file, const task::ImpressionsSpec& spec);

/// What of the settings changes what is read.
nlohmann::json impression_identity(const task::ImpressionsSpec& spec);

/// Reads the files and writes them as an import of dataset/impressions.h. `info` is what its info
/// begins with.
/// Throws UserError with file and line or row: column missing, a label, propensity or position out
/// of range, a request with two users, times or allowed sets, ...
void import_impressions(const task::ImpressionsSpec& spec, const std::vector<SourceFile>& files,
                        nlohmann::json info, const std::string& to,
                        const dataset::Pseudonyms* pseudonyms = nullptr);

/// What a person should know of an import: "3 of 100 rows show an item that is not in their allowed
/// set", ...
std::vector<std::string> impression_notes(const nlohmann::json& info);

}  // namespace assay::ingest

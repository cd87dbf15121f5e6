#pragma once

#include <string>

#include "cli/listing.h"
#include "ingest/source_guess.h"

namespace assay::cli {

/// `source:` of an experiment file, as YAML with a line end; paths as they are in `dataset`.
std::string source_block(const task::DatasetSpec& dataset);

/// The guess part by part with reasons, its doubts, and its block to paste. Empty for csv, which is
/// a table of the facts alone.
std::string shown_guess(const ingest::SourceGuess& guess, OutputFormat format);

/// The same for programs: {"source": {...}, "guess": [{"part", "found", "why"}], "doubts": [...],
/// "notes": [...]}.
nlohmann::json json_of(const ingest::SourceGuess& guess);

}  // namespace assay::cli

#pragma once

/// Features of users and items from files beside the events: tables keyed by an id, and vectors in
/// .npy and safetensors.

#include "ingest/feature_rows.h"
#include "ingest/table.h"
#include "task/experiment.h"

namespace assay::ingest {

/// Reads one file. `ids` are those of the events and of the files before. Where a table has a
/// column of the name `time_column` (that of the events' times; "" is none), it says since when a
/// row was known; `times` says how it is written.
/// Throws UserError with file and row: column missing, id twice, value that is not of its type,
/// vectors that do not fit their ids (which, by name), a time that is none.
FeatureRows read_feature_file(const task::FeatureFileSpec& spec, const TableFormat& format,
                              dataset::Interner& ids, const std::string& time_column = "",
                              const TimeReader& times = {},
                              const dataset::Pseudonyms* pseudonyms = nullptr);

/// The format of tables of the file's own name: csv, tsv, jsonl, json_map, parquet.
TableFormat table_format(const task::FeatureFileSpec& spec);

/// Whether a format holds vectors alone: npy, safetensors, fbin, u8bin, i8bin, fvecs.
bool is_vector_format(const std::string& format);

/// One of those (vector_file.cpp). Rows belong to the ids of the file that `spec.id` names,
/// one a line; without it row r is that of the id r, and only known ids get theirs.
FeatureRows read_vector_file(const task::FeatureFileSpec& spec, dataset::Interner& ids,
                             const dataset::Pseudonyms* pseudonyms = nullptr);

}  // namespace assay::ingest

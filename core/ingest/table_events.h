#pragma once

/// Events from tables: CSV, TSV, JSON lines, Parquet, and the formats of known data sets.
///
/// `columns` of the data set says which column is user, item, time, value and event (its type, a
/// text or an integer, which may be a target's as well); every other column
/// that is numeric throughout can be a target's. An id is a text or an integer. Times are read by a
/// TimeReader.

#include <vector>

#include "dataset/columns.h"
#include "ingest/source_files.h"
#include "ingest/table.h"
#include "task/experiment.h"

namespace assay::ingest {

/// How the columns of a data set are read.
struct EventRoles {
  std::map<std::string, std::string> columns;  ///< role -> column
  task::TimeFormat time = {};                  ///< how times are written
  std::string key = "columns.";                ///< what names a role in messages
};

/// Reads the files of events, in their order, into `events`. Of several layouts the first whose
/// columns are there is taken. Returns the column of values, or "".
/// Throws UserError with file and line or row: column missing, bad number or time, empty id, ...
std::string read_event_tables(const std::vector<SourceFile>& files, const TableFormat& format,
                              const std::vector<EventRoles>& layouts, EventBuilder& events);

/// The checks that csv, tsv, jsonl and parquet share: roles user and item, delimiter.
void check_table_columns(const task::DatasetSpec& dataset);

}  // namespace assay::ingest

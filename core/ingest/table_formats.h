#pragma once

/// The readers behind open_table(), one file each.

#include "ingest/table.h"

namespace assay::ingest {

/// csv_table.cpp: separated values, quotes as usual, which may hold line ends.
/// @param header  names of the columns of a file without a header line; empty where it has one
std::unique_ptr<Table> open_csv(const std::string& path, char delimiter,
                                const std::vector<std::string>& header);

/// delimited_table.cpp: fields between separators, no quotes; the first line names the columns
/// unless the format does.
std::unique_ptr<Table> open_delimited(const std::string& path, const TableFormat& format);

/// json_lines.cpp: an object a line. The columns are the keys of all lines, those of the first 100
/// first; a path such as "events.aid" is a column where something asks for it.
std::unique_ptr<Table> open_json_lines(const std::string& path);

/// python_lines.cpp: lines that are Python dicts: {u'user': 'a', 'early': False}.
std::unique_ptr<Table> open_python_lines(const std::string& path);

/// netflix_table.cpp: a line "movie:", then lines "customer,rating,date" of that movie. Columns
/// movie_id, customer_id, rating, date.
std::unique_ptr<Table> open_netflix(const std::string& path);

/// json_map.cpp: one object, {id: value}; columns `id` and `value`.
std::unique_ptr<Table> open_json_map(const std::string& path, const std::string& value);

/// parquet_table.cpp: streamed a record batch at a time. Folders of `inside` that are named
/// key=value are columns too.
std::unique_ptr<Table> open_parquet(const std::string& path, const std::string& inside);

/// Throws UserError where the first line of a file holds the names that source.header gives it.
void check_no_header(const std::string& path, const std::vector<std::string>& first_line,
                     const std::vector<std::string>& header);

}  // namespace assay::ingest

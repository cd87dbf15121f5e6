#pragma once

/// Which files a data set is read from.

#include <string>
#include <vector>

#include "task/experiment.h"

namespace assay::ingest {

/// A file and what it holds.
struct SourceFile {
  std::string path;
  std::string role;         ///< events, user, item; ids: of the vectors of a feature file
  int part = -1;            ///< events of split files: 0 train, 1 test
  int feature = -1;         ///< user, item, ids: which of the feature files; -1 is RecBole's own
  std::string inside = {};  ///< place in a partitioned folder: "year=2024/0.parquet"
};

/// The files of a data set whose path and format are known, events first.
/// Throws UserError where one is missing, or where several could be meant; it says what the folder
/// holds.
std::vector<SourceFile> source_files(const task::DatasetSpec& dataset);

/// Whether a Parquet file lies below the folder.
bool holds_parquet(const std::string& folder);

/// What a folder holds, by name; nothing where it cannot be read.
std::vector<std::string> names_in(const std::string& folder);

/// The column names of `dataset` with the defaults of its format, by role (user, item, time,
/// value, event). A role without a column is absent.
std::map<std::string, std::string> column_roles(const task::DatasetSpec& dataset);

}  // namespace assay::ingest

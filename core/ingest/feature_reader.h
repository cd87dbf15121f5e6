#pragma once

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "dataset/feature_coverage.h"
#include "ingest/event_builder.h"
#include "ingest/feature_files.h"

namespace assay::ingest {

/// The features of a data set, file by file, once its events are read.
class FeatureReader {
 public:
  /// @param events  gives the ids, and gets those that only a feature file knows
  /// @param own     of, rows: feature files that were read with the events
  /// @param time_column  of the events' times; "" without one. As of read_feature_file.
  /// @param pseudonyms  that the ids of `events` are named by already, and those of the files are not;
  ///                    null: both are as they stand in files
  FeatureReader(EventBuilder& events, const std::map<std::string, FeatureRows>& own,
                std::string time_column, const dataset::Pseudonyms* pseudonyms = nullptr);

  /// Takes one of `own`, which comes from the file `path`. Throws UserError as
  /// FeatureRows::coverage.
  void add_own(const std::string& of, const std::string& path, FeatureRows rows);
  /// Reads a file. Throws UserError: as read_feature_file and FeatureRows::coverage, and where a
  /// feature stands in two files.
  void read(const task::FeatureFileSpec& spec, const TableFormat& format);

  /// Puts the features into the tables of `data`. Returns how the ids of each file meet the log's.
  std::vector<dataset::FeatureCoverage> finish(dataset::Dataset& data) &&;

 private:
  dataset::Interner& ids(const std::string& of);
  void check_new(const task::FeatureFileSpec& spec, const std::string& column) const;

  EventBuilder& events_;
  std::string time_column_;
  const dataset::Pseudonyms* pseudonyms_;
  std::map<std::string, int64_t> log_ids_;                            // of -> count
  std::map<std::pair<std::string, std::string>, std::string> taken_;  // of, name -> file
  std::vector<std::pair<std::string, FeatureRows>> rows_;
  std::vector<dataset::FeatureCoverage> coverage_;
};

}  // namespace assay::ingest

#pragma once

/// The rows of one file of features: which id stands in which row, and the features as columns.

#include <string>
#include <string_view>
#include <vector>

#include "dataset/columns.h"
#include "dataset/dense_ids.h"
#include "dataset/feature_coverage.h"
#include "dataset/pseudonyms.h"
#include "ingest/feature_builder.h"

namespace assay::ingest {

class FeatureRows {
 public:
  /// @param ids        users or items; it grows by those that only this file knows
  /// @param id_column  for messages
  FeatureRows(dataset::Interner& ids, std::string id_column)
      : ids_(&ids), id_column_(std::move(id_column)), ids_before_(ids.size()) {}

  /// From now on ids of the file are looked up by their pseudonyms, by which `ids` knows them.
  /// @param of  user, item
  void name_ids_by(const dataset::Pseudonyms& pseudonyms, const std::string& of) {
    pseudonyms_ = &pseudonyms;
    of_ = of;
  }

  /// Begins the next row; each of `columns` then gets a value. Throws UserError: no id, or one that
  /// stood before.
  void begin(std::string_view id, const Origin& origin);

  /// Since when the row was known; then, after the last row, finish_times().
  /// @param column  its name. Throws UserError where the cell holds no time.
  void add_time(const Cell& cell, const std::string& column, const TimeReader& times,
                const Origin& origin);
  void finish_times(const std::string& column, const TimeReader& times, const std::string& path);

  /// How its ids meet the first `log_ids` ids, those of the log. Throws UserError where none does,
  /// or there is no row.
  /// @param of    user, item
  /// @param path  of the file
  dataset::FeatureCoverage coverage(const std::string& of, const std::string& path,
                                    int64_t log_ids) const;

  /// Puts the features into the order of the ids.
  void add_to(dataset::EntityTable& table) &&;

  /// How many ids there were before this file.
  int64_t ids_before() const { return ids_before_; }

  std::vector<FeatureBuilder> columns;
  std::vector<int64_t> known_since_us;  ///< of each row, or empty

 private:
  dataset::Interner* ids_;
  std::string id_column_;
  const dataset::Pseudonyms* pseudonyms_ = nullptr;
  std::string of_;
  int64_t ids_before_;
  std::vector<int32_t> row_of_;  // by id; -1 is not in the file
  std::vector<int64_t> lines_;   // of each row
  bool times_are_dated_ = false;
};

}  // namespace assay::ingest

#pragma once

/// The rows of one file of features: which id stands in which row, and the features as columns.

#include <string>
#include <string_view>
#include <vector>

#include "dataset/columns.h"
#include "dataset/dense_ids.h"
#include "import/feature_builder.h"

namespace assay {

class FeatureRows {
 public:
  /// @param ids        users or items; it grows by those that only this file knows
  /// @param id_column  for messages
  FeatureRows(Interner& ids, std::string id_column)
      : ids_(&ids), id_column_(std::move(id_column)) {}

  /// Begins the next row; each of `columns` then gets a value. Throws UserError: no id, or one that
  /// stood before.
  void begin(std::string_view id, const Origin& origin);

  /// Puts the features into the order of the ids. Throws UserError where the table has a feature of
  /// that name.
  void add_to(EntityTable& table) &&;

  std::vector<FeatureBuilder> columns;
  std::vector<int64_t> known_since;  ///< of each row, or empty

 private:
  Interner* ids_;
  std::string id_column_;
  std::vector<int32_t> row_of_;  // by id; -1 is not in the file
  std::vector<int64_t> lines_;   // of each row
};

}  // namespace assay

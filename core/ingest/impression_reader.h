#pragma once

/// Rows of tables of logged rows, put together to requests.

#include <memory>
#include <nlohmann/json.hpp>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "dataset/impressions.h"
#include "dataset/pseudonyms.h"
#include "ingest/batch_table.h"
#include "ingest/id_column.h"
#include "ingest/impression_cells.h"
#include "ingest/impression_pieces.h"
#include "ingest/time_reader.h"

namespace assay::ingest {

/// Thrown where a column that was read as numbers holds something else: the table is read again.
struct NotNumbers {
  std::string column;
};

/// Collects the rows of all files.
class ImpressionReader {
 public:
  /// @param categories  columns of the context that are read as categories, not as numbers
  ImpressionReader(const task::ImpressionsSpec& spec, const std::set<std::string>& categories);

  /// Throws UserError with the place of what is wrong, NotNumbers.
  void read(Table& table);
  /// Joins what belongs together.
  void finish(const std::string& path);
  /// Once, at the end. @param pseudonyms  of outside ids; null: they stay as they are
  void write(nlohmann::json info, const std::string& to, const dataset::Pseudonyms* pseudonyms);

 private:
  struct Places {
    NamedColumn request, user, item, time, position, propensity, allowed;
    std::vector<NamedColumn> item_from, labels, context;
  };

  NamedColumn role(Table& table, const std::string& name, Use use) const;
  NamedColumn column(Table& table, const std::string& name, const std::string& key, Use use) const;
  Places places_in(Table& table) const;
  void read_row(Table& table, const Places& at);
  void read_item(Table& table, const Places& at, const Origin& origin);
  void read_labels(Table& table, const Places& at, const Origin& origin);
  void read_context(Table& table, const Places& at, const Origin& origin);
  bool begins_request(Table& table, const Places& at, const Origin& origin);
  void read_request(Table& table, const Places& at, const Origin& origin);
  void same_request(Table& table, const Places& at, const Origin& origin);
  int32_t user_of(Table& table, const Places& at, const Origin& origin);
  int64_t time_in(Table& table, const Places& at, const Origin& origin) const;
  int32_t allowed_of(Table& table, const Places& at, const Origin& origin);
  bool is_allowed(int32_t item, int32_t set) const;

  const task::ImpressionsSpec& spec_;
  const TimeReader times_;
  dataset::ImpressionTable table_;
  dataset::Interner users_, items_, sets_;
  IdColumn user_ids_, item_ids_, allowed_ids_;
  std::vector<std::unique_ptr<dataset::Interner>> labels_of_;  // of context columns
  dataset::ImpressionColumn<ImpressionPiece> pieces_;
  dataset::ImpressionColumn<int64_t> lines_;
  const char* unit_ = nullptr;
  std::string request_, buffer_;
  std::string allowed_text_;
  int32_t allowed_known_ = -1;
  std::vector<std::string> digits_;
  std::vector<std::string_view> members_;
  std::vector<int32_t> set_;
  bool dated_ = false;
  int64_t without_item_ = 0, outside_ = 0, joined_ = 0;
};

}  // namespace assay::ingest

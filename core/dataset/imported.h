#pragma once

/// Imported data: what a reader made of outside files, as one mapped safetensors file under the
/// hash of those files. A second run does not parse again.
///
/// Tensors of a data set (E events, U users, N items; ids are dense and follow outside ids, numeric
/// order where all are integers, else bytewise):
///
///  - event.user, event.item: int32 [E], in time order; equal times keep file order; without times
///    in file order
///  - event.row: int32 [E], place in the file(s), counted from 0 over data rows, dropped ones among
///    them; absent where that is the order of the events
///  - event.time_us: int64 [E], microseconds since 1970, UTC; absent without a time column
///  - event.type: int32 [E], place in info()["event_types"]; absent without a column of types
///  - event.number.<column>: float64 [E], every column that is numeric throughout; NaN where empty
///  - event.text.<column>: int32 [E], place among its distinct texts, -1 where it is empty;
///    event.labels.<column>, event.label_offsets.<column> [T + 1]: those, in the order of ids; of the
///    columns of texts that targets compare
///  - event.part: uint8 [E], 0 train, 1 test; only where the files themselves are split
///  - <kind>.id.text: uint8 [..], <kind>.id.offsets: int64 [rows + 1] (kind is user or item)
///  - <kind>.listed: uint8 [rows], 1 where a row stands in the feature file; absent without one
///  - <kind>.known_since_us: int64 [rows], time column of the feature file, -1 where there is no
///    row; absent without one
///  - <kind>.feature.<name>.*: as in dataset/prepared.h
///
/// Tensors of ranked lists (Q queries, L entries): query.text, query.text.offsets [Q + 1] (outside
/// ids), list.offsets int64 [Q + 1], item.text, item.text.offsets [M + 1] (distinct outside ids),
/// list.item int32 [L], list.score float32 [L], each list best first.

#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "dataset/columns.h"
#include "dataset/safetensors.h"

namespace assay::dataset {

/// Imported data in the cache.
struct ImportedRef {
  std::string path;  ///< the safetensors file
  /// SHA-256 over the outside files' bytes, the reader and its settings: the data hash.
  std::string key;
  nlohmann::json info;  ///< as ImportedData::info()
};

/// Imported data, mapped. Cheap to copy; spans stay valid as long as a copy lives.
class ImportedData {
 public:
  /// Throws UserError where the file is missing or damaged.
  static ImportedData open(const std::string& path);

  int64_t events() const;
  int64_t users() const;
  int64_t items() const;
  bool has_times() const { return file_.has("event.time_us"); }
  bool has_parts() const { return file_.has("event.part"); }
  const SafetensorsFile& file() const { return file_; }
  TextView user_ids() const { return ids("user"); }
  TextView item_ids() const { return ids("item"); }
  TextView ids(const std::string& kind) const;

  /// {"format", "files": [{"name", "bytes", "sha256"}], "value" (the default value column or ""),
  ///  "numbers": [names], "fractions" (whether a time of an event is no whole second),
  ///  "missing_times" (rows without a time that were dropped; absent where they are errors),
  ///  "dates_are_numbers" (whether times are days that the file writes as 20240131),
  ///  "event_types": [names, in the order of ids],
  ///  "not_numbers": {column: why}, "features": {"user": [{"name", "type", "cardinality"}], "item":
  ///  [..]}}
  const nlohmann::json& info() const { return info_; }

 private:
  SafetensorsFile file_;
  nlohmann::json info_;
};

/// Of the tensors above: raised when they change. It is part of the file's name and not of the
/// data's identity, so that files of other layouts are left alone.
inline constexpr int kImportedLayout = 3;

/// A column of texts of the events, in their order.
struct TextCodes {
  std::string name;
  LargeVector<int32_t> code;  ///< row of `labels`; -1 empty
  TextColumn labels;
};

/// Writes what a reader made, atomically. Events are put in time order, ids in the order of outside
/// ids. Where they have to be sorted, 8 bytes an event are held beside them meanwhile.
void write_imported(Dataset data, nlohmann::json info, const std::string& path,
                    std::vector<TextCodes> texts = {});

}  // namespace assay::dataset

#pragma once

/// Data as readers hand it over: columns, in the order of the files.

#include <cstdint>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "dataset/large_vector.h"

namespace assay::dataset {

class PreallocatedTensorFile;

/// Strings end to end, as they lie in a mapping.
struct TextView {
  std::span<const char> bytes;
  std::span<const int64_t> offsets;  ///< [rows + 1]
  int64_t size() const { return offsets.empty() ? 0 : static_cast<int64_t>(offsets.size()) - 1; }
  std::string_view operator[](int64_t row) const {
    return {bytes.data() + offsets[row], static_cast<size_t>(offsets[row + 1] - offsets[row])};
  }
};

/// Strings end to end, growing.
struct TextColumn {
  std::string bytes;
  std::vector<int64_t> offsets = {0};

  void add(std::string_view text) {
    bytes.append(text);
    offsets.push_back(static_cast<int64_t>(bytes.size()));
  }
  int64_t size() const { return static_cast<int64_t>(offsets.size()) - 1; }
  TextView view() const { return {bytes, offsets}; }
  std::string_view operator[](int64_t row) const { return view()[row]; }
};

/// One feature of users or items; row r belongs to the r-th id of its table.
struct FeatureColumn {
  std::string name;
  std::string type;                  ///< category, number, set, vector, text
  std::vector<int32_t> category;     ///< category: -1 missing
  std::vector<float> number;         ///< number [rows], vector [rows * width]: NaN missing
  int64_t width = 0;                 ///< vector
  std::vector<int64_t> set_values;   ///< set: ascending within a row
  std::vector<int64_t> set_offsets;  ///< set: [rows + 1]
  TextColumn text;                   ///< text
  TextColumn labels;                 ///< category, set: outside names of 0..cardinality-1
};

/// Users or items: those of the events in the order of their first event, then those of the feature
/// file alone.
struct EntityTable {
  TextColumn ids;
  std::vector<FeatureColumn> features;
  std::vector<uint8_t> listed;  ///< 1 where a row stands in the feature file; empty without one
  std::vector<int64_t> known_since_us;  ///< time column of the feature file; empty without one
};

/// A numeric column of the events.
struct NumberColumn {
  std::string name;
  LargeVector<double> values;  ///< NaN: empty in the file
};

struct EventTable {
  LargeVector<int32_t> user;  ///< row of Dataset::users
  LargeVector<int32_t> item;
  LargeVector<int32_t> row;        ///< place in the files; empty where events follow each other
  LargeVector<int64_t> time_us;    ///< empty without a time column
  bool dates_are_numbers = false;  ///< times are midnights of days that the file writes as 20240131
  LargeVector<uint8_t> part;       ///< 0 train, 1 test; empty where the files are not split
  LargeVector<int32_t> type;       ///< row of `types`; empty without a column of event types
  TextColumn types;                ///< their names
  std::vector<NumberColumn> numbers;
  /// columns left out, and the place and text that made it so
  std::map<std::string, std::string> not_numbers;
  std::string value;  ///< the column of numbers that holds the strength of an event, or ""
};

struct Dataset {
  /// where columns of events may lie; before them, to outlive them
  std::shared_ptr<PreallocatedTensorFile> preallocated;
  EventTable events;
  EntityTable users;
  EntityTable items;
};

}  // namespace assay::dataset

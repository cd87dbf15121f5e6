#pragma once

/// Logged rows: what was shown to whom, and what came of it. A request is the rows that one answer
/// of a recommender was made of.
///
/// Two files of the cache have this form: what was imported of a table (ids are those of the table,
/// in the order in which they come first), and what was prepared of it beside a prepared data set
/// (users and items are those of that data set). Requests stand in the order of their first rows,
/// rows in the order of the table within their request.
///
/// Tensors (R requests, N rows, A distinct allowed sets):
///
///  - request.user: int32 [R], -1 anonymous
///  - request.time_us: int64 [R], microseconds since 1970, UTC; absent without times
///  - request.offsets: int64 [R + 1], rows of each request
///  - request.window: uint8 [R], a Window, or 255 where the split leaves it out; prepared only
///  - row.item: int32 [N], -1 none
///  - row.position: int32 [N], as in the table, -1 none; absent without a column
///  - row.label.<name>: uint8 [N], 1 the label holds, 0 not, 255 missing; or float32 [N] where the
///    label is a value (at least 0, NaN missing), which is positive above 0
///  - row.propensity: float32 [N], the probability with which the logging policy showed the row, in
///    (0, 1]; absent without a column
///  - allowed.set: int32 [R], place among the distinct sets, -1 all items; absent without a column
///  - allowed.values: int32 [..], allowed.offsets: int64 [A + 1], items, ascending within a set
///  - <of>.context.<name>: int32, a category (-1 missing) with .labels, .labels.offsets, or float32,
///    a number (NaN missing); [R] where <of> is request, [N] where it is row: a column that is the
///    same in all rows of each request is the request's
///  - user.id.text, .offsets, item.id.text, .offsets: as in dataset/prepared.h; imported only
///
/// It is written as it is read: ids and distinct allowed sets are held in memory, columns beyond
/// 16 MiB in temporary files.

#include <cstdint>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "dataset/columns.h"
#include "dataset/safetensors.h"

namespace assay::dataset {

/// Of the tensors above: raised when they change. It is part of the file's name and not of its
/// identity. Far from the layouts of prepared and imported files, beside which such files lie.
inline constexpr int kImpressionsLayout = 1001;

inline constexpr size_t kImpressionsInMemory = size_t{16} << 20;
template <typename T>
using ImpressionColumn = LargeVector<T, kImpressionsInMemory>;

inline constexpr uint8_t kLabelMissing = 255;
inline constexpr uint8_t kNoWindow = 255;

/// One label of the rows: flags or values.
struct ImpressionLabel {
  std::string name;
  bool is_value = false;
  ImpressionColumn<uint8_t> flag;
  ImpressionColumn<float> value;
};

/// One column that was known before the answer.
struct ImpressionContext {
  std::string name;
  bool is_category = false;
  bool of_request = false;
  ImpressionColumn<int32_t> code;
  ImpressionColumn<float> number;
  TextColumn labels;
};

/// A table while it is made; fields as the tensors of the same name.
struct ImpressionTable {
  ImpressionColumn<int32_t> user;
  ImpressionColumn<int64_t> time_us;
  ImpressionColumn<int64_t> offsets = {0};
  ImpressionColumn<uint8_t> window;
  ImpressionColumn<int32_t> item, position;
  ImpressionColumn<float> propensity;
  std::vector<ImpressionLabel> labels;
  std::vector<ImpressionContext> context;
  ImpressionColumn<int32_t> allowed_set, allowed_values;
  ImpressionColumn<int64_t> allowed_offsets = {0};

  int64_t requests() const { return static_cast<int64_t>(user.size()); }
  int64_t rows() const { return static_cast<int64_t>(item.size()); }
};

/// Adds the tensors of a table, which must live until the writer wrote. Columns that are empty are
/// left out.
void add_impressions(SafetensorsWriter& out, const ImpressionTable& table);

/// [{"name", "of": request | row, "type": category | number, "cardinality"}].
nlohmann::json context_info(const ImpressionTable& table);

/// A label as it lies in a file: one of the spans is empty.
struct LabelView {
  std::string name;
  std::span<const uint8_t> flag;
  std::span<const float> value;

  bool is_value() const { return flag.empty(); }
  bool missing(int64_t row) const;
  bool positive(int64_t row) const { return is_value() ? value[row] > 0 : flag[row] == 1; }
  /// 1, 0 or the value; NaN where it is missing.
  float number(int64_t row) const;
};

struct ContextView {
  std::string name;
  bool of_request = false;
  bool is_category = false;
  std::span<const int32_t> code;  ///< of a category, with its labels
  std::span<const float> number;
  TextView labels;
};

/// A table in the cache, mapped. Cheap to copy; spans stay valid as long as a copy lives.
class Impressions {
 public:
  /// Throws UserError where the file is missing or damaged.
  static Impressions open(const std::string& path);

  int64_t requests() const { return static_cast<int64_t>(user().size()); }
  int64_t rows() const { return static_cast<int64_t>(item().size()); }
  std::span<const int32_t> user() const { return file_.array<int32_t>("request.user"); }
  std::span<const int64_t> offsets() const { return file_.array<int64_t>("request.offsets"); }
  std::span<const int32_t> item() const { return file_.array<int32_t>("row.item"); }
  /// These are empty where the file has none.
  std::span<const int64_t> time_us() const { return array_or_none<int64_t>("request.time_us"); }
  std::span<const uint8_t> window() const { return array_or_none<uint8_t>("request.window"); }
  std::span<const int32_t> position() const { return array_or_none<int32_t>("row.position"); }
  std::span<const float> propensity() const { return array_or_none<float>("row.propensity"); }
  std::span<const int32_t> allowed_set() const { return array_or_none<int32_t>("allowed.set"); }
  /// The items of a distinct set.
  std::span<const int32_t> allowed(int32_t set) const;
  int64_t allowed_sets() const;
  bool has_times() const { return file_.has("request.time_us"); }

  const std::vector<LabelView>& labels() const { return labels_; }
  const std::vector<ContextView>& context() const { return context_; }
  TextView ids(const std::string& kind) const;
  const SafetensorsFile& file() const { return file_; }

  /// Of an import: {"format", "files", "requests", "rows", "users", "items", "anonymous",
  /// "rows_without_item", "pieces" (requests whose rows stand apart), "outside_allowed" (rows whose
  /// item is not in their allowed set), "allowed_sets", "first_time_us", "last_time_us" (-1 without
  /// times), "labels": [{"name", "kind": flag | value, "positive", "missing"}], "context",
  /// "propensity": {"least", "most", "mean"} or null}.
  /// Of a preparation these and {"key", "new_users", "new_items", "windows": {name: requests}}.
  const nlohmann::json& info() const { return info_; }

 private:
  template <typename T>
  std::span<const T> array_or_none(const char* name) const {
    return file_.has(name) ? file_.array<T>(name) : std::span<const T>();
  }

  SafetensorsFile file_;
  nlohmann::json info_;
  std::vector<LabelView> labels_;
  std::vector<ContextView> context_;
};

}  // namespace assay::dataset

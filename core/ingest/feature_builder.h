#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "dataset/columns.h"
#include "dataset/dense_ids.h"
#include "ingest/event_builder.h"
#include "ingest/table.h"

namespace assay::ingest {

/// Collects one feature in the order of its file, then puts it into the order of the ids.
class FeatureBuilder {
 public:
  /// @param type       category, number, set, vector, text
  /// @param separator  between the members of a set or vector in a text; " " takes runs of blanks
  FeatureBuilder(const std::string& name, const std::string& type, std::string separator = " ");

  /// The value of the next row; "" is missing. Throws UserError: no number, or a vector of another
  /// length.
  void add(std::string_view text, const Origin& origin);
  /// As above, of a cell of any format. Also throws where its kind does not make the type, where a
  /// vector holds NaN, and where a label is no UTF-8.
  void add(const Cell& cell, const Origin& origin);

  const std::string& name() const { return feature_.name; }

  /// The feature in the order of ids: row r is line `line_of[r]` of the file (from 0), -1 is
  /// missing.
  dataset::FeatureColumn finish(const std::vector<int32_t>& line_of) &&;

 private:
  void check_no_list_text(std::string_view text, const Origin& origin) const;
  void split(std::string_view text);
  void add_list(const Cell& cell, const Origin& origin);
  void add_set();
  void add_vector(const Origin& origin);
  bool add_component(double value);  // false where 32 bits do not hold it
  [[noreturn]] void too_large(std::string_view shown, const Origin& origin) const;
  void check_width(size_t width, const Origin& origin);
  void add_missing();
  void lay_out_vectors();
  void order_labels();

  dataset::FeatureColumn feature_;
  std::string separator_;
  dataset::Interner labels_;
  std::vector<std::string_view> words_;
  std::vector<uint8_t> has_vector_;  // of each line; those without get theirs at the end
};

}  // namespace assay::ingest

#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "dataset/columns.h"
#include "dataset/dense_ids.h"
#include "import/event_builder.h"

namespace assay {

/// Collects one feature in the order of its file, then puts it into the order of the ids.
class FeatureBuilder {
 public:
  /// @param type  of the atomic file: token, float, token_seq, float_seq
  FeatureBuilder(const std::string& name, const std::string& type);

  /// The value of the next row; "" is missing. Throws UserError: no number, or a vector of another
  /// length.
  void add(std::string_view text, const Origin& origin);

  /// The feature in the order of ids: row r is line `line_of[r]` of the file (from 0), -1 is
  /// missing.
  FeatureColumn finish(const std::vector<int32_t>& line_of) &&;

 private:
  void add_set(std::string_view text);
  void add_vector(std::string_view text, const Origin& origin);
  void add_missing();
  void lay_out_vectors();
  void order_labels();

  FeatureColumn feature_;
  Interner labels_;
  std::vector<std::string_view> words_;
  std::vector<uint8_t> has_vector_;  // of each line; those without get theirs at the end
};

}  // namespace assay

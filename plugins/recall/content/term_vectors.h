#pragma once

#include <assay/features.h>

#include <cstdint>
#include <span>
#include <vector>

namespace assay::content {

/// A sparse matrix by rows: row r has the terms offsets[r] .. offsets[r + 1] - 1, ascending.
struct SparseRows {
  std::vector<int64_t> offsets = {0};
  std::vector<int32_t> terms;  ///< in 0 .. columns - 1
  std::vector<double> values;  ///< beside `terms`
  int64_t columns = 0;

  int64_t rows() const { return std::ssize(offsets) - 1; }
  std::span<const int32_t> terms_of(int64_t row) const { return part(terms, row); }
  std::span<const double> values_of(int64_t row) const { return part(values, row); }

 private:
  template <typename T>
  std::span<const T> part(const std::vector<T>& all, int64_t row) const {
    return std::span(all).subspan(static_cast<size_t>(offsets[row]),
                                  static_cast<size_t>(offsets[row + 1] - offsets[row]));
  }
};

/// How often each term stands in each row of a feature: the category, the members of a set (once
/// each), or the words of a text (tokens.h), numbered as they are first met. Rows that miss the
/// feature are empty.
SparseRows term_counts(const Feature& feature);

/// Counts as unit vectors of tf-idf:
///
///     value = (1 + ln tf) (ln((1 + n) / (1 + df)) + 1), divided by the length of the row
///
/// n rows, the empty ones among them, of which df have the term: what scikit-learn's
/// TfidfVectorizer(sublinear_tf=True, smooth_idf=True, norm="l2", min_df=min_rows) gives.
/// @param min_rows  terms in fewer rows are left out
SparseRows tf_idf(SparseRows counts, int64_t min_rows);

}  // namespace assay::content

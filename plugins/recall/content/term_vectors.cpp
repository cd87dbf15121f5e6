#include "term_vectors.h"

#include <assay/extra/interactions/ragged_spans.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <string>
#include <unordered_map>

#include "tokens.h"

namespace assay::content {
namespace {

void end_row(SparseRows& rows) { rows.offsets.push_back(std::ssize(rows.terms)); }

SparseRows counts_of_categories(const Feature& feature) {
  SparseRows rows;
  const at::Tensor values = feature.values.cpu().contiguous();
  for (int64_t row = 0; row < values.size(0); ++row) {
    const int32_t category = values.const_data_ptr<int32_t>()[row];
    if (category >= 0) rows.terms.push_back(category);
    end_row(rows);
  }
  rows.columns = feature.cardinality;
  return rows;
}

SparseRows counts_of_sets(const Feature& feature) {
  SparseRows rows;
  const extra::RaggedSpans sets(feature.sets);
  for (int64_t row = 0; row < sets.size(); ++row) {
    for (const int64_t member : sets[row]) rows.terms.push_back(static_cast<int32_t>(member));
    end_row(rows);
  }
  rows.columns = feature.cardinality;
  return rows;
}

SparseRows counts_of_texts(const Feature& feature) {
  SparseRows rows;
  std::unordered_map<std::string, int32_t> numbers;
  std::map<int32_t, double> counts;  // of one text
  for (const std::string& text : feature.texts) {
    counts.clear();
    each_word(text, [&](const std::string& word) {
      const auto next = static_cast<int32_t>(numbers.size());
      ++counts[numbers.try_emplace(word, next).first->second];
    });
    for (const auto& [term, count] : counts) {
      rows.terms.push_back(term);
      rows.values.push_back(count);
    }
    end_row(rows);
  }
  rows.columns = std::ssize(numbers);
  return rows;
}

// In how many rows each term is.
std::vector<int64_t> row_counts(const SparseRows& rows) {
  std::vector<int64_t> counts(static_cast<size_t>(rows.columns), 0);
  for (const int32_t term : rows.terms) ++counts[term];
  return counts;
}

void divide_by_length(std::span<double> row) {
  double square = 0;
  for (const double value : row) square += value * value;
  for (double& value : row) value /= std::sqrt(square);
}

}  // namespace

SparseRows term_counts(const Feature& feature) {
  if (feature.type == FeatureType::text) return counts_of_texts(feature);
  SparseRows rows = feature.type == FeatureType::category ? counts_of_categories(feature)
                                                          : counts_of_sets(feature);
  rows.values.assign(rows.terms.size(), 1);
  return rows;
}

SparseRows tf_idf(SparseRows counts, int64_t min_rows) {
  const std::vector<int64_t> in_rows = row_counts(counts);
  const auto n = static_cast<double>(counts.rows());
  std::vector<double> idf;
  for (const int64_t df : in_rows)
    idf.push_back(std::log((1 + n) / (1 + static_cast<double>(df))) + 1);
  SparseRows rows;
  rows.columns = counts.columns;
  for (int64_t row = 0; row < counts.rows(); ++row) {
    const auto terms = counts.terms_of(row);
    const auto times = counts.values_of(row);
    for (size_t at = 0; at < terms.size(); ++at) {
      if (in_rows[terms[at]] < min_rows) continue;
      rows.terms.push_back(terms[at]);
      rows.values.push_back((1 + std::log(times[at])) * idf[terms[at]]);
    }
    divide_by_length(std::span(rows.values).subspan(static_cast<size_t>(rows.offsets.back())));
    end_row(rows);
  }
  return rows;
}

}  // namespace assay::content

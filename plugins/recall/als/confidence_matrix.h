#pragma once

#include <assay/batch.h>
#include <assay/extra/interactions/ragged_spans.h>

#include <algorithm>
#include <cstdint>
#include <span>
#include <vector>

namespace assay::als {

/// What r_ui is in c_ui = 1 + alpha r_ui, the `repeats` of this model.
enum class Strength {
  positive,  ///< 1 for a positive pair, or the largest weight of its events
  events,    ///< how many positive events the pair has, or the sum of their weights
};

/// How much a pair counts by its positive events.
struct Confidence {
  double alpha;
  Strength strength;

  Repeats repeats() const { return strength == Strength::events ? Repeats::each : Repeats::once; }
  /// c of a pair by its r.
  float of(double r) const { return static_cast<float>(1 + alpha * r); }
  /// c of a pair that had some events before, by the r of later ones.
  float with_later(float before, double r) const {
    return strength == Strength::events ? before + static_cast<float>(alpha * r)
                                        : std::max(before, of(r));
  }
};

/// One side's rows of the sparse matrix of positives, with the confidence of each.
struct ConfidenceMatrix {
  Ragged columns;                 ///< int64, on the CPU
  std::vector<float> confidence;  ///< c of each value of `columns`, above 0
};

/// One row: a request's history, each item once, ascending.
struct ConfidenceRow {
  std::vector<int64_t> columns;
  std::vector<float> confidence;
};

/// Plain pointers into a ConfidenceMatrix, which must live as long.
struct ConfidenceView {
  explicit ConfidenceView(const ConfidenceMatrix& seen)
      : offsets(seen.columns.offsets.const_data_ptr<int64_t>()),
        columns(seen.columns.values.const_data_ptr<int64_t>()),
        confidence(seen.confidence.data()),
        rows(seen.columns.rows()) {}
  std::span<const int64_t> columns_of(int64_t row) const {
    return {columns + offsets[row], columns + offsets[row + 1]};
  }
  std::span<const float> confidence_of(int64_t row) const {
    return {confidence + offsets[row], confidence + offsets[row + 1]};
  }
  const int64_t* offsets;
  const int64_t* columns;
  const float* confidence;
  int64_t rows;
};

/// The users' rows of the events, in the order of by_user.
ConfidenceMatrix confidence_matrix(const TrainingView& data, const Confidence& confidence);

/// The users' rows with later events: pairs that were there count more, new ones follow those that
/// the user had, ascending.
ConfidenceMatrix with_later(const ConfidenceMatrix& by_user, const EventSlice& events,
                            const Confidence& confidence);

/// The other side's rows of the same matrix, their columns ascending.
/// @param columns  how many columns the matrix has, which are the rows of the result
ConfidenceMatrix transposed(const ConfidenceMatrix& matrix, int64_t columns);

/// The given row of counted histories (extra::counted_history).
ConfidenceRow confidence_row(const extra::WeightedSpans& histories, int64_t row,
                             const Confidence& confidence);

}  // namespace assay::als

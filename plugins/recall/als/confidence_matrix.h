#pragma once

#include <assay/batch.h>

#include <cstdint>
#include <span>
#include <vector>

namespace assay::als {

/// What r_ui is in c_ui = 1 + alpha r_ui.
enum class Strength {
  positive,  ///< 1 for a positive pair
  events,    ///< how many positive events the pair has
};

/// How much a pair counts by its positive events.
struct Confidence {
  double alpha;
  Strength strength;

  /// c of a pair with that many positive events.
  float of(double events) const {
    return static_cast<float>(1 + alpha * (strength == Strength::events ? events : 1.0));
  }
  /// What later events add to the c of a pair that had some before.
  float of_later(double events) const {
    return strength == Strength::events ? static_cast<float>(alpha * events) : 0.F;
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

ConfidenceRow confidence_row(std::span<const int64_t> history, const Confidence& confidence);

}  // namespace assay::als

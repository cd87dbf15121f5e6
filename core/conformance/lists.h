#pragma once

#include <assay/batch.h>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace assay::conformance {

/// A candidate batch as plain rows. Only batches that passed shape_problem() can become one.
struct Lists {
  explicit Lists(const CandidateBatch& batch);

  int64_t rows = 0;
  int64_t width = 0;
  std::vector<int64_t> item;
  std::vector<float> score;

  int64_t item_at(int64_t row, int64_t rank) const {
    return item[static_cast<size_t>(row * width + rank)];
  }
  float score_at(int64_t row, int64_t rank) const {
    return score[static_cast<size_t>(row * width + rank)];
  }
  /// Items before the padding.
  int64_t length(int64_t row) const;
};

/// Each rule of a batch on its own: nothing where it holds, else what was found and expected, with
/// the request (its number in the batch). `shape_problem` must hold before the others are asked.
using RuleProblem = std::optional<std::string>;

/// item int64 and score float32 [B, at most `widest`], source_score and propensity to match, all on
/// the CPU.
RuleProblem shape_problem(const CandidateBatch& got, int64_t requests, int64_t widest);
/// -1 and -inf, at the tail only.
RuleProblem padding_problem(const Lists& got, const std::vector<int64_t>& eligible, int64_t slots);
/// No NaN, no infinity but on padding.
RuleProblem number_problem(const Lists& got);
/// Ids 0..items-1 and -1.
RuleProblem catalogue_problem(const Lists& got, int64_t items);
RuleProblem duplicate_problem(const Lists& got);
RuleProblem excluded_problem(const Lists& got, const Ragged& excluded);
RuleProblem allowed_problem(const Lists& got, const Ragged& allowed);
RuleProblem falling_problem(const Lists& got);
/// Rank: the same items in each row.
RuleProblem kept_items_problem(const Lists& got, const Lists& given);
/// Rerank: only items of the row.
RuleProblem candidates_problem(const Lists& got, const Lists& given);
/// Rerank: each with the score it came with.
RuleProblem kept_scores_problem(const Lists& got, const Lists& given);

/// Equal bits, or which request differs first and how.
RuleProblem bits_problem(const CandidateBatch& expected, const CandidateBatch& got);

/// Equal up to ties: at each rank the same item with a score within 1e-5 of the largest, or items
/// whose scores lie that close (docs/accuracy.md). With `scores_order` false, scores do not give
/// the order (rerank), and items must be equal.
RuleProblem tie_problem(const Lists& expected, const Lists& got, bool scores_order);

}  // namespace assay::conformance

#pragma once
// Part of assay::extra, which promises no stable API or ABI: see assay/extra/README.md.

/// What a fitted ranker says of candidates, for another one that learns from it.

#include <ATen/core/Tensor.h>
#include <assay/batch.h>
#include <assay/context.h>
#include <assay/strategy.h>

#include <string>

namespace assay::extra {

/// What the scores of a teacher are.
enum class TeacherScores { probabilities, log_odds };

/// A ranker that another one learns from.
class Teacher {
 public:
  /// @param who    the strategy that learns, for messages
  /// @param input  the name of the teacher among ctx.inputs()
  /// Throws InvalidInput where that is no rank stage.
  Teacher(std::string who, std::string input, TeacherScores scores, const FitContext& ctx);

  /// float64 [B, K], the log-odds of a positive, in the places of `candidates`; anything at padding.
  /// Throws InvalidInput where the teacher leaves candidates out or brings others, and where its
  /// scores are not what they are said to be.
  at::Tensor log_odds(const RequestBatch& requests, const CandidateBatch& candidates) const;

 private:
  std::string who_, input_;
  TeacherScores scores_;
  const RankStrategy* teacher_;
  ServeContext serving_;
};

}  // namespace assay::extra

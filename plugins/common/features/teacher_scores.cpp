#include <ATen/TensorOperators.h>
#include <ATen/ops/empty_like.h>
#include <assay/error.h>
#include <assay/extra/features/teacher_scores.h>

#include <sstream>
#include <utility>

namespace assay::extra {
namespace {

// Beyond this a log-odds is that of one in ten million, and no float32 probability is nearer to 1.
constexpr double kNearest = 1e-7;

const RankStrategy* ranker(const Strategy& strategy, const std::string& who,
                           const std::string& input) {
  if (const auto* const found = dynamic_cast<const RankStrategy*>(&strategy)) return found;
  throw InvalidInput(who + ": `inputs: " + input +
                     "` names no rank stage; name one, such as `control.rank[0]`, or write one in "
                     "place.");
}

std::string shown(double value) {
  std::ostringstream out;
  out << value;
  return out.str();
}

}  // namespace

Teacher::Teacher(std::string who, std::string input, TeacherScores scores, const FitContext& ctx)
    : who_(std::move(who)),
      input_(std::move(input)),
      scores_(scores),
      teacher_(ranker(ctx.inputs().at(input_), who_, input_)),
      serving_(ctx.serving()) {}

at::Tensor Teacher::log_odds(const RequestBatch& requests, const CandidateBatch& candidates) const {
  const CandidateBatch said = teacher_->rank(requests, candidates, serving_);
  const auto [given, places] = candidates.item.sort(1);
  const auto [answered, places_of_teacher] = said.item.sort(1);
  if (!given.sizes().equals(answered.sizes()) || !given.equal(answered)) {
    throw InvalidInput(who_ + ": the teacher (`inputs: " + input_ +
                       "`) knows other items: it left out candidates that it was to score, or "
                       "brought others. Name a rank stage over the same items that keeps all of "
                       "its candidates.");
  }
  // Its order is another one.
  at::Tensor score = at::empty_like(candidates.score, at::kDouble);
  score.scatter_(1, places, said.score.to(at::kDouble).gather(1, places_of_teacher));
  score.masked_fill_(candidates.item < 0, 0.5);
  if (scores_ == TeacherScores::log_odds) return score;
  const at::Tensor outside = score.masked_select((score < 0).logical_or(score > 1));
  if (outside.size(0) > 0) {
    throw InvalidInput(
        who_ + ": the teacher (`inputs: " + input_ + "`) gives a score of " +
        shown(outside[0].item<double>()) +
        ", which is no probability. Set `distill_scores: log_odds` where its scores "
        "are sums, as those of gbdt are, or name a ranker that gives probabilities.");
  }
  return score.logit(kNearest);
}

}  // namespace assay::extra

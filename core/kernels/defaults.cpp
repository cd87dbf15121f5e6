/// What the SDK's interfaces do where a plugin says nothing, and their destructors (so that each
/// class has one home for its type information).

#include <assay/batch.h>
#include <assay/context.h>
#include <assay/error.h>
#include <assay/strategy.h>

#include <stdexcept>

namespace assay {

InvalidInput::~InvalidInput() = default;
LabelledCandidates::~LabelledCandidates() = default;
FitContext::~FitContext() = default;
VectorModel::~VectorModel() = default;
Strategy::~Strategy() = default;
Metric::~Metric() = default;

void Strategy::save(Archive&) const {}
void Strategy::load(const Archive&, const LoadContext&) {}

void Strategy::fit_part(const std::string& name, const TrainingView&, FitContext&, Archive&) const {
  throw std::logic_error("declares the part \"" + name + "\", but has no fit_part()");
}

void RecallStrategy::fit(const TrainingView&, FitContext&) {}
void RankStrategy::fit(const TrainingView&, LabelledCandidates&, FitContext&) {}
void RerankStrategy::fit(const TrainingView&, LabelledCandidates&, FitContext&) {}

void Strategy::update(const EventSlice&, FitContext&) {
  throw std::logic_error("this strategy cannot be updated; fit it again");
}

std::optional<Explanation> Strategy::explain(const RequestBatch&, const CandidateBatch&,
                                             const ServeContext&) const {
  return std::nullopt;
}

const VectorModel* Strategy::vectors() const { return nullptr; }

std::optional<at::Tensor> Strategy::action_probability(const RequestBatch&, const CandidateBatch&,
                                                       const ServeContext&) const {
  return std::nullopt;
}

void Metric::fit(const TrainingView&, FitContext&) {}

}  // namespace assay

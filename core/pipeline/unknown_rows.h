#pragma once

#include <assay/batch.h>

namespace assay::pipeline {

/// Requests for which a recall stage returned nothing: those that it does not know.

/// int64 [R], ascending, on the CPU: the rows among the first `requests` that hold no item.
at::Tensor unknown_rows(const CandidateBatch& lists, int64_t requests);

/// The given rows (int64, on the CPU) as a batch of their own, with their context.
RequestBatch chosen_requests(const RequestBatch& requests, const at::Tensor& rows);

/// `lists` with the given rows, which hold no item, replaced by those of `answers`, in that order. As
/// wide as the wider of both. Propensities stay where both have them.
CandidateBatch with_answers(const CandidateBatch& lists, const at::Tensor& rows,
                            const CandidateBatch& answers);

}  // namespace assay::pipeline

#pragma once

#include <assay/batch.h>

#include <cstdint>
#include <vector>

#include "contract/rules.h"

namespace assay::conformance {

/// The rules of a batch (contract/rules.h), each over all its lists: nothing where it holds, else
/// what was found and expected, with the request's number in the batch. They may be asked where
/// contract::shape_breach finds nothing.

/// -1 and -inf, at the tail only, and as much of it as the candidates leave slots.
/// @param eligible  candidates of each request
contract::Breach padding_problem(const contract::Lists& got, const std::vector<int64_t>& eligible,
                                 int64_t slots);
/// No NaN, no infinity but on padding.
contract::Breach number_problem(const contract::Lists& got);
/// Ids 0..items-1 and -1.
contract::Breach catalogue_problem(const contract::Lists& got, int64_t items);
contract::Breach duplicate_problem(const contract::Lists& got);
contract::Breach excluded_problem(const contract::Lists& got, const Ragged& excluded);
contract::Breach allowed_problem(const contract::Lists& got, const Ragged& allowed);
contract::Breach falling_problem(const contract::Lists& got);
/// Rank: the same items in each row.
contract::Breach kept_items_problem(const contract::Lists& got, const contract::Lists& given);
/// Rerank: only items of the row.
contract::Breach candidates_problem(const contract::Lists& got, const contract::Lists& given);
/// Rerank: each with the score it came with.
contract::Breach kept_scores_problem(const contract::Lists& got, const contract::Lists& given);

/// Equal bits, or which request differs first and how.
contract::Breach bits_problem(const CandidateBatch& expected, const CandidateBatch& got);

/// Equal up to ties: at each rank the same item with a score within 1e-5 of the largest, or items
/// whose scores lie that close (docs/results-database.md, "verify"). With `scores_order` false, scores do not give
/// the order (rerank), and items must be equal.
contract::Breach tie_problem(const contract::Lists& expected, const contract::Lists& got,
                             bool scores_order);

}  // namespace assay::conformance

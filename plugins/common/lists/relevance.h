#pragma once
// Part of assay::extra, which promises no stable API or ABI: see assay/extra/README.md.

/// The worth of a candidate to a reranker, and the parameter that says which.

#include <ATen/core/Tensor.h>
#include <assay/batch.h>
#include <assay/params.h>

namespace assay::extra {

/// What rerankers take for the worth of a candidate. Scores of different rankers have different
/// scales; a trade-off between worth and something else needs one that is known.
enum class Relevance {
  raw,     ///< the score as it came
  minmax,  ///< Scaling::minmax within the request
  rank,    ///< 1 - place / candidates: 1 for the first, falling evenly; scores do not matter
};

/// Declares the parameter `relevance` of a reranker.
template <typename P>
void describe_relevance(ParamList<P>& p, Relevance P::*member) {
  p.choice("relevance", member,
           {{"minmax", Relevance::minmax}, {"raw", Relevance::raw}, {"rank", Relevance::rank}},
           "Relevance of a candidate: its input score (`raw`), its score scaled to 0 for the worst "
           "and 1 for the best candidate of the request (`minmax`), or its rank scaled from 1 for "
           "the first down to 0 (`rank`).");
}

/// @return float64 [B, K], -inf at padding
at::Tensor relevance(const CandidateBatch& candidates, Relevance kind);

/// Throws InvalidInput where a candidate has a negative one, for what takes it for an amount.
/// @param who  the strategy
void expect_no_negative(const at::Tensor& relevance, const CandidateBatch& candidates,
                        const char* who);

}  // namespace assay::extra

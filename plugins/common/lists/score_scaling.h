#pragma once

#include <ATen/core/Tensor.h>
#include <assay/batch.h>
#include <assay/params.h>

#include <string>

namespace assay::extra {

/// What rerankers take for the worth of a candidate. Scores of different rankers have different
/// scales; a trade-off between worth and something else needs one that is known.
enum class Relevance {
  raw,     ///< the score as it came
  minmax,  ///< (score - lowest) / (highest - lowest) within the request; 1 where all are equal
  rank,  ///< 1 - place / candidates: 1 for the first, falling evenly to 1 / candidates for the last
};

/// Declares the parameter `relevance` of a reranker.
template <typename P>
void describe_relevance(ParamList<P>& p, std::string P::*member) {
  p.add("relevance", member,
        "Relevance of a candidate: its input score (`raw`), its score scaled to 0 for the worst "
        "and 1 for the best candidate of the request (`minmax`), or its rank scaled from 1 for the "
        "first down to 0 (`rank`).")
      .choices({"minmax", "raw", "rank"});
}

/// From one of the choices above.
Relevance relevance_named(const std::string& name);

/// @return float64 [B, K], -inf at padding
at::Tensor relevance(const CandidateBatch& candidates, Relevance kind);

}  // namespace assay::extra

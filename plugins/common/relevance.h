#pragma once

#include <ATen/core/Tensor.h>
#include <assay/batch.h>
#include <assay/params.h>

#include <string>

namespace assay {

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
        "What a candidate is worth: its score as it came (`raw`), its score between 0 for the "
        "request's worst and 1 for its best candidate (`minmax`), or its place, 1 for the first "
        "and falling evenly (`rank`).")
      .choices({"minmax", "raw", "rank"});
}

/// From one of the choices above.
Relevance relevance_named(const std::string& name);

/// @return float64 [B, K], -inf at padding
at::Tensor relevance(const CandidateBatch& candidates, Relevance kind);

}  // namespace assay

#pragma once
// Part of assay::extra, which promises no stable API or ABI: see assay/extra/README.md.

/// Explanations of scores that are sums over features.

#include <ATen/core/Tensor.h>
#include <assay/batch.h>
#include <assay/strategy.h>

#include <string>
#include <vector>

namespace assay::extra {

/// Explains scores that are sums over features: a term for each that adds something to a candidate.
/// Terms of 0 are left out.
/// @param terms  [B, K, F], what each feature adds; anything at padding
/// @param base   what every candidate begins with: a number, or [B, K]
/// @param names  [F]
Explanation explain_by_features(const CandidateBatch& candidates, const at::Tensor& terms,
                                const at::Tensor& base, std::vector<std::string> names);

}  // namespace assay::extra

#pragma once
// Part of assay::extra, which promises no stable API or ABI: see assay/extra/README.md.

/// Hierarchical sequential transduction units: attention without a softmax, with gates.

#include <assay/extra/neural/sequence_encoder.h>

#include <memory>

namespace assay::extra {

/// The layer of Zhai et al. 2024 (Actions Speak Louder than Words, equations 1 to 3), with N a
/// normalisation without weights, causal, for places i >= j of a sequence:
///
///     U, V, Q, K = silu(N(X) W)
///     A_ij = silu(Q_i . K_j + p_(i - j) + t_b(i, j)) / length
///     X + dropout(N(A V) * U) W_o + b_o
///
/// with a bias p of the distance of two places and, where settings.time_buckets is above 0, one t of
/// the bucket ln(max(seconds between i and j, 1)) / 0.301 (its authors' code, which takes the time of
/// the item after i for that of i, and so knows when the next item comes). What comes in is
/// sqrt(D) rows + positions. Heads share both biases; their width is D / heads.
std::unique_ptr<SequenceEncoder> make_hstu_encoder(const EncoderSettings& settings);

}  // namespace assay::extra

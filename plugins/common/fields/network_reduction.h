#pragma once
// Part of assay::extra, which promises no stable API or ABI: see assay/extra/README.md.

/// Networks with fewer weights: pruned, or of low rank.

#include <ATen/core/Tensor.h>
#include <assay/extra/fits/epoch_loop.h>

#include <cstdint>
#include <utility>
#include <vector>

namespace assay::extra {

/// What pruning takes away.
enum class PrunedParts {
  weights,  ///< single ones, which become 0
  units     ///< whole units of hidden layers
};

struct ReductionSettings {
  double pruning = 0;  ///< share of what `pruned` names that is taken away
  PrunedParts pruned = PrunedParts::weights;
  int64_t low_rank = 0;  ///< of matrices; 0: whole ones

  bool is_any() const { return pruning > 0 || low_rank > 0; }
};

/// What a network is held to while it is fine-tuned.
///
/// - weights: those of each matrix that are nearest to 0 are 0 (Han, Pool, Tran & Dally 2015, Learning
///   both Weights and Connections for Efficient Neural Networks)
/// - units: those of hidden layers whose incoming weights have the smallest sum of magnitudes are 0,
///   and their biases (Li, Kadav, Durdanovic, Samet & Graf 2017, Pruning Filters for Efficient
///   ConvNets). Layers "<name>0.weight", "<name>1.weight", ... follow each other; the last one of such
///   a row keeps all its units, since what is behind it takes them as they are.
/// - low rank: matrices are the nearest ones of that rank, by their singular values (Eckart & Young
///   1936); one that would not be smaller as a product of two stays whole. Of that product the right
///   factor learns in odd epochs, the left one in even ones.
class NetworkReduction {
 public:
  /// Of nothing.
  NetworkReduction() = default;
  /// Chooses by the parameters as they are, and makes them so, in place. What is 0 already, or of
  /// that rank, is chosen again.
  /// @param parameters  float32, on the CPU; must live as long as this
  NetworkReduction(const ReductionSettings& settings, const NamedTensors& parameters,
                   int64_t epoch);
  /// Makes them so again, after a step.
  void hold() const;

 private:
  void prune_weights(const NamedTensors& parameters, double share);
  void prune_units(const NamedTensors& parameters, double share);
  void project(const NamedTensors& parameters, int64_t rank, bool left);

  // Parameters, and what they are multiplied by: each element, from the left, from the right.
  std::vector<std::pair<at::Tensor, at::Tensor>> masked_, left_, right_;
};

/// Copies that are pruned; with PrunedParts::units without the units that were. Ranks stay.
NamedTensors pruned(const NamedTensors& parameters, const ReductionSettings& settings);

/// Whether pruning, rank and precision concern a parameter: matrices of two rows or more.
bool is_matrix(const at::Tensor& parameter);

/// Two narrow matrices whose product is the nearest one of that rank.
struct LowRank {
  at::Tensor down;  ///< float32 [rank, in]
  at::Tensor up;    ///< float32 [out, rank]
};
LowRank low_rank_of(const at::Tensor& matrix, int64_t rank);
/// Whether the two are smaller than a matrix [out, in].
bool is_smaller(const at::Tensor& matrix, int64_t rank);

}  // namespace assay::extra

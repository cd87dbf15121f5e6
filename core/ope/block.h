#pragma once

/// Rounds in blocks of doubles: what the loops of this folder work on.

#include <array>
#include <cstdint>
#include <functional>
#include <vector>

#include "ope/logged.h"

namespace assay::ope {

/// Rounds a block: a few columns of doubles stay in the first cache.
inline constexpr int kBlockRounds = 512;
using BlockColumn = std::array<double, kBlockRounds>;

/// Up to kBlockRounds rounds. Rewards and the numbers of models are less `centre`, so that sums of
/// squares do not cancel where all rewards are far from 0. Behind the last round all is 0.
struct Block {
  int rounds = 0;
  int64_t first_row = 1;
  alignas(32) BlockColumn weight;  ///< pi / mu
  alignas(32) BlockColumn reward;
  alignas(32) BlockColumn q;
  alignas(32) BlockColumn value;
  alignas(32) BlockColumn mrdr_q;
  alignas(32) BlockColumn mrdr_value;
  alignas(32) BlockColumn marginal_weight;
  alignas(32) BlockColumn balanced_weight;
};

/// Which columns a log has.
struct Present {
  bool reward = false, propensity = false, policy = false, q = false, value = false;
  bool mrdr_q = false, mrdr_value = false, marginal_weight = false, balanced_weight = false;
  bool policy_total = false, outside_support = false, cluster = false;

  bool weights() const { return propensity && policy; }
  bool model() const { return q && value; }
  bool mrdr() const { return mrdr_q && mrdr_value; }
};

template <typename Number>
Present present(const Columns<Number>& columns);

/// Rounds first .. first + n of the columns.
template <typename Number>
Columns<Number> part_of(const Columns<Number>& columns, int64_t first, int64_t n);

/// Cuts stretches of rounds into blocks of kBlockRounds that do not depend on where the stretches
/// end: what is left of one waits for the next.
template <typename Number>
class BlockCutter {
 public:
  using Body = std::function<void(const Columns<Number>&)>;
  explicit BlockCutter(Body body) : body_(std::move(body)) {}

  /// Throws InternalError where columns differ in length, or are there in one stretch only.
  void add(const Columns<Number>& columns);
  /// What still waits.
  void finish();

 private:
  void keep(const Columns<Number>& columns);
  Columns<Number> waiting() const;

  Body body_;
  std::vector<std::vector<Number>> kept_;
  std::vector<int32_t> kept_cluster_;
  int64_t kept_rounds_ = 0, kept_row_ = 1;
  uint32_t columns_ = 0;  ///< a bit for each that is there
  bool begun_ = false;
};

}  // namespace assay::ope

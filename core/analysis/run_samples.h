#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "results/reader.h"

namespace assay::analysis {

/// The stage whose lists the user sees.
inline constexpr char kServed[] = "served";

/// The trials of one seed: one, or one a fold where folds are pooled.
struct SeedTrials {
  std::optional<int64_t> seed;  ///< none: no stage draws
  std::vector<std::string> trial_keys;
};

/// All that stands behind one line of a leaderboard: a variant on a data set and fold.
struct TrialGroup {
  std::string variant, dataset, fold;
  std::vector<SeedTrials> seeds;          ///< ascending
  std::vector<std::string> request_sets;  ///< one, or one a fold where folds are pooled
  /// Every trial is done. Where not, the variant has no numbers here: the seeds that are missing
  /// need not be missing by chance.
  bool complete = false;
  std::string serving;  ///< JSON of how the variant is hosted; names its times under load

  bool draws() const { return !seeds.empty() && seeds.front().seed.has_value(); }
};

/// Values of one column, by seed, each in request order; NaN: excluded.
using SeedValues = std::vector<std::vector<float>>;

/// The trials of a run, grouped, and the values they left.
///
/// A split with folds gets one group a fold and one of fold `all` that pools them, one fold after
/// the other; a split without has fold `all` only.
class RunSamples {
 public:
  RunSamples(const results::Reader& reader, int64_t run_id);

  /// By variant (in the order of the file), data set, fold.
  const std::vector<TrialGroup>& groups() const { return groups_; }
  /// nullptr where the run has no such group.
  const TrialGroup* find(std::string_view variant, std::string_view dataset,
                         std::string_view fold) const;

  /// Columns of values a request that every trial of the group has, in a fixed order.
  std::vector<results::StageMetric> columns(const TrialGroup& group) const;
  /// All of them at once, for what shows every request; analysis/column.h reads some at a time.
  SeedValues values(const TrialGroup& group, const results::StageMetric& at) const;

  const results::Reader& reader() const { return reader_; }

 private:
  std::vector<results::StageMetric> columns_of(const std::string& trial_key) const;

  results::Reader reader_;
  std::vector<TrialGroup> groups_;
};

}  // namespace assay::analysis

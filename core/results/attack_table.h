#pragma once

/// Variants that learn from a changed log, and what an attack did to what they serve.

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "results/database.h"
#include "results/reader.h"

namespace assay::results {

/// What a variant learns from in the place of the log.
struct ChangedLogRow {
  int64_t run_id = 0;
  std::string variant;
  std::string perturb, augment;  ///< JSON (task/feedback_spec.h); empty: none
  std::string twin;  ///< the variant that differs in `perturb` alone; empty: the run has none
};

/// A target item of a variant's attack on a data set and fold.
struct AttackTargetRow {
  int64_t run_id = 0;
  std::string variant, dataset, fold = "all";
  int position = 0;  ///< in the file
  int64_t item = 0;  ///< dense id, as in slates
  std::string id;    ///< outside id
};

/// What an attack did to the served lists of a variant. Key: run, variant, dataset, fold.
struct AttackEffectRow {
  int64_t run_id = 0;
  std::string variant, dataset, fold = "all";
  std::string twin;
  int64_t requests = 0;
  std::optional<double> hit_ratio;       ///< share of requests whose list holds a target
  std::optional<double> twin_hit_ratio;  ///< the same of the twin
  std::optional<double> hit_shift, ci_low, ci_high;  ///< their paired difference and its interval
  std::optional<double> targets_per_list, twin_targets_per_list;
  /// Mean of rank(twin) - rank(attacked) over requests and targets, one that is not in the list
  /// standing behind its end; above 0: further up.
  std::optional<double> rank_shift;
  /// Mean of score(attacked) - score(twin) where both lists hold the target.
  std::optional<double> prediction_shift;
  int64_t scored = 0;  ///< how many pairs of request and target these are, over all seeds
  std::string reason;  ///< why there is nothing of a twin
};

/// After its variant.
void write_changed_log(const Database& database, const ChangedLogRow& row);
void write_attack_target(const Database& database, const AttackTargetRow& row);
/// Replaces a row of the same key.
void write_attack_effect(const Database& database, const AttackEffectRow& row);

/// In the order of the file.
std::vector<ChangedLogRow> changed_logs(const Reader& reader, int64_t run_id);
/// By variant in the order of the file, data set, fold, position.
std::vector<AttackTargetRow> attack_targets(const Reader& reader, int64_t run_id);
/// By variant in the order of the file, data set, fold.
std::vector<AttackEffectRow> attack_effects(const Reader& reader, int64_t run_id);

}  // namespace assay::results

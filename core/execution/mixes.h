#pragma once

/// The pipelines between two variants: each part of the one exchanged for that of the other.

#include <optional>
#include <string>
#include <vector>

#include "task/experiment.h"

namespace assay::execution {

/// A part in which two chains differ.
struct MixedPart {
  std::string name;      ///< "recall", "merge", "rank", "rerank"; of one source "recall[1]"
  std::string from, to;  ///< what stands there, for people: "als, item_knn", "nothing"
};

/// What an exchange of parts can be made of.
struct Mixes {
  std::vector<MixedPart> parts;  ///< that differ, in the order of the pipeline
  /// [2^parts]: bit p of the place says whose part p stands there. The first is `from`, the last
  /// `to`, both with their names; the others are called "control + rank + rerank".
  std::vector<task::VariantSpec> variants;
};

/// Mixes two variants of one experiment. Stages are exchanged by their position; one that is absent
/// on a side is removed or added. Recall is one part, or one a source where `by_source`; what stands
/// before a learned stage is the mix's, so that it is fitted on mixed candidates. Where one side has
/// a single source and so merges nothing, both merge as the other does. A merge has its weights and
/// quotas by position, and of a position that it does not have those of the other side, or weight 1
/// and the whole list. Models that a stage is given (`inputs`) go with it. A
/// rank stage that keeps all that it is given does so in a mix.
///
/// No mix has tuned values, a policy or hosting of its own; give variants with the values that were
/// chosen.
/// Throws UserError: nothing differs, more parts than stats::kMostPlayers, logs that are perturbed or
/// augmented, which is part of no stage.
Mixes mix_variants(const task::VariantSpec& from, const task::VariantSpec& to, bool by_source);

}  // namespace assay::execution

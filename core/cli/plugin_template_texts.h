#pragma once

namespace assay::cli {

// The longer sources of `assay new`. As in the others, @NAME@ and @CLASS@ are replaced, and each is
// a whole plugin that holds its contract as it stands.

/// A recall strategy that is trained: mini-batches, early stopping, checkpoints.
extern const char kTrainedTemplate[];
/// A rank strategy that learns from labelled candidates.
extern const char kFeaturesTemplate[];

}  // namespace assay::cli

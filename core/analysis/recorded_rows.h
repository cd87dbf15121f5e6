#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "results/analysis_rows.h"
#include "results/reader.h"

namespace assay::analysis {

// The rows that an analysis wrote, read back. Variants come in the order of the file.

std::vector<results::SummaryRow> recorded_summaries(const results::Reader& reader, int64_t run_id);
std::vector<results::ComparisonRow> recorded_comparisons(const results::Reader& reader,
                                                         int64_t run_id);
std::vector<results::LatencyRow> recorded_latencies(const results::Reader& reader, int64_t run_id);

/// A line of the view `failures`.
struct RecordedFailure {
  std::string variant, dataset, fold;
  std::optional<int64_t> seed;
  std::string stage, plugin;  ///< empty: none is to blame
  std::optional<int64_t> batch;
  std::string kind, reason;
};

std::vector<RecordedFailure> recorded_failures(const results::Reader& reader, int64_t run_id);

/// What one stage of a variant did to the relevant items, its whole output, summed over seeds and
/// folds.
struct StageLoss {
  std::string variant, dataset, stage;
  int64_t relevant = 0;  ///< that entered
  int64_t kept = 0;
};

/// In the order of variants; stages as they are called.
std::vector<StageLoss> recorded_losses(const results::Reader& reader, int64_t run_id);

/// What a run says of one of its data sets.
struct RecordedData {
  std::string dataset;
  std::string source_hash;
  std::vector<std::string> prepared_hashes;  ///< one a fold, in their order; at least one
};

std::vector<RecordedData> recorded_data(const results::Reader& reader, int64_t run_id);

}  // namespace assay::analysis

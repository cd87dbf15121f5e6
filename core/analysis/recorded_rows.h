#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "results/analysis_rows.h"
#include "results/reader.h"

namespace assay::report {

// The rows that an analysis wrote, read back. Variants come in the order of the file.

std::vector<SummaryRow> recorded_summaries(const Reader& reader, std::int64_t run_id);
std::vector<ComparisonRow> recorded_comparisons(const Reader& reader, std::int64_t run_id);
std::vector<LatencyRow> recorded_latencies(const Reader& reader, std::int64_t run_id);

/// A line of the view `failures`.
struct RecordedFailure {
  std::string variant, dataset, fold;
  std::optional<std::int64_t> seed;
  std::string stage, plugin;  ///< empty: none is to blame
  std::optional<std::int64_t> batch;
  std::string kind, reason;
};

std::vector<RecordedFailure> recorded_failures(const Reader& reader, std::int64_t run_id);

/// What one stage of a variant did to the relevant items, its whole output, summed over seeds and
/// folds.
struct StageLoss {
  std::string variant, dataset, stage;
  std::int64_t relevant = 0;  ///< that entered
  std::int64_t kept = 0;
};

/// In the order of variants; stages as they are called.
std::vector<StageLoss> recorded_losses(const Reader& reader, std::int64_t run_id);

/// What a run says of one of its data sets.
struct RecordedData {
  std::string dataset;
  std::string source_hash;
  std::vector<std::string> prepared_hashes;  ///< one a fold, in their order; at least one
};

std::vector<RecordedData> recorded_data(const Reader& reader, std::int64_t run_id);

}  // namespace assay::report

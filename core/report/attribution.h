#pragma once

#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "results/attribution_table.h"

namespace assay::report {

/// One number of a pipeline, divided on one data set.
struct Division {
  std::string dataset;
  std::string metric;  ///< "ndcg@10", "p99 latency"
  std::string unit;    ///< " ms" behind times, else ""
  std::optional<bool> higher_is_better;
  results::AttributionValueRow total;
  std::optional<results::AttributionValueRow> joint;
  std::vector<results::AttributionValueRow> parts, interactions;

  /// Whether shares of the whole say something: it has parts, and is told apart from 0.
  bool has_shares() const;
  double share(const results::AttributionValueRow& part) const;
};

/// An attribution as it is shown.
struct Attribution {
  results::AttributionRow of;
  std::vector<Division> divisions;  ///< by data set; of each the primary metric first
};

/// Whether a run is an attribution, and what it has found.
std::optional<Attribution> read_attribution(const results::Reader& reader, int64_t run_id);

/// "candidate has +0.031 [0.025, 0.037] over control in ndcg@10 on ml100k: recall makes 66 % of it,
/// rank 30 % and rerank 4 %." One for each division, and what its parts do together.
std::vector<std::string> attribution_sentences(const Attribution& attribution);

/// Sentences, a table and bars for each division, notes. Ends with a newline.
std::string attribution_text(const Attribution& attribution);
/// The same with all digits.
nlohmann::json attribution_json(const Attribution& attribution);

}  // namespace assay::report

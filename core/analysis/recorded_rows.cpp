#include "analysis/recorded_rows.h"

#include <array>

namespace assay::analysis {

namespace {

/// The cells of one row, taken from left to right.
class Cells {
 public:
  explicit Cells(const std::vector<assay::results::Cell>& row) : row_(row) {}

  std::string text() {
    const auto* value = std::get_if<std::string>(&row_[next_++]);
    return value == nullptr ? "" : *value;
  }
  std::optional<std::string> maybe_text() {
    const auto* value = std::get_if<std::string>(&row_[next_++]);
    return value == nullptr ? std::nullopt : std::optional(*value);
  }
  std::optional<double> real() {
    const auto* value = std::get_if<double>(&row_[next_++]);
    return value == nullptr ? std::nullopt : std::optional(*value);
  }
  std::optional<int64_t> integer() {
    const auto* value = std::get_if<int64_t>(&row_[next_++]);
    return value == nullptr ? std::nullopt : std::optional(*value);
  }
  int number() { return static_cast<int>(integer().value_or(0)); }

 private:
  const std::vector<assay::results::Cell>& row_;
  size_t next_ = 0;
};

template <typename Row, typename Make>
std::vector<Row> rows_of(const results::Reader& reader, const char* sql, int64_t run_id,
                         Make make) {
  const std::array<assay::results::Cell, 1> parameters{run_id};
  std::vector<Row> rows;
  for (const auto& cells : reader.query(sql, parameters).rows) rows.push_back(make(Cells(cells)));
  return rows;
}

}  // namespace

std::vector<results::SummaryRow> recorded_summaries(const results::Reader& reader, int64_t run_id) {
  return rows_of<results::SummaryRow>(
      reader,
      "SELECT v.name, dataset, fold, stage, definition, cutoff, slice, mean, ci_low, ci_high, "
      "sd_over_seeds, seeds, requests, excluded_requests, reason FROM summary "
      "JOIN variant AS v USING (variant_id) WHERE v.run_id = ? "
      "ORDER BY v.position, dataset, fold, stage, definition, cutoff, slice",
      run_id, [&](Cells cells) {
        results::SummaryRow row;
        row.run_id = run_id;
        row.variant = cells.text();
        row.dataset = cells.text();
        row.fold = cells.text();
        row.stage = cells.text();
        row.definition = cells.text();
        row.cutoff = cells.number();
        row.slice = cells.text();
        row.mean = cells.real();
        row.ci_low = cells.real();
        row.ci_high = cells.real();
        row.sd_over_seeds = cells.real();
        row.seeds = cells.integer();
        row.requests = cells.integer();
        row.excluded_requests = cells.integer();
        row.reason = cells.text();
        return row;
      });
}

std::vector<results::ComparisonRow> recorded_comparisons(const results::Reader& reader,
                                                         int64_t run_id) {
  return rows_of<results::ComparisonRow>(
      reader,
      "SELECT b.name, v.name, dataset, fold, stage, definition, cutoff, slice, scenario, quantile, "
      "difference, relative, ci_low, ci_high, p, p_adjusted, method, correction, family, n, "
      "minimum_detectable_effect, verdict, reason, family_size, needed FROM comparison AS c "
      "JOIN variant AS v ON v.variant_id = c.variant_id "
      "JOIN variant AS b ON b.variant_id = c.baseline_id WHERE v.run_id = ? "
      "ORDER BY v.position, dataset, fold, definition, cutoff, slice, scenario, quantile",
      run_id, [&](Cells cells) {
        results::ComparisonRow row;
        row.run_id = run_id;
        row.baseline = cells.text();
        row.variant = cells.text();
        row.dataset = cells.text();
        row.fold = cells.text();
        row.stage = cells.text();
        row.definition = cells.text();
        row.cutoff = cells.number();
        row.slice = cells.text();
        row.scenario = cells.maybe_text();
        row.quantile = cells.real();
        row.difference = cells.real();
        row.relative = cells.real();
        row.ci_low = cells.real();
        row.ci_high = cells.real();
        row.p = cells.real();
        row.p_adjusted = cells.real();
        row.method = cells.text();
        row.correction = cells.text();
        row.family = cells.text();
        row.n = cells.integer();
        row.minimum_detectable_effect = cells.real();
        row.verdict = cells.text();
        row.reason = cells.text();
        row.family_size = cells.integer();
        row.needed = cells.integer();
        return row;
      });
}

std::vector<results::LatencyRow> recorded_latencies(const results::Reader& reader, int64_t run_id) {
  return rows_of<results::LatencyRow>(
      reader,
      "SELECT v.name, dataset, fold, seed, scenario, stage, quantile, ms, ci_low_ms, ci_high_ms, "
      "requests, offered_qps, achieved_qps, degraded, reason FROM latency_quantile "
      "JOIN variant AS v USING (variant_id) WHERE v.run_id = ? "
      "ORDER BY v.position, dataset, fold, seed, scenario, stage, quantile",
      run_id, [&](Cells cells) {
        results::LatencyRow row;
        row.run_id = run_id;
        row.variant = cells.text();
        row.dataset = cells.text();
        row.fold = cells.text();
        row.seed = cells.integer();
        row.scenario = cells.text();
        row.stage = cells.text();
        row.quantile = cells.real().value_or(0.0);
        row.ms = cells.real();
        row.ci_low_ms = cells.real();
        row.ci_high_ms = cells.real();
        row.requests = cells.integer();
        row.offered_qps = cells.real();
        row.achieved_qps = cells.real();
        row.degraded = cells.integer();
        row.reason = cells.text();
        return row;
      });
}

std::vector<RecordedFailure> recorded_failures(const results::Reader& reader, int64_t run_id) {
  return rows_of<RecordedFailure>(
      reader,
      "SELECT f.variant, f.dataset, f.fold, f.seed, f.stage, f.plugin, f.batch, f.kind, f.reason "
      "FROM failures AS f JOIN variant AS v ON v.run_id = f.run_id AND v.name = f.variant "
      "WHERE f.run_id = ? ORDER BY v.position, f.dataset, f.fold, f.seed, f.batch, f.reason",
      run_id, [](Cells cells) {
        RecordedFailure failure;
        failure.variant = cells.text();
        failure.dataset = cells.text();
        failure.fold = cells.text();
        failure.seed = cells.integer();
        failure.stage = cells.text();
        failure.plugin = cells.text();
        failure.batch = cells.integer();
        failure.kind = cells.text();
        failure.reason = cells.text();
        return failure;
      });
}

std::vector<RecordedData> recorded_data(const results::Reader& reader, int64_t run_id) {
  const std::array<assay::results::Cell, 1> parameters{run_id};
  const results::QueryAnswer folds = reader.query(
      "SELECT dataset, source_hash, prepared_hash FROM data_source WHERE run_id = ? "
      "ORDER BY dataset, CAST(fold AS INTEGER)",
      parameters);
  std::vector<RecordedData> all;
  for (const auto& row : folds.rows) {
    const auto& dataset = std::get<std::string>(row[0]);
    if (all.empty() || all.back().dataset != dataset)
      all.push_back({dataset, std::get<std::string>(row[1]), {}});
    all.back().prepared_hashes.push_back(std::get<std::string>(row[2]));
  }
  return all;
}

std::vector<StageLoss> recorded_losses(const results::Reader& reader, int64_t run_id) {
  return rows_of<StageLoss>(
      reader,
      "SELECT l.variant, l.dataset, l.stage, sum(l.relevant), sum(l.kept) FROM stage_loss AS l "
      "JOIN variant AS v ON v.run_id = l.run_id AND v.name = l.variant "
      "WHERE l.run_id = ? AND l.cutoff IS NULL GROUP BY v.position, l.dataset, l.stage "
      "ORDER BY v.position, l.dataset, l.stage",
      run_id, [](Cells cells) {
        StageLoss loss;
        loss.variant = cells.text();
        loss.dataset = cells.text();
        loss.stage = cells.text();
        loss.relevant = cells.integer().value_or(0);
        loss.kept = cells.integer().value_or(0);
        return loss;
      });
}

}  // namespace assay::analysis

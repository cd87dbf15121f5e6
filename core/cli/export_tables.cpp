#include "cli/export_tables.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <fstream>
#include <map>
#include <nlohmann/json.hpp>
#include <set>

#include "cli/listing.h"
#include "error/error.h"
#include "ingest/parquet_writer.h"

namespace assay::cli {
namespace {

constexpr std::array kViews = {"leaderboard", "comparisons", "stage_loss", "latency_summary",
                               "failures"};

/// Of the views; all other columns are text. A column keeps its type where all of it is NULL.
const std::set<std::string> kIntegers = {
    "run_id", "cutoff",   "seeds", "requests", "excluded_requests", "higher_is_better", "n", "seed",
    "batch",  "relevant", "kept",  "lost",     "degraded"};
const std::set<std::string> kReals = {
    "mean",       "ci_low",    "ci_high",    "sd_over_seeds", "quantile",
    "difference", "relative",  "p",          "p_adjusted",    "minimum_detectable_effect",
    "ms",         "ci_low_ms", "ci_high_ms", "offered_qps",   "achieved_qps"};

results::QueryAnswer view_of(const report::OpenRun& run, const char* view) {
  const results::Cell parameters[] = {run.info().run_id};
  return run.reader().query(fmt::format("SELECT * FROM {} WHERE run_id = ?", view), parameters);
}

nlohmann::json json_of(const results::Cell& cell) {
  if (const auto* integer = std::get_if<int64_t>(&cell)) return *integer;
  if (const auto* real = std::get_if<double>(&cell)) {
    return std::isfinite(*real) ? nlohmann::json(*real) : nlohmann::json(nullptr);
  }
  if (const auto* text = std::get_if<std::string>(&cell)) return *text;
  return nullptr;
}

Listing table_of(const results::QueryAnswer& answer) {
  Listing table{answer.columns, {}};
  for (const auto& row : answer.rows) {
    std::vector<nlohmann::json> cells;
    for (const results::Cell& cell : row) cells.push_back(json_of(cell));
    table.add(std::move(cells));
  }
  return table;
}

void write_text(const std::string& path, const std::string& text) {
  std::ofstream out(path, std::ios::binary);
  out << text;
  if (!out.flush()) throw error::UserError(path, "the file cannot be written; is the disk full?");
}

ingest::ParquetField column_of(const std::string& name) {
  using Type = ingest::ParquetField::Type;
  if (kIntegers.contains(name)) return {name, Type::integer};
  return {name, kReals.contains(name) ? Type::real : Type::text};
}

std::optional<double> real_of(const results::Cell& cell) {
  if (const auto* integer = std::get_if<int64_t>(&cell)) return static_cast<double>(*integer);
  if (const auto* real = std::get_if<double>(&cell)) return *real;
  return std::nullopt;
}

/// One column of an answer. Integers that SQLite gives for a column of reals become reals.
ingest::ParquetValues values_of(const results::QueryAnswer& answer, size_t c,
                                ingest::ParquetField::Type type) {
  ingest::ParquetIntegers integers;
  ingest::ParquetReals reals;
  ingest::ParquetTexts texts;
  for (const auto& row : answer.rows) {
    const results::Cell& cell = row[c];
    if (type == ingest::ParquetField::Type::real) {
      reals.push_back(real_of(cell));
    } else if (type == ingest::ParquetField::Type::integer) {
      const auto* integer = std::get_if<int64_t>(&cell);
      integers.push_back(integer ? std::optional(*integer) : std::nullopt);
    } else {
      const auto* text = std::get_if<std::string>(&cell);
      texts.push_back(text ? std::optional(*text) : std::nullopt);
    }
  }
  if (type == ingest::ParquetField::Type::real) return reals;
  if (type == ingest::ParquetField::Type::integer) return integers;
  return texts;
}

void write_view(const report::OpenRun& run, const char* view, const std::string& path) {
  const results::QueryAnswer answer = view_of(run, view);
  std::vector<ingest::ParquetField> columns;
  std::vector<ingest::ParquetValues> values;
  for (size_t c = 0; c < answer.columns.size(); ++c) {
    columns.push_back(column_of(answer.columns[c]));
    values.push_back(values_of(answer, c, columns.back().type));
  }
  ingest::ParquetWriter writer(path, columns);
  writer.write(values);
  writer.close();
}

std::vector<results::RunTrial> done_trials(const report::OpenRun& run) {
  std::vector<results::RunTrial> trials = run.reader().trials(run.info().run_id);
  std::erase_if(trials, [](const results::RunTrial& trial) {
    return trial.status != results::TrialState::Status::done;
  });
  return trials;
}

/// The columns by which a trial is named, `n` times the same.
std::vector<ingest::ParquetValues> named(const results::RunTrial& trial, size_t n) {
  return {ingest::ParquetTexts(n, trial.variant), ingest::ParquetTexts(n, trial.dataset),
          ingest::ParquetTexts(n, trial.fold), ingest::ParquetIntegers(n, trial.seed)};
}

std::vector<ingest::ParquetField> with_trial(std::vector<ingest::ParquetField> rest) {
  using Type = ingest::ParquetField::Type;
  std::vector<ingest::ParquetField> columns = {{"variant", Type::text},
                                               {"dataset", Type::text},
                                               {"fold", Type::text},
                                               {"seed", Type::integer}};
  columns.insert(columns.end(), rest.begin(), rest.end());
  return columns;
}

void write_request_values(const report::OpenRun& run, const std::string& path) {
  using Type = ingest::ParquetField::Type;
  std::map<std::string, std::string> names;
  for (const results::MetricRow& metric : run.reader().metrics())
    names[metric.definition] = metric.name;
  ingest::ParquetWriter writer(path, with_trial({{"stage", Type::text},
                                                 {"metric", Type::text},
                                                 {"cutoff", Type::integer},
                                                 {"request", Type::integer},
                                                 {"value", Type::real}}));
  for (const results::RunTrial& trial : done_trials(run)) {
    const results::Cell parameters[] = {trial.trial_key};
    for (const auto& row : run.reader()
                               .query("SELECT stage, definition, cutoff FROM request_value WHERE "
                                      "trial_key = ? ORDER BY 1, 2, 3",
                                      parameters)
                               .rows) {
      const results::StageMetric at{std::get<std::string>(row[0]), std::get<std::string>(row[1]),
                                    static_cast<int>(std::get<int64_t>(row[2]))};
      const std::vector<float> values = run.reader().request_values(trial.trial_key, at);
      const size_t n = values.size();
      ingest::ParquetIntegers requests(n);
      ingest::ParquetReals reals(n);
      for (size_t r = 0; r < n; ++r) {
        requests[r] = static_cast<int64_t>(r);
        if (!std::isnan(values[r])) reals[r] = values[r];
      }
      std::vector<ingest::ParquetValues> batch = named(trial, n);
      batch.emplace_back(ingest::ParquetTexts(n, at.stage));
      batch.emplace_back(ingest::ParquetTexts(n, names[at.definition]));
      batch.emplace_back(ingest::ParquetIntegers(
          n, at.cutoff == 0 ? std::nullopt : std::optional<int64_t>(at.cutoff)));
      batch.emplace_back(std::move(requests));
      batch.emplace_back(std::move(reals));
      writer.write(batch);
    }
  }
  writer.close();
}

void write_slates(const report::OpenRun& run, const std::string& path) {
  using Type = ingest::ParquetField::Type;
  ingest::ParquetWriter writer(path, with_trial({{"request", Type::integer},
                                                 {"rank", Type::integer},
                                                 {"item", Type::integer},
                                                 {"score", Type::real}}));
  for (const results::RunTrial& trial : done_trials(run)) {
    const results::Slates slates = run.reader().slates(trial.trial_key);
    ingest::ParquetIntegers request, rank, item;
    ingest::ParquetReals score;
    for (size_t i = 0; i < slates.items.size(); ++i) {
      if (slates.items[i] < 0) continue;
      const auto size = static_cast<size_t>(slates.size);
      request.emplace_back(static_cast<int64_t>(i / size));
      rank.emplace_back(static_cast<int64_t>(i % size) + 1);
      item.emplace_back(slates.items[i]);
      score.push_back(std::isfinite(slates.scores[i]) ? std::optional<double>(slates.scores[i])
                                                      : std::nullopt);
    }
    std::vector<ingest::ParquetValues> batch = named(trial, item.size());
    batch.emplace_back(std::move(request));
    batch.emplace_back(std::move(rank));
    batch.emplace_back(std::move(item));
    batch.emplace_back(std::move(score));
    writer.write(batch);
  }
  writer.close();
}

}  // namespace

void export_csv(const report::OpenRun& run, const std::string& folder) {
  for (const char* view : kViews) {
    write_text(fmt::format("{}/{}.csv", folder, view),
               render(table_of(view_of(run, view)), OutputFormat::csv));
  }
}

void export_json(const report::OpenRun& run, const std::string& folder) {
  const results::RunRow& row = run.info().row;
  nlohmann::ordered_json json = {{"run",
                                  {{"run_id", run.info().run_id},
                                   {"experiment", row.experiment},
                                   {"description", row.description},
                                   {"status", run.info().status},
                                   {"started", row.started},
                                   {"assay_version", row.assay_version},
                                   {"git_commit", row.git_commit},
                                   {"build_type", row.build_type},
                                   {"config", row.config}}}};
  for (const char* view : kViews) {
    json[view] =
        nlohmann::ordered_json::parse(render(table_of(view_of(run, view)), OutputFormat::json));
  }
  write_text(folder + "/run.json",
             json.dump(2, ' ', false, nlohmann::json::error_handler_t::replace) + "\n");
}

void export_parquet(const report::OpenRun& run, const std::string& folder) {
  for (const char* view : kViews) write_view(run, view, fmt::format("{}/{}.parquet", folder, view));
  write_request_values(run, folder + "/request_values.parquet");
  write_slates(run, folder + "/slates.parquet");
}

}  // namespace assay::cli

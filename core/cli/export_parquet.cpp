#include "cli/export_parquet.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <compare>
#include <map>
#include <set>

#include "cli/export_tables.h"
#include "error/error.h"
#include "ingest/parquet_writer.h"

namespace assay::cli {
namespace {

using Type = ingest::ParquetField::Type;

/// Of the views and of `run`; all other columns are text. A column keeps its type where all of it
/// is NULL.
const std::set<std::string> kIntegers = {
    // what a row is about
    "run_id", "cutoff", "seed", "batch", "step", "trial", "rung", "primary_cutoff",
    // what was counted
    "seeds", "requests", "excluded_requests", "n", "family_size", "needed", "relevant", "kept",
    "lost", "count", "samples", "unknown", "degraded", "rows",
    // 0 or 1
    "higher_is_better", "chosen",
    // of a loop
    "day"};
const std::set<std::string> kReals = {
    "mean", "ci_low", "ci_high", "sd_over_seeds", "quantile", "difference", "relative", "p",
    "p_adjusted", "minimum_detectable_effect", "ms", "ci_low_ms", "ci_high_ms", "offered_qps",
    "achieved_qps", "most", "value", "best", "seconds", "total_seconds", "alpha", "margin",
    // of policies
    "standard_error", "effective_rows", "largest_weight", "mean_weight", "outside_support"};

/// Of `run`, whose own column `seeds` is a JSON list, not a count.
constexpr char kRun[] =
    "SELECT run_id, experiment, description, status, started, finished, config, seeds AS "
    "seed_list, seed, primary_definition, primary_cutoff, alpha, margin, command_line, "
    "assay_version, git_commit, build_type, compiler FROM run WHERE run_id = ?";

ingest::ParquetField column_of(const std::string& name) {
  if (kIntegers.contains(name)) return {name, Type::integer};
  return {name, kReals.contains(name) ? Type::real : Type::text};
}

std::optional<double> real_of(const results::Cell& cell) {
  if (const auto* integer = std::get_if<int64_t>(&cell)) return static_cast<double>(*integer);
  if (const auto* real = std::get_if<double>(&cell)) return *real;
  return std::nullopt;
}

/// One column of an answer. Integers that SQLite gives for a column of reals become reals.
ingest::ParquetValues values_of(const results::QueryAnswer& answer, size_t c, Type type) {
  ingest::ParquetIntegers integers;
  ingest::ParquetReals reals;
  ingest::ParquetTexts texts;
  for (const auto& row : answer.rows) {
    const results::Cell& cell = row[c];
    if (type == Type::real) {
      reals.push_back(real_of(cell));
    } else if (type == Type::integer) {
      const auto* integer = std::get_if<int64_t>(&cell);
      integers.push_back(integer ? std::optional(*integer) : std::nullopt);
    } else {
      const auto* text = std::get_if<std::string>(&cell);
      // A number of a column that the lists above lack would be lost without a word.
      error::require(text || std::holds_alternative<std::monostate>(cell),
                     "the column " + answer.columns[c] + " of an export holds text");
      texts.push_back(text ? std::optional(*text) : std::nullopt);
    }
  }
  if (type == Type::real) return reals;
  if (type == Type::integer) return integers;
  return texts;
}

void write_answer(const results::QueryAnswer& answer, const std::string& path) {
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
  std::vector<ingest::ParquetField> columns = {{"variant", Type::text},
                                               {"dataset", Type::text},
                                               {"fold", Type::text},
                                               {"seed", Type::integer}};
  columns.insert(columns.end(), rest.begin(), rest.end());
  return columns;
}

ingest::ParquetIntegers counted_to(size_t n) {
  ingest::ParquetIntegers numbers(n);
  for (size_t i = 0; i < n; ++i) numbers[i] = static_cast<int64_t>(i);
  return numbers;
}

void write_request_values(Release& release, const std::string& path) {
  const report::OpenRun& run = release.run();
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
      const std::vector<int64_t>& rows = release.of(trial.request_set).rows;
      const size_t n = rows.size();
      ingest::ParquetReals reals(n);
      for (size_t place = 0; place < n; ++place)
        if (const float value = values.at(static_cast<size_t>(rows[place])); !std::isnan(value))
          reals[place] = value;
      std::vector<ingest::ParquetValues> batch = named(trial, n);
      batch.emplace_back(ingest::ParquetTexts(n, at.stage));
      batch.emplace_back(ingest::ParquetTexts(n, names[at.definition]));
      batch.emplace_back(ingest::ParquetIntegers(
          n, at.cutoff == 0 ? std::nullopt : std::optional<int64_t>(at.cutoff)));
      batch.emplace_back(counted_to(n));
      batch.emplace_back(std::move(reals));
      writer.write(batch);
    }
  }
  writer.close();
}

void write_slates(Release& release, const std::string& path) {
  const report::OpenRun& run = release.run();
  ingest::ParquetWriter writer(path, with_trial({{"request", Type::integer},
                                                 {"rank", Type::integer},
                                                 {"item", Type::integer},
                                                 {"score", Type::real}}));
  for (const results::RunTrial& trial : done_trials(run)) {
    const results::Slates slates = run.reader().slates(trial.trial_key);
    const ReleasedSet& set = release.of(trial.request_set);
    const auto size = static_cast<size_t>(slates.size);
    ingest::ParquetIntegers request, rank, item;
    ingest::ParquetReals score;
    for (size_t i = 0; i < set.rows.size() * size; ++i) {
      const size_t at = static_cast<size_t>(set.rows[i / size]) * size + i % size;
      if (slates.items.at(at) < 0) continue;
      request.emplace_back(static_cast<int64_t>(i / size));
      rank.emplace_back(static_cast<int64_t>(i % size) + 1);
      item.emplace_back(set.items.at(static_cast<size_t>(slates.items[at])));
      score.push_back(std::isfinite(slates.scores[at]) ? std::optional<double>(slates.scores[at])
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

/// Requests of a data set and fold.
struct RequestSet {
  std::string dataset, fold, key;
  auto operator<=>(const RequestSet&) const = default;
};

std::set<RequestSet> request_sets(const report::OpenRun& run) {
  std::set<RequestSet> sets;
  for (const results::RunTrial& trial : done_trials(run)) {
    sets.insert({trial.dataset, trial.fold, trial.request_set});
  }
  return sets;
}

/// Columns that begin with the data set and fold, `n` times the same.
std::vector<ingest::ParquetValues> of_data(const RequestSet& of, size_t n) {
  return {ingest::ParquetTexts(n, of.dataset), ingest::ParquetTexts(n, of.fold)};
}

ingest::ParquetWriter writer_of_data(const std::string& path,
                                     std::vector<ingest::ParquetField> rest) {
  rest.insert(rest.begin(), {{"dataset", Type::text}, {"fold", Type::text}});
  return {path, std::move(rest)};
}

/// Cuts of the users that any of the sets has labels of.
std::set<std::string> labelled_cuts(Release& release) {
  std::set<std::string> cuts;
  for (const RequestSet& of : request_sets(release.run()))
    for (const auto& [cut, labels] : release.of(of.key).labels) cuts.insert(cut);
  return cuts;
}

/// The label of a cut by place; NULL where there is none.
ingest::ParquetTexts label_column(const ReleasedSet& set, const std::string& cut) {
  ingest::ParquetTexts out(set.rows.size());
  const auto labels = set.labels.find(cut);
  if (labels == set.labels.end()) return out;
  for (size_t place = 0; place < out.size(); ++place)
    if (!labels->second[place].empty()) out[place] = labels->second[place];
  return out;
}

/// Who is anonymous and a time that is not known are NULL.
void write_users(Release& release, const std::string& path) {
  std::vector<ingest::ParquetField> columns = {
      {"request", Type::integer}, {"user", Type::text}, {"time", Type::integer}};
  const std::set<std::string> cuts = labelled_cuts(release);
  for (const std::string& cut : cuts) columns.push_back({cut, Type::text});
  auto writer = writer_of_data(path, columns);
  for (const RequestSet& of : request_sets(release.run())) {
    const ReleasedSet& set = release.of(of.key);
    const size_t n = set.rows.size();
    ingest::ParquetTexts users(n);
    ingest::ParquetIntegers times(n);
    for (size_t place = 0; place < n; ++place) {
      if (!set.users[place].empty()) users[place] = set.users[place];
      if (set.times.at(place) >= 0) times[place] = set.times[place];
    }
    std::vector<ingest::ParquetValues> batch = of_data(of, n);
    batch.emplace_back(counted_to(n));
    batch.emplace_back(std::move(users));
    batch.emplace_back(std::move(times));
    for (const std::string& cut : cuts) batch.emplace_back(label_column(set, cut));
    writer.write(batch);
  }
  writer.close();
}

void write_items(Release& release, const std::string& path) {
  auto writer = writer_of_data(path, {{"item", Type::integer}, {"item_id", Type::text}});
  for (const RequestSet& of : request_sets(release.run())) {
    const std::vector<std::string>& ids = release.of(of.key).item_ids;
    std::vector<ingest::ParquetValues> batch = of_data(of, ids.size());
    batch.emplace_back(counted_to(ids.size()));
    batch.emplace_back(ingest::ParquetTexts(ids.begin(), ids.end()));
    writer.write(batch);
  }
  writer.close();
}

void write_truth(Release& release, const std::string& path) {
  auto writer = writer_of_data(path, {{"request", Type::integer}, {"item", Type::integer}});
  for (const RequestSet& of : request_sets(release.run())) {
    const results::ItemLists truth = release.run().reader().truth(of.key);
    const ReleasedSet& set = release.of(of.key);
    ingest::ParquetIntegers requests, items;
    for (size_t place = 0; place < set.rows.size(); ++place) {
      for (const int64_t item : released_truth(truth, set, place)) {
        requests.emplace_back(static_cast<int64_t>(place));
        items.emplace_back(item);
      }
    }
    std::vector<ingest::ParquetValues> batch = of_data(of, items.size());
    batch.emplace_back(std::move(requests));
    batch.emplace_back(std::move(items));
    writer.write(batch);
  }
  writer.close();
}

}  // namespace

void export_parquet(Release& release, const std::string& folder) {
  for (const char* view : kExportedViews)
    write_answer(release.view(view), fmt::format("{}/{}.parquet", folder, view));
  const results::Cell parameters[] = {release.run().info().run_id};
  write_answer(release.table(release.run().reader().query(kRun, parameters)),
               folder + "/runs.parquet");
  write_request_values(release, folder + "/request_values.parquet");
  write_slates(release, folder + "/slates.parquet");
  write_users(release, folder + "/users.parquet");
  write_items(release, folder + "/items.parquet");
  write_truth(release, folder + "/truth.parquet");
}

}  // namespace assay::cli

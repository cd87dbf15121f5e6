#pragma once

#include <unistd.h>

#include <cmath>
#include <filesystem>
#include <limits>
#include <string>
#include <vector>

#include "error/error.h"
#include "results/database.h"
#include "results/part_writer.h"
#include "results/reader.h"

/// Faked rows for the tests of the results database: one run of two variants over one data set.
namespace assay::sample {

inline constexpr float kNaN = std::numeric_limits<float>::quiet_NaN();

/// A folder of its own, removed at the end.
class Folder {
 public:
  Folder() {
    std::string name = (std::filesystem::temp_directory_path() / "assay_results_XXXXXX").string();
    path_ = mkdtemp(name.data());
  }
  ~Folder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  std::string operator/(const std::string& name) const { return (path_ / name).string(); }
  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

inline const std::string kNdcg = "ndcg{gain=binary,discount=log2(r+1),ideal=min(R,k)}";
inline const std::string kRecallOfK = "recall{den=min(R,k)}";
inline const std::string kCoverage = "item_coverage{catalogue=train}";

inline std::vector<results::MetricRow> metrics() {
  return {{kNdcg, "ndcg", results::MetricRow::Scope::request, "1", true, "Discounted gain."},
          {kRecallOfK, "recall{den=min(R,k)}", results::MetricRow::Scope::request, "1", true,
           "Recall."},
          {kCoverage, "item_coverage", results::MetricRow::Scope::catalogue, "1", true,
           "Share of items."}};
}

inline results::RunRow run_row(const std::string& experiment = "quickstart") {
  return {.experiment = experiment,
          .description = "Does it matter?",
          .started = "2026-11-22T21:50:03Z",
          .config = "name: quickstart\n",
          .seeds = "[1,2]",
          .primary_definition = kNdcg,
          .primary_cutoff = 10,
          .margin = 0.002,
          .command_line = "assay run quickstart.yaml",
          .assay_version = "0.1.0",
          .git_commit = "1a2b3c4",
          .build_type = "Release",
          .compiler = "g++ 12.2"};
}

inline results::VariantRow variant_row(int64_t run_id, const std::string& name, int position) {
  return {.run_id = run_id,
          .name = name,
          .chain = "{}",
          .position = position,
          .is_baseline = position == 0,
          .stages = {{"recall[0]", "recall", "ease", "1.0", "ab12", R"({"l2":250})"}}};
}

inline results::RunTrialRow trial_row(int64_t run_id, const std::string& variant,
                                      const std::string& key,
                                      std::optional<int64_t> seed = std::nullopt) {
  return {.run_id = run_id,
          .variant = variant,
          .dataset = "ml100k",
          .seed = seed,
          .trial_key = key,
          .spec = "{}",
          .request_set = "requests-1",
          .artifacts = {{"recall[0]", "artifact-" + key}}};
}

/// A run of `control` (trial "c", no seed) and `diverse` (trials "d1", "d2" of seeds 1, 2). Returns
/// its id.
inline int64_t begin_sample(results::Database& database,
                            const std::string& experiment = "quickstart") {
  const int64_t run = database.begin_run(run_row(experiment));
  for (const results::MetricRow& metric : metrics()) database.write(metric);
  database.write(variant_row(run, "control", 0));
  database.write(variant_row(run, "diverse", 1));
  database.write(trial_row(run, "control", "c"));
  database.write(trial_row(run, "diverse", "d1", 1));
  database.write(trial_row(run, "diverse", "d2", 2));
  return run;
}

inline results::HostFacts host_facts() {
  return {.device = "cpu",
          .cpu_model = "a processor",
          .cpu_cores = 2,
          .memory_bytes = 1 << 30,
          .torch = "2.13.0",
          .compiler = "g++ 12.2",
          .build_type = "Release",
          .os = "Linux",
          .threads = 1};
}

/// Shard `shard` of `shards`, each of four requests over a catalogue of five items: ndcg@10 of the
/// served lists is `base` + request / 100, excluded for the last request of each shard; item i of
/// list slot j is (request + j) % 5.
inline void write_shard(results::PartWriter& part, const std::string& key, int shard, int shards,
                        float base = 0.5F) {
  constexpr int64_t requests = 4;
  const int64_t first = shard * requests;
  const auto id = part.begin_shard(
      {.trial_key = key, .shard = shard, .shards = shards, .first_request = first, .requests = 4});
  std::vector<float> ndcg, scores;
  std::vector<int32_t> items, counts(5);
  for (int64_t request = first; request < first + requests; ++request) {
    ndcg.push_back(base + static_cast<float>(request) / 100);
    for (int64_t slot = 0; slot < 2; ++slot) {
      items.push_back(static_cast<int32_t>((request + slot) % 5));
      scores.push_back(static_cast<float>(1 - slot));
      ++counts[static_cast<size_t>(items.back())];
    }
  }
  ndcg.back() = kNaN;
  part.values(id, {"served", kNdcg, 10}, ndcg);
  part.exposure(id, "served", 10, counts);
  part.slates(id, {first, 2, items, scores, {}});
  part.stage_count(id, {"recall", 0, 10, 6});
  part.counter(id, "recall[0]", "short lists", 1);
  part.end_shard(id, 0.25);
}

/// Catalogue metrics as the coordinator would compute them: coverage = items shown / N.
inline std::vector<results::CatalogueValue> coverage(const std::string&,
                                                     std::span<const results::Exposure> shown) {
  std::vector<results::CatalogueValue> values;
  for (const results::Exposure& exposure : shown) {
    double seen = 0;
    for (const int64_t count : exposure.counts) seen += count > 0;
    values.push_back({{exposure.stage, kCoverage, exposure.cutoff},
                      seen / static_cast<double>(exposure.counts.size()),
                      ""});
  }
  return values;
}

/// A finished part with the given shards of one trial.
inline std::string part_of(const Folder& folder, const std::string& name, const std::string& key,
                           const std::vector<int>& shards, int of, float base = 0.5F) {
  std::string path = folder / (name + ".sqlite");
  results::PartWriter part(path, {name, "evaluate"});
  part.host(host_facts());
  for (const int shard : shards) write_shard(part, key, shard, of, base);
  part.finish();
  return path;
}

/// The text of the UserError that `body` throws; "" where it throws none.
template <typename Body>
std::string user_error(Body&& body) {
  try {
    body();
  } catch (const error::UserError& error) {
    return error.what();
  }
  return "";
}

/// All rows of a query as text, cells joined by '|', NULL as "NULL".
inline std::vector<std::string> lines(const results::Database& database, const std::string& sql) {
  std::vector<std::string> result;
  for (const auto& row : results::Reader(database).query(sql).rows) {
    std::string line;
    for (const results::Cell& cell : row) {
      if (!line.empty()) line += '|';
      if (std::holds_alternative<std::monostate>(cell)) line += "NULL";
      if (const auto* n = std::get_if<int64_t>(&cell)) line += fmt::format("{}", *n);
      if (const auto* x = std::get_if<double>(&cell)) line += fmt::format("{:.6g}", *x);
      if (const auto* text = std::get_if<std::string>(&cell)) line += *text;
      if (const auto* blob = std::get_if<results::Blob>(&cell))
        line += fmt::format("{} bytes", blob->bytes.size());
    }
    result.push_back(line);
  }
  return result;
}

}  // namespace assay::sample

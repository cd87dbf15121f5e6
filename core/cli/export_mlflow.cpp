#include "cli/export_mlflow.h"

#include <fmt/format.h>

#include <cctype>
#include <ctime>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>

#include "error/error.h"
#include "hash/hash.h"

namespace assay::cli {
namespace {

namespace fs = std::filesystem;

void write(const fs::path& path, const std::string& text) {
  fs::create_directories(path.parent_path());
  std::ofstream out(path, std::ios::binary);
  out << text;
  if (!out.flush())
    throw error::UserError(path.string(), "the file cannot be written; is the disk full?");
}

/// MLflow allows letters, digits and "_-. /" in names, and a slash makes a folder.
std::string name_of(const std::string& text) {
  std::string name;
  for (const char c : text) {
    const bool plain = std::isalnum(static_cast<unsigned char>(c)) != 0 ||
                       std::string_view("_-.").find(c) != std::string_view::npos;
    if (c == '@')
      name += "_at_";
    else if (plain)
      name += c;
    else if (c != ']' && c != '}')
      name += c == '[' ? '.' : '_';
  }
  return name;
}

std::string quoted(const std::string& text) { return nlohmann::json(text).dump(); }

/// Milliseconds since 1970 of "2026-11-22T21:50:03Z".
int64_t milliseconds(const std::string& utc) {
  std::tm time{};
  if (::strptime(utc.c_str(), "%Y-%m-%dT%H:%M:%SZ", &time) == nullptr) return 0;
  return static_cast<int64_t>(::timegm(&time)) * 1000;
}

std::string text_of(const results::Cell& cell) {
  if (const auto* integer = std::get_if<int64_t>(&cell)) return fmt::format("{}", *integer);
  if (const auto* text = std::get_if<std::string>(&cell)) return *text;
  return "";
}

class MlflowExport {
 public:
  MlflowExport(const report::OpenRun& run, const std::string& folder)
      : run_(run),
        row_(run.info().row),
        begun_(milliseconds(row_.started)),
        // MLflow's own are 18 digits.
        experiment_id_(
            fmt::format("{:018}", hash::fast_hash(row_.experiment, 0) % 1'000'000'000'000'000)),
        root_(fs::path(folder) / experiment_id_) {}

  void write_all() {
    write(root_ / "meta.yaml",
          fmt::format("artifact_location: {}\ncreation_time: {}\nexperiment_id: '{}'\n"
                      "last_update_time: {}\nlifecycle_stage: active\nname: {}\n",
                      quoted("file://" + fs::absolute(root_).string()), begun_, experiment_id_,
                      begun_, quoted(row_.experiment)));
    const results::Cell parameters[] = {run_.info().run_id};
    for (const auto& row : run_.reader()
                               .query("SELECT DISTINCT variant, dataset, status FROM leaderboard "
                                      "WHERE run_id = ? AND fold = 'all'",
                                      parameters)
                               .rows) {
      write_run(text_of(row[0]), text_of(row[1]), text_of(row[2]) == "done");
    }
  }

 private:
  void write_run(const std::string& variant, const std::string& dataset, bool done) {
    const std::string id =
        hash::sha256_hex(fmt::format("{}/{}/{}/{}/{}", row_.experiment, row_.started,
                                     run_.info().run_id, variant, dataset))
            .substr(0, 32);
    const fs::path folder = root_ / id;
    const std::string name = fmt::format("{} on {}", variant, dataset);
    write(folder / "meta.yaml",
          fmt::format("artifact_uri: {}\nend_time: {}\nentry_point_name: ''\nexperiment_id: '{}'\n"
                      "lifecycle_stage: active\nrun_id: {}\nrun_name: {}\nrun_uuid: {}\n"
                      "source_name: ''\nsource_type: 4\nsource_version: ''\nstart_time: {}\n"
                      "status: {}\ntags: []\nuser_id: assay\n",
                      quoted("file://" + fs::absolute(folder / "artifacts").string()), finished(),
                      experiment_id_, id, quoted(name), id, begun_, done ? 3 : 4));
    fs::create_directories(folder / "artifacts");
    write_tags(folder / "tags", variant, dataset, name);
    write_params(folder / "params", variant);
    write_metrics(folder / "metrics", variant, dataset);
  }

  int64_t finished() const { return milliseconds(run_.info().finished.value_or(row_.started)); }

  void write_tags(const fs::path& folder, const std::string& variant, const std::string& dataset,
                  const std::string& name) {
    write(folder / "mlflow.runName", name);
    write(folder / "mlflow.source.git.commit", row_.git_commit);
    write(folder / "assay.variant", variant);
    write(folder / "assay.dataset", dataset);
    write(folder / "assay.version", row_.assay_version);
    write(folder / "assay.command_line", row_.command_line);
    write(folder / "assay.build_type", row_.build_type);
  }

  void write_params(const fs::path& folder, const std::string& variant) {
    fs::create_directories(folder);
    const results::Cell parameters[] = {run_.info().run_id, variant};
    for (const auto& row :
         run_.reader()
             .query("SELECT s.place, s.plugin, s.params FROM stage AS s JOIN variant AS v USING "
                    "(variant_id) WHERE v.run_id = ? AND v.name = ?",
                    parameters)
             .rows) {
      const std::string place = name_of(text_of(row[0]));
      write(folder / place, text_of(row[1]));
      const nlohmann::json params = nlohmann::json::parse(text_of(row[2]), nullptr, false);
      if (!params.is_object()) continue;
      for (const auto& [key, value] : params.items()) {
        write(folder / fmt::format("{}.{}", place, name_of(key)),
              value.is_string() ? value.get<std::string>() : value.dump());
      }
    }
  }

  void write_metrics(const fs::path& folder, const std::string& variant,
                     const std::string& dataset) {
    fs::create_directories(folder);
    const results::Cell parameters[] = {run_.info().run_id, variant, dataset};
    for (const auto& row :
         run_.reader()
             .query("SELECT stage, metric, cutoff, slice, mean FROM leaderboard WHERE run_id = ? "
                    "AND variant = ? AND dataset = ? AND fold = 'all' AND mean IS NOT NULL",
                    parameters)
             .rows) {
      const std::string cutoff = text_of(row[2]);
      std::string metric = text_of(row[1]) + (cutoff.empty() ? "" : "@" + cutoff);
      if (text_of(row[3]) != "all") metric += "." + text_of(row[3]);
      write(folder / name_of(text_of(row[0])) / name_of(metric),
            fmt::format("{} {} 0\n", finished(), std::get<double>(row[4])));
    }
    for (const auto& row :
         run_.reader()
             .query("SELECT json_extract(scenario, '$.kind'), quantile, ms FROM latency_summary "
                    "WHERE run_id = ? AND variant = ? AND dataset = ? AND fold = 'all' AND stage = "
                    "'served' AND ms IS NOT NULL",
                    parameters)
             .rows) {
      const std::string metric = fmt::format("p{:g}_ms", 100.0 * std::get<double>(row[1]));
      write(folder / "latency" / name_of(text_of(row[0]) + "." + metric),
            fmt::format("{} {} 0\n", finished(), std::get<double>(row[2])));
    }
  }

  const report::OpenRun& run_;
  const results::RunRow& row_;
  int64_t begun_;
  std::string experiment_id_;
  fs::path root_;
};

}  // namespace

void export_mlflow(const report::OpenRun& run, const std::string& folder) {
  MlflowExport(run, folder).write_all();
}

}  // namespace assay::cli

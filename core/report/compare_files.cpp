#include "report/compare_files.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <set>

#include "analysis/analysis.h"
#include "error/error.h"
#include "report/agreement.h"
#include "results/join.h"

namespace assay::report {

namespace {

using report::OpenRun;
using report::RunName;

std::vector<OpenRun> open_all(const std::vector<RunName>& names) {
  std::vector<OpenRun> runs;
  for (const RunName& name : names) runs.emplace_back(name);
  return runs;
}

/// What a run is called before its variants: the file's name without folder and ending, where that
/// tells it from the others, else all of it.
std::vector<std::string> labels_of(const std::vector<OpenRun>& runs) {
  std::vector<std::string> labels;
  for (const OpenRun& run : runs) {
    const std::string stem = std::filesystem::path(run.name().path).stem().string();
    labels.push_back(run.name().run ? fmt::format("{}#{}", stem, *run.name().run) : stem);
  }
  std::set<std::string> different(labels.begin(), labels.end());
  if (different.size() == labels.size()) return labels;
  for (size_t r = 0; r < runs.size(); ++r) {
    labels[r] = fmt::format("{}#{}", runs[r].name().path, runs[r].info().run_id);
  }
  return labels;
}

/// The trials behind a variant: two variants with the same ones are one.
std::set<std::string> trials_of(const OpenRun& run, const std::string& variant) {
  std::set<std::string> keys;
  for (const results::RunTrial& trial : run.reader().trials(run.info().run_id)) {
    if (trial.variant == variant) keys.insert(trial.trial_key);
  }
  return keys;
}

/// Which variants of each run are taken, and what they are called.
void name_variants(const std::vector<OpenRun>& runs, std::vector<results::JoinedRun>& joined) {
  const std::vector<std::string> labels = labels_of(runs);
  std::map<std::string, std::vector<std::set<std::string>>> by_name;
  std::vector<std::pair<size_t, std::string>> taken;
  for (size_t r = 0; r < runs.size(); ++r) {
    for (const results::VariantInfo& variant : runs[r].reader().variants(runs[r].info().run_id)) {
      const std::set<std::string> trials = trials_of(runs[r], variant.name);
      auto& known = by_name[variant.name];
      if (std::ranges::count(known, trials) > 0) continue;
      known.push_back(trials);
      taken.emplace_back(r, variant.name);
    }
  }
  for (const auto& [r, name] : taken) {
    const bool alone = by_name[name].size() == 1;
    joined[r].variants[name] = alone ? name : fmt::format("{}:{}", labels[r], name);
  }
}

std::string names_text(const std::vector<OpenRun>& runs) {
  std::string text;
  for (const OpenRun& run : runs) text += (text.empty() ? "" : " ") + run.name().text();
  return text;
}

[[noreturn]] void throw_not_comparable(const std::vector<OpenRun>& runs,
                                       const std::vector<report::Disagreement>& disagreements) {
  std::string lines = report::disagreement_lines(runs, disagreements);
  lines.pop_back();
  throw error::UserError(
      fmt::format("these runs cannot be compared, because they differ in\n{}\nShow them "
                  "one after the other with: assay compare {} --side-by-side",
                  lines, names_text(runs)));
}

/// The first run's, with the others named.
results::RunRow joined_row(const std::vector<OpenRun>& runs) {
  results::RunRow row = runs.front().info().row;
  for (size_t r = 1; r < runs.size(); ++r) {
    const results::RunRow& other = runs[r].info().row;
    if (other.git_commit != row.git_commit) row.git_commit.clear();
    if (other.build_type != "release") row.build_type = other.build_type;
  }
  row.command_line = "assay compare " + names_text(runs);
  return row;
}

/// Those of the first run, with its guardrails: they are relative to the baseline, which is its own.
/// Every column that there is takes part.
analysis::AnalysisSettings joined_settings(const results::RunRow& row) {
  analysis::AnalysisSettings settings = analysis::recorded_settings(row);
  settings.compare.baseline.clear();
  settings.metrics.served.clear();
  settings.metrics.pool.clear();
  return settings;
}

/// "x.sqlite#1: its guardrails are not those of a.sqlite, which hold here".
std::string guardrail_note(const OpenRun& first, const OpenRun& other) {
  const auto json = [](const OpenRun& run) {
    const auto settings = analysis::recorded_settings(run.info().row);
    return nlohmann::json(settings.compare.guardrails).dump();
  };
  if (json(first) == json(other)) return "";
  return fmt::format("{}: its guardrails are not those of {}, which hold here\n",
                     other.name().text(), first.name().text());
}

std::string notes_of(const std::vector<OpenRun>& runs) {
  std::string text;
  for (const OpenRun& run : runs) text += guardrail_note(runs.front(), run);
  for (const OpenRun& run : runs) {
    if (!run.note().empty()) text += fmt::format("{}: {}\n", run.name().text(), run.note());
  }
  return text;
}

std::string agreement_line(const std::vector<OpenRun>& runs) {
  std::string text =
      fmt::format("\n{} runs on the same requests, paired request by request:", runs.size());
  for (const OpenRun& run : runs) {
    text += fmt::format("\n  {}  run {}, {}, {}", run.name().text(), run.info().run_id,
                        run.info().row.experiment, run.info().row.started);
  }
  return text + "\n";
}

}  // namespace

std::string compared_files_text(const std::vector<RunName>& names, const CompareOptions& options) {
  const std::vector<OpenRun> runs = open_all(names);
  const auto disagreements = report::disagreements(runs, !options.metric.empty());
  if (!disagreements.empty()) throw_not_comparable(runs, disagreements);

  const auto datasets = report::matched_datasets(runs);
  std::vector<results::JoinedRun> joined;
  for (size_t r = 0; r < runs.size(); ++r) {
    joined.push_back({runs[r].name().path, runs[r].info().run_id, {}, datasets[r]});
  }
  name_variants(runs, joined);
  const results::RunRow row = joined_row(runs);
  results::Database database = join_runs(joined, row);
  analyse(database, 1, joined_settings(row));

  CompareOptions shown = options;
  shown.run = 1;
  shown.shown_path = names_text(runs);
  const std::string text = comparison_text(database, shown);
  const bool is_prose =
      options.format == TextFormat::text || options.format == TextFormat::markdown;
  return is_prose && !options.failures ? notes_of(runs) + text + agreement_line(runs) : text;
}

std::string side_by_side_text(const std::vector<RunName>& names, const CompareOptions& options) {
  if (options.format == TextFormat::csv) {
    throw error::UserError(
        "--side-by-side has no csv, which holds one table; use text, markdown or json");
  }
  const std::vector<OpenRun> runs = open_all(names);
  const auto disagreements = report::disagreements(runs, true);
  nlohmann::ordered_json json = {{"differences", nlohmann::ordered_json::array()},
                                 {"files", nlohmann::ordered_json::array()}};
  std::string text = disagreements.empty() ? "" : "Not comparable; they differ in\n";
  text += report::disagreement_lines(runs, disagreements);
  for (const report::Disagreement& one : disagreements) {
    json["differences"].push_back({{"what", one.what}, {"found", one.found}});
  }
  for (const OpenRun& run : runs) {
    CompareOptions own = options;
    own.run = run.info().run_id;
    own.shown_path = run.name().path;
    const std::string part = comparison_text(run.database(), own);
    if (options.format == TextFormat::json) {
      json["files"].push_back(
          {{"file", run.name().text()}, {"comparison", nlohmann::ordered_json::parse(part)}});
    } else {
      const char* mark = options.format == TextFormat::markdown ? "##" : "==";
      text += fmt::format("{}{} {}\n\n{}", text.empty() ? "" : "\n", mark, run.name().text(), part);
    }
  }
  return options.format == TextFormat::json ? json.dump(2) + "\n" : text;
}

}  // namespace assay::report

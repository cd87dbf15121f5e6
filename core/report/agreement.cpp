#include "report/agreement.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <set>

#include "analysis/resolved_config.h"

namespace assay::report {

namespace {

using Facts = std::map<std::string, std::string>;

constexpr char kNone[] = "-";

/// What decides on requests and answers below `datasets.<name>`; data itself goes by its hash.
constexpr std::array kOfData = {"targets", "filter", "split", "evaluate_on", "clean"};
/// And for all data sets together.
constexpr std::array kOfAll = {"fit_on", "traffic", "serve"};

bool is_below(const std::string& path, const std::string& root) {
  return path == root || path.starts_with(root + ".") || path.starts_with(root + "[");
}

/// "datasets.ml100k.split.test" as "ml100k: split.test" where it matters; else empty.
std::string fact_of(const std::string& path, const std::map<std::string, std::string>& datasets) {
  for (const char* root : kOfAll) {
    if (is_below(path, root)) return path;
  }
  for (const auto& [name, shown] : datasets) {
    const std::string root = "datasets." + name + ".";
    if (!path.starts_with(root)) continue;
    const std::string rest = path.substr(root.size());
    for (const char* part : kOfData) {
      if (is_below(rest, part)) return fmt::format("{}: {}", shown, rest);
    }
  }
  return "";
}

std::string short_hash(const std::string& hash) { return hash.substr(0, 12); }

void add_requests(const OpenRun& run, const std::map<std::string, std::string>& datasets,
                  Facts& facts) {
  std::map<std::string, std::set<std::string>> sets;
  for (const results::RunTrial& trial : run.reader().trials(run.info().run_id)) {
    const auto shown = datasets.find(trial.dataset);
    if (shown == datasets.end()) continue;
    const std::string fold = trial.fold == "all" ? "" : fmt::format(", fold {}", trial.fold);
    sets[fmt::format("{}: requests{}", shown->second, fold)].insert(short_hash(trial.request_set));
  }
  for (const auto& [what, found] : sets) facts[what] = fmt::format("{}", fmt::join(found, " "));
}

Facts facts_of(const OpenRun& run, const std::map<std::string, std::string>& datasets) {
  Facts facts;
  for (const auto& [path, value] : analysis::config_leaves(run.info().row.config)) {
    const std::string fact = fact_of(path, datasets);
    if (!fact.empty()) facts[fact] = value;
  }
  for (const analysis::RecordedData& data :
       analysis::recorded_data(run.reader(), run.info().run_id)) {
    const auto shown = datasets.find(data.dataset);
    if (shown == datasets.end()) continue;
    facts[shown->second + ": data hash"] = short_hash(data.source_hash);
    std::vector<std::string> prepared;
    for (const std::string& hash : data.prepared_hashes) prepared.push_back(short_hash(hash));
    facts[shown->second + ": prepared data"] = fmt::format("{}", fmt::join(prepared, " "));
  }
  add_requests(run, datasets, facts);
  return facts;
}

/// Names with more than one definition among the runs, with the definition that each run has.
void add_definitions(std::span<const OpenRun> runs, std::vector<Facts>& facts) {
  std::map<std::string, std::set<std::string>> known;
  std::vector<Facts> all;
  for (const OpenRun& run : runs) {
    Facts& mine = all.emplace_back();
    for (const results::MetricRow& metric : run.reader().metrics()) {
      mine[metric.name] = metric.definition;
      known[metric.name].insert(metric.definition);
    }
  }
  for (size_t r = 0; r < runs.size(); ++r) {
    for (const auto& [name, definition] : all[r]) {
      // A metric that one of them lacks is no contradiction: it is not compared.
      if (known[name].size() > 1) facts[r]["definition of " + name] = definition;
    }
  }
}

/// Leaves the data sets that every run has.
void keep_common(std::vector<std::map<std::string, std::string>>& matched) {
  std::map<std::string, size_t> runs_with;
  for (const auto& names : matched) {
    for (const auto& [name, shown] : names) ++runs_with[shown];
  }
  for (auto& names : matched) {
    std::erase_if(names,
                  [&](const auto& name) { return runs_with[name.second] != matched.size(); });
  }
}

std::vector<std::string> dataset_lists(std::span<const OpenRun> runs) {
  std::vector<std::string> lists;
  for (const OpenRun& run : runs) {
    std::vector<std::string> names;
    for (const analysis::RecordedData& data :
         analysis::recorded_data(run.reader(), run.info().run_id)) {
      names.push_back(data.dataset);
    }
    lists.push_back(fmt::format("{}", fmt::join(names, " ")));
  }
  return lists;
}

}  // namespace

std::vector<std::map<std::string, std::string>> matched_datasets(std::span<const OpenRun> runs) {
  const std::vector<analysis::RecordedData> first =
      analysis::recorded_data(runs.front().reader(), runs.front().info().run_id);
  std::vector<std::map<std::string, std::string>> matched;
  for (const OpenRun& run : runs) {
    const std::vector<analysis::RecordedData> own =
        analysis::recorded_data(run.reader(), run.info().run_id);
    auto& names = matched.emplace_back();
    for (const analysis::RecordedData& data : own) {
      const auto alike =
          std::ranges::find(first, data.prepared_hashes, &analysis::RecordedData::prepared_hashes);
      const bool only = first.size() == 1 && own.size() == 1;
      names[data.dataset] = alike != first.end() ? alike->dataset
                            : only               ? first.front().dataset
                                                 : data.dataset;
    }
  }
  keep_common(matched);
  return matched;
}

std::vector<Disagreement> disagreements(std::span<const OpenRun> runs, bool any_primary) {
  const auto datasets = matched_datasets(runs);
  std::vector<Facts> facts;
  for (size_t r = 0; r < runs.size(); ++r) {
    facts.push_back(facts_of(runs[r], datasets[r]));
    const results::RunRow& row = runs[r].info().row;
    if (!any_primary) {
      facts[r]["metrics.primary"] =
          fmt::format("{}@{}", row.primary_definition, row.primary_cutoff);
    }
  }
  add_definitions(runs, facts);
  std::set<std::string> all;
  for (const Facts& mine : facts) {
    for (const auto& [what, value] : mine) all.insert(what);
  }
  std::vector<Disagreement> out;
  if (datasets.front().empty()) out.push_back({"data sets", dataset_lists(runs)});
  for (const std::string& what : all) {
    Disagreement disagreement{what, {}};
    for (const Facts& mine : facts) {
      const auto found = mine.find(what);
      disagreement.found.push_back(found == mine.end() ? kNone : found->second);
    }
    if (std::ranges::count(disagreement.found, disagreement.found.front()) !=
        std::ssize(disagreement.found)) {
      out.push_back(std::move(disagreement));
    }
  }
  return out;
}

std::string disagreement_lines(std::span<const OpenRun> runs,
                               std::span<const Disagreement> disagreements) {
  std::string text;
  for (const Disagreement& one : disagreements) {
    text += fmt::format("  {}:", one.what);
    for (size_t r = 0; r < runs.size(); ++r) {
      text += fmt::format("{} {} in {}", r == 0 ? "" : ",", one.found[r], runs[r].name().text());
    }
    text += "\n";
  }
  return text;
}

}  // namespace assay::report

#include "report/run_diff.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>
#include <nlohmann/json.hpp>

#include "analysis/resolved_config.h"
#include "error/error.h"
#include "report/numbers.h"
#include "text/display_width.h"

namespace assay::report {

namespace {

using report::OpenRun;
using Facts = std::map<std::string, std::string>;

std::string cell_text(const results::Cell& cell) {
  if (const auto* integer = std::get_if<int64_t>(&cell)) return fmt::format("{}", *integer);
  if (const auto* real = std::get_if<double>(&cell)) return fmt::format("{}", *real);
  if (const auto* text = std::get_if<std::string>(&cell)) return *text;
  return "";
}

/// Every value of a query's rows, named by its first column and the name of its own.
Facts facts_of(const OpenRun& run, const char* sql) {
  const std::array<results::Cell, 1> parameters{run.info().run_id};
  const results::QueryAnswer answer = run.reader().query(sql, parameters);
  Facts facts;
  for (const auto& row : answer.rows) {
    const std::string of = cell_text(row[0]);
    for (size_t c = 1; c < row.size(); ++c) {
      const std::string value = cell_text(row[c]);
      if (value.empty()) continue;
      facts[of.empty() ? answer.columns[c] : fmt::format("{}: {}", of, answer.columns[c])] = value;
    }
  }
  return facts;
}

Facts configuration(const OpenRun& run) {
  Facts facts;
  for (const auto& [path, value] : analysis::config_leaves(run.info().row.config)) {
    facts[path] = value;
  }
  return facts;
}

void flatten(const std::string& at, const nlohmann::json& json, Facts& facts) {
  if (!json.is_object()) {
    facts[at] = json.is_string() ? json.get<std::string>() : json.dump();
    return;
  }
  for (const auto& [key, value] : json.items()) flatten(at + "." + key, value, facts);
}

Facts parameters(const OpenRun& run) {
  const std::array<results::Cell, 1> wanted{run.info().run_id};
  Facts facts;
  for (const auto& row :
       run.reader()
           .query("SELECT v.name || '.' || s.place, s.params FROM stage AS s JOIN variant AS v "
                  "USING (variant_id) WHERE v.run_id = ?",
                  wanted)
           .rows) {
    const nlohmann::json json = nlohmann::json::parse(cell_text(row[1]), nullptr, false);
    if (!json.is_discarded()) flatten(cell_text(row[0]), json, facts);
  }
  return facts;
}

/// Which versions of the numerics made the trials of a run; usually one.
std::string numerics(const OpenRun& run) {
  const std::array<results::Cell, 1> wanted{run.info().run_id};
  std::string versions;
  for (const auto& row : run.reader()
                             .query("SELECT DISTINCT json_extract(spec, '$.numerics') FROM trial "
                                    "JOIN run_trial USING (trial_key) WHERE run_id = ? ORDER BY 1",
                                    wanted)
                             .rows)
    versions += (versions.empty() ? "" : " and ") + cell_text(row[0]);
  return versions;
}

/// Several machines that made one run stand in one value.
Facts environment(const OpenRun& run) {
  Facts facts = facts_of(run,
                         "SELECT '', assay_version, git_commit, build_type, compiler FROM run "
                         "WHERE run_id = ?");
  if (const std::string versions = numerics(run); !versions.empty())
    facts["numerics version"] = versions;
  std::map<std::string, std::vector<std::string>> values;
  const auto add = [&](const std::string& what, const std::string& value) {
    auto& known = values[what];
    if (!value.empty() && std::ranges::count(known, value) == 0) known.push_back(value);
  };
  for (const results::HostFacts& host : run.reader().environments(run.info().run_id)) {
    add("device", host.device);
    add("cpu_model", host.cpu_model);
    add("cpu_cores", fmt::format("{}", host.cpu_cores));
    add("memory_bytes", fmt::format("{}", host.memory_bytes));
    add("gpu_model", host.gpu_model.value_or(""));
    add("gpu_driver", host.gpu_driver.value_or(""));
    add("cuda", host.cuda.value_or(""));
    add("torch", host.torch);
    add("worker compiler", host.compiler);
    add("worker build_type", host.build_type);
    add("os", host.os);
    add("threads", fmt::format("{}", host.threads));
  }
  for (const auto& [what, known] : values) {
    if (!known.empty()) facts[what] = fmt::format("{}", fmt::join(known, " and "));
  }
  return facts;
}

Facts plugins(const OpenRun& run) {
  return facts_of(run,
                  "SELECT v.name || '.' || s.place, s.plugin, s.version, s.so_sha256 FROM stage "
                  "AS s JOIN variant AS v USING (variant_id) WHERE v.run_id = ?");
}

/// Imported lists are data of the sources that serve them.
Facts data(const OpenRun& run) {
  Facts facts = facts_of(run,
                         "SELECT dataset || iif(fold = 'all', '', ', fold ' || fold), source, "
                         "source_hash, prepared_hash, users, items, events, "
                         "windows FROM data_source WHERE run_id = ?");
  facts.merge(facts_of(
      run,
      "SELECT v.name || '.' || json_extract(step.value, '$.place') || ' on ' || t.dataset || "
      "iif(t.fold = 'all', '', ', fold ' || t.fold), json_extract(step.value, '$.lists') AS lists "
      "FROM run_trial AS t JOIN trial AS x USING (trial_key) JOIN variant AS v USING (variant_id), "
      "json_each(x.spec, '$.chain') AS step "
      "WHERE t.run_id = ? AND json_extract(step.value, '$.lists') IS NOT NULL"));
  return facts;
}

struct Section {
  const char* name;
  Facts (*facts)(const OpenRun&);
};

constexpr Section kSections[] = {{"configuration", configuration},
                                 {"effective parameters", parameters},
                                 {"environment", environment},
                                 {"plugins", plugins},
                                 {"data", data}};

void compare(const char* section, const Facts& left, const Facts& right,
             std::vector<RunDifference>& differences) {
  Facts all = left;
  all.insert(right.begin(), right.end());
  for (const auto& [what, value] : all) {
    const auto in = [&](const Facts& facts) {
      const auto found = facts.find(what);
      return found == facts.end() ? std::nullopt : std::optional(found->second);
    };
    const auto from = in(left), to = in(right);
    if (from != to) differences.push_back({section, what, from, to});
  }
}

std::string run_text(const OpenRun& run) {
  return fmt::format("{} run {} ({}, {})", run.name().path, run.info().run_id,
                     run.info().row.experiment, report::day_text(run.info().row.started));
}

std::string plain_text(const OpenRun& left, const OpenRun& right,
                       const std::vector<RunDifference>& differences) {
  std::string text = fmt::format("{}\n-> {}\n", run_text(left), run_text(right));
  for (const Section& section : kSections) {
    std::vector<const RunDifference*> own;
    size_t width = 0;
    for (const RunDifference& difference : differences) {
      if (difference.section != section.name) continue;
      own.push_back(&difference);
      width = std::max(width, text::display_width(difference.what));
    }
    text += fmt::format("\n{}{}\n", section.name, own.empty() ? ": the same" : "");
    for (const RunDifference* difference : own) {
      text +=
          fmt::format("  {}  {} -> {}\n", text::pad_right(difference->what, width),
                      difference->left.value_or("(none)"), difference->right.value_or("(none)"));
      if (difference->what == "numerics version" && difference->left && difference->right) {
        text += fmt::format(
            "  numbers of {} are made by numerics version {}, those of {} by {}: see "
            "docs/upgrading.md\n",
            right.name().path, *difference->right, left.name().path, *difference->left);
      }
    }
  }
  return text;
}

nlohmann::ordered_json run_json(const OpenRun& run) {
  return {{"file", run.name().path},
          {"run", run.info().run_id},
          {"experiment", run.info().row.experiment},
          {"started", run.info().row.started}};
}

nlohmann::ordered_json maybe_text(const std::optional<std::string>& text) {
  if (text) return *text;
  return nullptr;
}

std::string json_text(const OpenRun& left, const OpenRun& right,
                      const std::vector<RunDifference>& differences) {
  nlohmann::ordered_json json = {{"left", run_json(left)},
                                 {"right", run_json(right)},
                                 {"differences", nlohmann::ordered_json::array()}};
  for (const RunDifference& one : differences) {
    json["differences"].push_back({{"section", one.section},
                                   {"what", one.what},
                                   {"left", maybe_text(one.left)},
                                   {"right", maybe_text(one.right)}});
  }
  return json.dump(2) + "\n";
}

}  // namespace

std::vector<RunDifference> run_differences(const OpenRun& left, const OpenRun& right) {
  std::vector<RunDifference> differences;
  for (const Section& section : kSections) {
    compare(section.name, section.facts(left), section.facts(right), differences);
  }
  return differences;
}

std::string run_diff_text(const report::RunName& left, const report::RunName& right,
                          TextFormat format) {
  if (format != TextFormat::text && format != TextFormat::json) {
    throw error::UserError("assay diff writes text or json");
  }
  const OpenRun from(left), to(right);
  const std::vector<RunDifference> differences = run_differences(from, to);
  return format == TextFormat::json ? json_text(from, to, differences)
                                    : plain_text(from, to, differences);
}

}  // namespace assay::report

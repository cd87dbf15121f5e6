#include "report/footer.h"

#include <fmt/core.h>

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>
#include <set>

#include "analysis/resolved_config.h"
#include "analysis/timings.h"
#include "report/all_pairs.h"
#include "report/numbers.h"
#include "stats/verdict.h"
#include "task/experiment.h"
#include "text/counted.h"
#include "text/display_width.h"
#include "text/listed.h"
#include "text/lower_case.h"
#include "text/parts.h"

namespace assay::report {

namespace {

/// "alpha .05".
std::string alpha_text(double alpha) { return "alpha " + share_text(alpha); }

std::string letters_text(const Comparison& comparison, const Board& board) {
  if (board.any_letters()) {
    return fmt::format("letters: rows without a common letter differ (paired t, Holm, {})",
                       alpha_text(comparison.run.info.row.alpha));
  }
  const size_t ranked = ranked_variants(comparison, board.dataset).size();
  if (ranked > kMostLetters)
    return fmt::format("no letters for more than {} variants", kMostLetters);
  return "";
}

FooterLine marks_line(const Comparison& comparison, const Board& board) {
  FooterLine parts;
  if (const std::string letters = letters_text(comparison, board); !letters.empty()) {
    parts.push_back(letters);
  }
  if (board.any_sd()) parts.push_back("± sd over seeds");
  if (board.any_broken()) parts.push_back("! guardrail broken");
  if (board.noise_floor_ms) {
    parts.push_back(fmt::format("noise floor of p99: {:.2g} ms", *board.noise_floor_ms));
  }
  if (const std::string busy = comparison.busy(board.dataset, comparison.scenario()); !busy.empty())
    parts.push_back(busy);
  if (board.n && *board.n < stats::kRequestsForVerdict) {
    parts.push_back(
        fmt::format("a verdict needs at least {} requests", stats::kRequestsForVerdict));
  } else if (board.detectable) {
    parts.push_back("minimum detectable difference: " +
                    detectable_text(board.detectable->first, board.detectable->second) +
                    ", with a power of " + share_text(power_of(comparison.run.info.row)));
  }
  return parts;
}

FooterLine unlike_line(const Comparison& comparison, const Board& board) {
  FooterLine parts;
  for (const UnlikeRequests& one : comparison.unlike) {
    const bool shown = std::ranges::any_of(board.columns, [&](const BoardColumn& column) {
      return !column.is_time() && one.is(column.definition, column.cutoff);
    });
    const bool own = one.is(comparison.metric.definition, comparison.cutoff);
    if (one.dataset == board.dataset && (own || shown)) parts.push_back(one.text());
  }
  return parts;
}

/// Variants of a data set that share their trials and differ in how they are hosted; the first one
/// is the one that the others are like.
std::vector<std::vector<std::string>> hosted_alike(const Comparison& comparison,
                                                   const std::string& dataset) {
  std::map<std::string, std::map<std::string, std::string>> servings;  // by trial and variant
  for (const results::RunTrial& trial : comparison.trials) {
    if (trial.dataset == dataset) servings[trial.trial_key][trial.variant] = trial.serving;
  }
  std::set<std::vector<std::string>> groups;
  for (const auto& [trial, hosted] : servings) {
    std::vector<std::string> group;
    for (const std::string& variant : comparison.variants) {
      const auto found = hosted.find(variant);
      if (found == hosted.end()) continue;
      if (group.empty() || found->second != hosted.at(group.front())) group.push_back(variant);
    }
    if (group.size() > 1) groups.insert(group);
  }
  return {groups.begin(), groups.end()};
}

/// "serving of shed and cache takes effect under the scenario server only · shed and cache: same lists and times above as slow".
FooterLine hosted_line(const Comparison& comparison, const Board& board) {
  const bool by_load =
      analysis::scenario_kind(comparison.scenario()) == task::name_of(task::ScenarioKind::server);
  const std::string bare = nlohmann::json(task::ServingSpec()).dump();
  std::vector<std::string> hosted;
  for (const std::string& variant : comparison.variants) {
    const auto own = std::ranges::find_if(comparison.trials, [&](const results::RunTrial& trial) {
      return trial.variant == variant && trial.dataset == board.dataset;
    });
    const bool known = own != comparison.trials.end() && !own->serving.empty();
    if (known && own->serving != bare) hosted.push_back(variant);
  }
  if (hosted.empty()) return {};
  FooterLine parts;
  if (!by_load)
    parts.push_back(fmt::format("serving of {} takes effect under the scenario server only",
                                text::listed(hosted)));
  for (std::vector<std::string> group : hosted_alike(comparison, board.dataset)) {
    const std::string first = group.front();
    group.erase(group.begin());
    parts.push_back(fmt::format("{}: same lists{} as {}", text::listed(group),
                                by_load ? "" : " and times above", first));
  }
  return parts;
}

/// Why there is a "-" instead of a number.
FooterLine missing_values_line(const Board& board) {
  FooterLine reasons;
  for (const BoardRow& row : board.rows) {
    for (size_t c = 0; c < row.cells.size(); ++c) {
      const std::string& reason = row.cells[c].reason;
      const bool told = row.metric && !row.cells[c].value && !reason.empty();
      if (told && std::ranges::count(reasons, reason) == 0) reasons.push_back(reason);
    }
  }
  if (!reasons.empty()) reasons.front() = "- " + reasons.front();
  return reasons;
}

/// "[train, rank]" as "train and rank".
std::string windows_text(std::string text) {
  std::erase_if(text, [](char c) { return c == '[' || c == ']'; });
  return text::listed(text::parts_of(text, ", "));
}

/// "leave_last_out, full ranking, train and validation masked".
std::string split_text(const Comparison& comparison, const std::string& dataset) {
  const std::string& config = comparison.run.info.row.config;
  std::vector<std::string> parts;
  if (auto method = analysis::config_value(config, {"datasets", dataset, "split", "method"})) {
    parts.push_back(*method);
  }
  if (auto candidates = analysis::config_value(config, {"traffic", "candidates"})) {
    parts.push_back(*candidates == "retrieved" ? "full ranking" : *candidates + " candidates");
  }
  if (auto masked = analysis::config_value(config, {"traffic", "exclude_seen"})) {
    const std::string windows = windows_text(*masked);
    parts.push_back(windows.empty() ? "nothing masked" : windows + " masked");
  }
  for (const char* what : {"users", "items"}) {
    const auto who = analysis::config_value(config, {"datasets", dataset, "evaluate_on", what});
    if (who && *who != "all") parts.push_back(fmt::format("{} {} only", *who, what));
  }
  std::string text;
  for (const std::string& part : parts) text += (text.empty() ? "" : ", ") + part;
  return text;
}

std::string short_hash(const std::string& hash) {
  return hash.size() > 8 ? hash.substr(0, 4) + "…" : hash;
}

std::string machine_text(const results::HostFacts& facts) {
  std::string text = facts.gpu_model ? *facts.gpu_model : facts.cpu_model;
  if (!facts.gpu_model) text += fmt::format(" ({} cores)", facts.cpu_cores);
  text += fmt::format(", torch {}, {} {}", facts.torch, facts.threads,
                      text::plural(facts.threads, "thread"));
  if (facts.cuda) text += ", CUDA " + *facts.cuda;
  return text + ", " + facts.build_type + " build";
}

bool is_debug(const std::string& build_type) {
  const std::string lower = text::lower_case(build_type);
  return !lower.empty() && !lower.starts_with("rel");
}

std::string looks_text(const Comparison& comparison, const std::string& dataset) {
  const auto found = comparison.test_looks.find(dataset);
  return found == comparison.test_looks.end() ? "" : found->second.text();
}

/// "ml100k: leave_last_out, full ranking, train masked · data 7f3c… · test split evaluated once".
FooterLine data_line(const Comparison& comparison, const std::string& dataset) {
  FooterLine parts;
  if (const std::string split = split_text(comparison, dataset); !split.empty()) {
    parts.push_back(split);
  }
  for (const analysis::RecordedData& data : comparison.data) {
    if (data.dataset != dataset) continue;
    const std::string hash = short_hash(data.prepared_hashes.back());
    const auto folds = data.prepared_hashes.size();
    parts.push_back("data " + hash +
                    (folds == 1 ? "" : fmt::format(" (the last of {} folds)", folds)));
  }
  if (const std::string looks = looks_text(comparison, dataset); !looks.empty()) {
    parts.push_back(looks);
  }
  if (!parts.empty()) parts.front() = dataset + ": " + parts.front();
  return parts;
}

FooterLine notes_line(const Comparison& comparison, const std::string& dataset) {
  const auto notes = comparison.data_notes.find(dataset);
  return notes == comparison.data_notes.end() ? FooterLine{}
                                              : data_notes_line(notes->second, dataset);
}

}  // namespace

std::string joined(const FooterLine& line) {
  std::string text;
  for (const std::string& part : line) text += (text.empty() ? "" : " · ") + part;
  return text;
}

std::string wrapped(const FooterLine& line, size_t width) {
  std::string text;
  std::string current;
  for (const std::string& part : line) {
    if (!current.empty() && text::display_width(current) + 3 + text::display_width(part) > width) {
      text += current + " ·\n";
      current.clear();
    }
    current = wrapped(current.empty() ? part : current + " · " + part, width, 0);
  }
  return text + current;
}

std::vector<FooterLine> board_footer(const Comparison& comparison, const Board& board) {
  std::vector<FooterLine> lines = {
      marks_line(comparison, board),        missing_values_line(board),
      unlike_line(comparison, board),       hosted_line(comparison, board),
      data_line(comparison, board.dataset), notes_line(comparison, board.dataset)};
  std::erase_if(lines, [](const FooterLine& line) { return line.empty(); });
  return lines;
}

FooterLine run_footer(const Comparison& comparison) {
  const results::RunRow& run = comparison.run.info.row;
  FooterLine line = {comparison.metric.definition};
  if (comparison.primary && run.margin) line.push_back(fmt::format("margin {:.4g}", *run.margin));
  if (comparison.run.runs_in_file > 1) {
    line.push_back(fmt::format("run {} ({}, {})", comparison.run.info.run_id, run.experiment,
                               day_text(run.started)));
  }
  if (!run.git_commit.empty()) line.push_back("commit " + run.git_commit.substr(0, 7));
  for (const results::HostFacts& facts : comparison.environments) {
    const std::string machine = machine_text(facts);
    if (std::ranges::count(line, machine) == 0) line.push_back(machine);
  }
  return line;
}

std::string debug_warning(const Comparison& comparison) {
  bool debug = is_debug(comparison.run.info.row.build_type);
  for (const results::HostFacts& facts : comparison.environments)
    debug |= is_debug(facts.build_type);
  if (!debug) return "";
  return "DEBUG BUILD: the times below are not representative; build with `make` and run again "
         "before you decide.";
}

}  // namespace assay::report

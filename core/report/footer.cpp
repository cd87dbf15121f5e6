#include "report/footer.h"

#include <fmt/core.h>

#include <algorithm>

#include "report/all_pairs.h"
#include "report/numbers.h"
#include "report/resolved_config.h"
#include "stats/verdict.h"

namespace assay::report {

namespace {

std::string joined(const std::vector<std::string>& parts) {
  std::string text;
  for (const std::string& part : parts) text += (text.empty() ? "" : " · ") + part;
  return text;
}

/// "alpha .05".
std::string alpha_text(double alpha) {
  std::string text = fmt::format("{:.4g}", alpha);
  if (text.starts_with("0.")) text.erase(0, 1);
  return "alpha " + text;
}

std::string letters_text(const Comparison& comparison, const Board& board) {
  if (board.any_letters()) {
    return fmt::format("letters: rows without a common letter differ (paired t, Holm, {})",
                       alpha_text(comparison.run.info.row.alpha));
  }
  const std::size_t ranked = ranked_variants(comparison, board.dataset).size();
  if (ranked > kMostLetters) return fmt::format("no letters for more than {} variants", kMostLetters);
  return "";
}

std::string marks_line(const Comparison& comparison, const Board& board) {
  std::vector<std::string> parts;
  if (const std::string letters = letters_text(comparison, board); !letters.empty()) {
    parts.push_back(letters);
  }
  if (board.any_sd()) parts.push_back("± sd over seeds");
  if (board.any_broken()) parts.push_back("! guardrail broken");
  if (board.noise_floor_ms) {
    parts.push_back(fmt::format("noise floor of p99: {:.2g} ms", *board.noise_floor_ms));
  }
  if (board.n && *board.n < stats::kRequestsForVerdict) {
    parts.push_back(fmt::format("a verdict needs at least {} requests", stats::kRequestsForVerdict));
  } else if (board.detectable) {
    parts.push_back(fmt::format("differences below {:.2g} would not be seen", *board.detectable));
  }
  return joined(parts);
}

/// Why times stand as "-".
std::string untimed_line(const Board& board) {
  std::vector<std::string> reasons;
  for (const BoardRow& row : board.rows) {
    for (std::size_t c = 0; c < row.cells.size(); ++c) {
      const std::string& reason = row.cells[c].reason;
      const bool told = row.metric && !row.cells[c].value && !reason.empty();
      if (told && std::ranges::count(reasons, reason) == 0) reasons.push_back(reason);
    }
  }
  if (reasons.empty()) return "";
  return "- : " + joined(reasons);
}

/// "[train, rank]" as "train and rank".
std::string windows_text(std::string text) {
  std::erase_if(text, [](char c) { return c == '[' || c == ']'; });
  std::vector<std::string> windows;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find(", "), text.size());
    windows.push_back(text.substr(0, end));
    text.erase(0, std::min(end + 2, text.size()));
  }
  return listed(windows);
}

/// "leave_last_out, full ranking, train and validation masked".
std::string split_text(const Comparison& comparison, const std::string& dataset) {
  const std::string& config = comparison.run.info.row.config;
  std::vector<std::string> parts;
  if (auto method = config_value(config, {"datasets", dataset, "split", "method"})) {
    parts.push_back(*method);
  }
  if (auto candidates = config_value(config, {"traffic", "candidates"})) {
    parts.push_back(*candidates == "retrieved" ? "full ranking" : *candidates + " candidates");
  }
  if (auto masked = config_value(config, {"traffic", "exclude_seen"})) {
    const std::string windows = windows_text(*masked);
    parts.push_back(windows.empty() ? "nothing masked" : windows + " masked");
  }
  for (const char* what : {"users", "items"}) {
    const auto who = config_value(config, {"datasets", dataset, "evaluate_on", what});
    if (who && *who != "all") parts.push_back(fmt::format("{} {} only", *who, what));
  }
  std::string text;
  for (const std::string& part : parts) text += (text.empty() ? "" : ", ") + part;
  return text;
}

std::string short_hash(const std::string& hash) {
  return hash.size() > 8 ? hash.substr(0, 4) + "…" : hash;
}

std::string definition_line(const Comparison& comparison, const Board& board) {
  std::vector<std::string> parts = {comparison.metric.definition};
  std::string about = split_text(comparison, board.dataset);
  for (const RecordedData& data : comparison.data) {
    if (data.dataset != board.dataset) continue;
    about += (about.empty() ? "" : ", ") + ("data " + short_hash(data.prepared_hash));
  }
  const std::string& commit = comparison.run.info.row.git_commit;
  if (!commit.empty()) {
    about += (about.empty() ? "" : ", ") + ("commit " + commit.substr(0, 7));
  }
  if (!about.empty()) parts.push_back(board.dataset + ": " + about);
  if (comparison.primary && comparison.run.info.row.margin) {
    parts.push_back(fmt::format("margin {:.4g}", *comparison.run.info.row.margin));
  }
  return joined(parts);
}

std::string machine_text(const HostFacts& facts) {
  std::string text = facts.gpu_model ? *facts.gpu_model : facts.cpu_model;
  if (!facts.gpu_model) text += fmt::format(" ({} cores)", facts.cpu_cores);
  text += fmt::format(", torch {}, {} {}", facts.torch, facts.threads,
                      facts.threads == 1 ? "thread" : "threads");
  if (facts.cuda) text += ", CUDA " + *facts.cuda;
  return text + ", " + facts.build_type + " build";
}

bool is_debug(const std::string& build_type) {
  std::string lower;
  for (const char c : build_type) lower += static_cast<char>(c | 0x20);
  return !lower.empty() && !lower.starts_with("rel");
}

/// "ml100k: test window looked at twice (21 November 2026 and 22 November 2026)".
std::string looks_text(const Comparison& comparison, const std::string& dataset) {
  const auto found = comparison.test_looks.find(dataset);
  if (found == comparison.test_looks.end() || found->second.empty()) return "";
  std::vector<std::string> days;
  for (const std::string& time : found->second) {
    const std::string day = day_text(time);
    if (days.empty() || days.back() != day) days.push_back(day);
  }
  const std::string when = days.size() <= 2 ? listed(days)
                                            : fmt::format("{} to {}", days.front(), days.back());
  const std::string where = comparison.datasets.size() > 1 ? " of " + dataset : "";
  return fmt::format("the test window{} has been looked at {} ({})", where,
                     times_word(std::ssize(found->second)), when);
}

}  // namespace

std::vector<std::string> board_footer(const Comparison& comparison, const Board& board) {
  std::vector<std::string> lines;
  for (const std::string& line :
       {marks_line(comparison, board), untimed_line(board), definition_line(comparison, board)}) {
    if (!line.empty()) lines.push_back(line);
  }
  return lines;
}

std::vector<std::string> run_footer(const Comparison& comparison) {
  std::vector<std::string> lines;
  std::vector<std::string> machines;
  for (const HostFacts& facts : comparison.environments) {
    const std::string machine = machine_text(facts);
    if (std::ranges::count(machines, machine) == 0) machines.push_back(machine);
  }
  if (!machines.empty()) lines.push_back(joined(machines));
  std::vector<std::string> looks;
  for (const std::string& dataset : comparison.datasets) {
    if (const std::string text = looks_text(comparison, dataset); !text.empty()) {
      looks.push_back(text);
    }
  }
  if (!looks.empty()) lines.push_back(joined(looks));
  return lines;
}

std::string debug_warning(const Comparison& comparison) {
  bool debug = is_debug(comparison.run.info.row.build_type);
  for (const HostFacts& facts : comparison.environments) debug |= is_debug(facts.build_type);
  if (!debug) return "";
  return "DEBUG BUILD: the times below say nothing about the strategies; build with `make` and run "
         "again before you decide.";
}

}  // namespace assay::report

#include "cli/assign_command.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <iostream>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <unordered_map>
#include <vector>

#include "cli/assignment_spec.h"
#include "error/error.h"
#include "ingest/table.h"
#include "ingest/times.h"
#include "text/table_cells.h"
#include "text/utf8.h"

namespace assay::cli {
namespace {

using assignment::ExperimentSpec;
using assignment::HashKind;

struct AssignArguments {
  std::string spec, at, keep;
  std::string format = "csv";
};

int64_t time_of(const std::string& at) {
  if (at.empty()) {
    const auto now = std::chrono::system_clock::now().time_since_epoch();
    return std::chrono::duration_cast<std::chrono::microseconds>(now).count();
  }
  const std::optional<int64_t> time = ingest::parse_iso_time(at);
  if (time) return *time;
  throw error::UserError(
      fmt::format("--at is {}; it must be a time such as 2026-12-01 or 2026-12-01T08:00:00Z", at));
}

/// Arms that units were given before, which they keep.
class KeptArms {
 public:
  /// @param path  a file that `assay assign` wrote; none: empty
  KeptArms(const std::string& path, const std::vector<ExperimentSpec>& experiments) {
    arms_.resize(experiments.size());
    if (path.empty()) return;
    const auto table = ingest::open_table(path, {.name = "csv"});
    const int unit = table->column("unit", "--keep");
    const int experiment = table->column("experiment", "--keep");
    const int arm = table->column("arm", "--keep");
    while (table->next()) {
      const std::string wanted(table->cell(experiment).text);
      const auto found = std::ranges::find(experiments, wanted, &ExperimentSpec::name);
      if (found == experiments.end()) continue;  // one that has ended
      const auto place = static_cast<size_t>(found - experiments.begin());
      keep(*table, place, found->arms, table->cell(unit).text, table->cell(arm).text);
    }
  }

  /// -1: none.
  int arm_of(size_t experiment, const std::string& unit) const {
    const auto& arms = arms_[experiment];
    if (arms.empty()) return -1;
    const auto found = arms.find(unit);
    return found == arms.end() ? -1 : found->second;
  }

 private:
  // An arm that is there no more is not kept.
  void keep(const ingest::Table& table, size_t experiment, const std::vector<assignment::Arm>& arms,
            std::string_view unit, std::string_view name) {
    const auto found = std::ranges::find(arms, name, &assignment::Arm::name);
    if (found == arms.end()) return;
    const auto arm = static_cast<int>(found - arms.begin());
    const auto [known, is_new] = arms_[experiment].emplace(unit, arm);
    if (is_new || known->second == arm) return;
    throw error::UserError(table.origin().text(),
                           fmt::format("the unit {} is in arm {} here and in {} above; it can keep "
                                       "only one of them",
                                       unit, name, arms[static_cast<size_t>(known->second)].name));
  }

  std::vector<std::unordered_map<std::string, int>> arms_;
};

/// Rows, gathered and written some at a time.
class Output {
 public:
  Output(const std::string& format, const std::vector<ExperimentSpec>& experiments)
      : json_(format == "jsonl") {
    if (!json_) fmt::format_to(std::back_inserter(rows_), "unit,experiment,arm,reason\n");
    for (const ExperimentSpec& one : experiments) experiments_.push_back(quoted(one.name));
    for (const ExperimentSpec& one : experiments) {
      arms_.emplace_back();
      for (const assignment::Arm& arm : one.arms) arms_.back().push_back(quoted(arm.name));
    }
  }
  Output(const Output&) = delete;
  ~Output() { flush(); }

  void unit(const std::string& name) { unit_ = quoted(name); }
  /// @param arm  -1: none
  void row(size_t experiment, int arm, std::string_view reason) {
    const auto to = std::back_inserter(rows_);
    if (json_) {
      fmt::format_to(to, "{{\"unit\":{},\"experiment\":{},\"arm\":{},\"reason\":\"{}\"}}\n", unit_,
                     experiments_[experiment], arm < 0 ? "null" : name(experiment, arm), reason);
    } else {
      fmt::format_to(to, "{},{},{},{}\n", unit_, experiments_[experiment],
                     arm < 0 ? "" : name(experiment, arm), reason);
    }
    if (rows_.size() >= kFlushAt) flush();
  }

 private:
  static constexpr size_t kFlushAt = 1 << 16;

  std::string_view name(size_t experiment, int arm) const {
    return arms_[experiment][static_cast<size_t>(arm)];
  }
  std::string quoted(const std::string& text) const {
    if (json_) return nlohmann::json(text).dump();
    if (text.find_first_of(",\"\r\n") == std::string::npos) return text;
    std::string line = text::csv_line({text});
    line.pop_back();
    return line;
  }
  void flush() {
    std::fwrite(rows_.data(), 1, rows_.size(), stdout);
    rows_.clear();
  }

  bool json_;
  std::vector<std::string> experiments_;
  std::vector<std::vector<std::string>> arms_;
  std::string unit_;
  fmt::memory_buffer rows_;
};

void check_unit(const std::string& unit, int64_t line, bool ascii_alone) {
  const std::string where = fmt::format("standard input:{}", line);
  if (unit.empty()) throw error::UserError(where, "the line is empty; expected a unit a line");
  if (!text::is_utf8(unit)) throw error::UserError(where, "the unit is no valid UTF-8");
  const auto beyond = [](char c) { return static_cast<unsigned char>(c) >= 0x80; };
  if (ascii_alone && std::ranges::any_of(unit, beyond))
    throw error::UserError(
        where, fmt::format("the unit {} is not ASCII, which is all that PlanOut hashes", unit));
}

void assign(const AssignArguments& arguments) {
  if (arguments.format != "csv" && arguments.format != "jsonl")
    throw error::UserError(
        fmt::format("--format is {}; it must be csv or jsonl", arguments.format));
  const auto experiments = read_assignment_spec(arguments.spec, time_of(arguments.at));
  const std::vector<assignment::Assigner> assigners(experiments.begin(), experiments.end());
  const bool ascii_alone = std::ranges::any_of(
      experiments, [](const auto& one) { return one.hash == HashKind::planout; });
  const KeptArms kept(arguments.keep, experiments);
  Output output(arguments.format, experiments);
  std::ios::sync_with_stdio(false);
  std::string unit;
  for (int64_t line = 1; std::getline(std::cin, unit); ++line) {
    if (unit.ends_with('\r')) unit.pop_back();
    check_unit(unit, line, ascii_alone);
    output.unit(unit);
    for (size_t i = 0; i < assigners.size(); ++i) {
      const int before = kept.arm_of(i, unit);
      if (before >= 0) {
        output.row(i, before, "kept");
        continue;
      }
      const assignment::Assignment got = assigners[i].assign(unit);
      output.row(i, got.arm, outcome_words(got.outcome));
    }
  }
}

}  // namespace

void add_assign_command(CLI::App& app, int&) {
  auto arguments = std::make_shared<AssignArguments>();
  CLI::App* command = app.add_subcommand(
      "assign", "Put units into the arms of A/B tests: a unit a line on standard input");
  command->add_option("spec", arguments->spec, "Experiments, layers and holdouts (YAML)")
      ->required()
      ->option_text("SPEC");
  command->add_option("--at", arguments->at, "Time at which ramps are read (default: now)")
      ->option_text("TIME");
  command
      ->add_option("--keep", arguments->keep,
                   "Earlier output (CSV): its units keep their arms, whatever the file says now")
      ->option_text("FILE");
  command->add_option("--format", arguments->format, "csv or jsonl")->option_text("FORMAT");
  command->callback([arguments] { assign(*arguments); });
}

}  // namespace assay::cli

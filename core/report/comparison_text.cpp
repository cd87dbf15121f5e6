#include "report/comparison_text.h"

#include <fmt/core.h>

#include <array>

#include "error/error.h"
#include "report/board_cells.h"
#include "report/comparison.h"
#include "report/detail_tables.h"
#include "report/failures_text.h"
#include "report/footer.h"
#include "report/load_tables.h"
#include "report/machine_formats.h"
#include "report/numbers.h"
#include "report/plugin_notes.h"
#include "report/policy_notes.h"
#include "report/sentences.h"
#include "report/tuning_notes.h"
#include "report/worst_slice.h"

namespace assay::report {

namespace {

using report::Board;
using report::Comparison;

std::string lines_text(const std::vector<std::string>& lines) {
  std::string text;
  for (const std::string& line : lines) text += line + "\n";
  return text;
}

std::string failures_command(const Comparison& comparison) {
  return fmt::format("assay compare {} --failures", comparison.path);
}

std::string opening(const Comparison& comparison) {
  std::string text;
  const std::string& note = comparison.run.note;
  if (!note.empty()) text += report::wrapped(note) + "\n";
  for (const std::string& sentence : report::sentences(comparison)) {
    text += report::wrapped(sentence) + "\n";
  }
  for (const std::string& warning : report::warning_sentences(comparison))
    text += report::wrapped(warning) + "\n";
  for (const std::string& unknown : report::unknown_sentences(comparison))
    text += report::wrapped(unknown) + "\n";
  for (const std::string& worst : report::worst_slice_sentences(comparison)) {
    text += report::wrapped(worst) + "\n";
  }
  const std::string warning = report::debug_warning(comparison);
  return warning.empty() ? text : text + report::wrapped(warning) + "\n";
}

std::string with_missing(std::string text, const Comparison& comparison) {
  const std::string missing = report::missing_line(comparison);
  return missing.empty() ? text : text + missing + "\n";
}

std::string failures_of(const Comparison& comparison, const CompareOptions& options) {
  std::string text;
  if (options.list_failures)
    text = lines_text(report::failure_lines(comparison, failures_command(comparison)));
  text = with_missing(std::move(text), comparison);
  return text.empty() ? text : "\n" + text;
}

/// All that is said where failures were asked for: who looks for a reason has seen the comparison.
std::string details_of_failures(const Comparison& comparison) {
  return with_missing(lines_text(report::failure_details(comparison)), comparison);
}

/// What further scenarios, and those with rates, say of a data set.
std::vector<report::LoadTable> shown_loads(const Comparison& comparison,
                                           const std::string& dataset) {
  std::vector<report::LoadTable> tables = report::load_tables(comparison, dataset);
  std::erase_if(tables, [&](const report::LoadTable& table) {
    return !report::is_beside_board(comparison, table);
  });
  return tables;
}

/// What its policies would have earned; empty without policies.
std::string policies_text(const Comparison& comparison, const results::Database& database,
                          const std::string& dataset, bool all) {
  const results::Reader reader(database);
  const int64_t run = comparison.run.info.run_id;
  const report::BoardCells cells = report::policy_cells(reader, run, dataset, all);
  if (cells.rows.empty()) return "";
  std::string text = "\n" + report::text_table(cells, true);
  for (const std::string& line : report::policy_footer(reader, run, dataset, all))
    text += report::wrapped(line) + "\n";
  return text;
}

std::string policies_markdown(const Comparison& comparison, const results::Database& database,
                              const std::string& dataset, bool all) {
  const results::Reader reader(database);
  const int64_t run = comparison.run.info.run_id;
  const report::BoardCells cells = report::policy_cells(reader, run, dataset, all);
  if (cells.rows.empty()) return "";
  std::string text = report::markdown_table(cells) + "\n";
  for (const std::string& line : report::policy_footer(reader, run, dataset, all))
    text += "- " + line + "\n";
  return text + "\n";
}

std::string plain_text(const Comparison& comparison, const results::Database& database,
                       const CompareOptions& options) {
  if (options.failures) return details_of_failures(comparison);
  std::string text = opening(comparison);
  for (const std::string& dataset : comparison.datasets) {
    const Board board = report::make_board(comparison, dataset);
    text += "\n" + report::text_table(report::board_cells(comparison, board), board.any_letters());
    for (const report::FooterLine& line : report::board_footer(comparison, board)) {
      text += report::wrapped(line) + "\n";
    }
    for (const report::LoadTable& table : shown_loads(comparison, dataset)) {
      text += "\n" + report::text_table(report::load_cells(comparison, table), false);
      const report::FooterLine line = report::load_footer(comparison, table);
      if (!line.empty()) text += report::wrapped(line) + "\n";
    }
    if (const auto tuning = report::tuning_cells(comparison, database, dataset);
        !tuning.rows.empty())
      text += "\n" + report::text_table(tuning, false) +
              report::wrapped(report::tuning_footer(comparison, database, dataset)) + "\n";
    text += policies_text(comparison, database, dataset, options.details);
    if (!options.details) continue;
    for (const report::BoardCells& table : report::detail_tables(comparison, dataset)) {
      text += "\n" + report::text_table(table, false);
    }
  }
  if (comparison.datasets.size() != 1) text += "\n";
  text += report::wrapped(report::run_footer(comparison)) + "\n";
  if (const std::string note = report::grid_note(comparison); !note.empty())
    text += report::wrapped(note) + "\n";
  for (const std::string& line : report::plugin_lines(comparison))
    text += report::wrapped(line) + "\n";
  return text + failures_of(comparison, options);
}

std::string markdown_text(const Comparison& comparison, const results::Database& database,
                          const CompareOptions& options) {
  if (options.failures) return "```\n" + details_of_failures(comparison) + "```\n";
  std::string text;
  if (!comparison.run.note.empty()) text += comparison.run.note + "\n\n";
  for (const std::string& sentence : report::sentences(comparison)) text += sentence + "\n\n";
  for (const std::string& warning : report::warning_sentences(comparison))
    text += "**" + warning + "**\n\n";
  for (const std::string& unknown : report::unknown_sentences(comparison))
    text += "**" + unknown + "**\n\n";
  for (const std::string& worst : report::worst_slice_sentences(comparison)) text += worst + "\n\n";
  const std::string warning = report::debug_warning(comparison);
  if (!warning.empty()) text += "**" + warning + "**\n\n";
  for (const std::string& dataset : comparison.datasets) {
    const Board board = report::make_board(comparison, dataset);
    text += report::markdown_table(report::board_cells(comparison, board)) + "\n";
    for (const report::FooterLine& line : report::board_footer(comparison, board)) {
      text += "- " + report::joined(line) + "\n";
    }
    text += "\n";
    for (const report::LoadTable& table : shown_loads(comparison, dataset)) {
      text += report::markdown_table(report::load_cells(comparison, table)) + "\n";
      const report::FooterLine line = report::load_footer(comparison, table);
      if (!line.empty()) text += "- " + report::joined(line) + "\n\n";
    }
    if (const auto tuning = report::tuning_cells(comparison, database, dataset);
        !tuning.rows.empty())
      text += report::markdown_table(tuning) + "\n- " +
              report::tuning_footer(comparison, database, dataset) + "\n\n";
    text += policies_markdown(comparison, database, dataset, options.details);
    if (!options.details) continue;
    for (const report::BoardCells& table : report::detail_tables(comparison, dataset)) {
      text += report::markdown_table(table) + "\n";
    }
  }
  text += report::joined(report::run_footer(comparison)) + "\n";
  const std::vector<std::string> plugins = report::plugin_lines(comparison);
  if (!plugins.empty()) text += "\n";
  for (const std::string& line : plugins) text += "- " + line + "\n";
  const std::string failures = failures_of(comparison, options);
  return failures.empty() ? text : text + "\n```\n" + failures.substr(1) + "```\n";
}

}  // namespace

TextFormat parse_text_format(std::string_view name) {
  const std::array<std::pair<std::string, TextFormat>, 4> formats = {
      {{"text", TextFormat::text},
       {"markdown", TextFormat::markdown},
       {"json", TextFormat::json},
       {"csv", TextFormat::csv}}};
  std::vector<std::string> known;
  for (const auto& [format, value] : formats) {
    if (format == name) return value;
    known.push_back(format);
  }
  throw error::UserError(fmt::format("{} is no format{}", name, error::did_you_mean(name, known)));
}

std::string comparison_text(const results::Database& database, const CompareOptions& options) {
  const Comparison comparison = report::read_comparison(database, options);
  switch (options.format) {
    case TextFormat::text:
      return plain_text(comparison, database, options);
    case TextFormat::markdown:
      return markdown_text(comparison, database, options);
    case TextFormat::json:
      return report::comparison_json(comparison, results::Reader(database));
    case TextFormat::csv:
      return report::comparison_csv(comparison);
  }
  throw error::InternalError("a comparison has one of four formats");
}

}  // namespace assay::report

#include "report/comparison_text.h"

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <set>
#include <vector>

#include "error/error.h"
#include "report/attack_notes.h"
#include "report/board_cells.h"
#include "report/comparison.h"
#include "report/detail_tables.h"
#include "report/failures_text.h"
#include "report/footer.h"
#include "report/grid_tables.h"
#include "report/headline.h"
#include "report/load_tables.h"
#include "report/loop_notes.h"
#include "report/machine_formats.h"
#include "report/numbers.h"
#include "report/plugin_notes.h"
#include "report/policy_notes.h"
#include "report/self_check_notes.h"
#include "report/sentences.h"
#include "report/tuning_notes.h"
#include "report/variant_grids.h"
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

/// A comparison as it is written out: what is shown variant by variant, and the grids of which only
/// the best members are.
struct Shown {
  const Comparison& whole;
  Comparison part;  ///< without the hidden members
  std::vector<VariantGrid> grids;
  bool all = false;  ///< everything was asked for

  Shown(const Comparison& comparison, const CompareOptions& options)
      : whole(comparison), all(options.all) {
    std::set<std::string> hidden;
    if (!all) {
      hidden = hidden_members(comparison);
      grids = large_grids(comparison.variants);
    }
    part = without_variants(comparison, hidden);
  }

  size_t members_of(const VariantGrid& grid) const {
    return static_cast<size_t>(std::ranges::count_if(grid.members, [&](const GridMember& member) {
      return std::ranges::count(part.variants, member.variant) > 0;
    }));
  }
};

/// Of few variants the worst slice of each; of many, or of grids, those of the best one and of the
/// candidate, which may well not be among the worst.
std::vector<std::string> worst_slices_of(const Shown& shown) {
  const bool few = shown.grids.empty() && shown.whole.variants.size() <= kMostSentences + 1;
  if (shown.all || few)
    return report::worst_slice_sentences(shown.whole, shown.whole.variants.size());
  const std::string best = best_variant(shown.whole), chosen = candidate(shown.whole);
  std::vector<std::string> lines = {report::worst_slice_sentence(shown.whole, best)};
  if (chosen != best) lines.push_back(report::worst_slice_sentence(shown.whole, chosen));
  std::erase(lines, "");
  return lines;
}

/// What is said before the tables, a paragraph each.
std::vector<std::string> verdicts(const Shown& shown) {
  std::vector<std::string> lines;
  if (!shown.grids.empty()) lines.push_back(report::headline(shown.whole));
  const size_t most = shown.all ? shown.whole.variants.size() : kMostSentences;
  for (std::string& sentence : report::sentences(shown.part, most))
    lines.push_back(std::move(sentence));
  for (const VariantGrid& grid : shown.grids)
    lines.push_back(grid_sentence(shown.whole, grid, shown.members_of(grid)));
  std::erase(lines, "");
  return lines;
}

std::vector<std::string> warnings(const Comparison& comparison, const results::Database& database) {
  std::vector<std::string> lines =
      report::self_check_failures(comparison, results::Reader(database));
  for (std::string& warning : report::warning_sentences(comparison))
    lines.push_back(std::move(warning));
  for (std::string& unknown : report::unknown_sentences(comparison))
    lines.push_back(std::move(unknown));
  return lines;
}

std::string opening(const Shown& shown, const results::Database& database) {
  std::string text;
  const auto add = [&](const std::string& line) {
    if (!line.empty()) text += report::wrapped(line) + "\n";
  };
  add(shown.whole.run.note);
  for (const std::string& line : verdicts(shown)) add(line);
  for (const std::string& line : warnings(shown.whole, database)) add(line);
  for (const std::string& line : worst_slices_of(shown)) add(line);
  add(report::debug_warning(shown.whole));
  return text;
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

/// The tables of one data set, each with the lines below it.
struct Told {
  report::BoardCells table;
  bool letters = false;
  std::vector<report::FooterLine> below;
};

/// What its policies would have earned; empty without policies.
Told policies_of(const Shown& shown, const results::Database& database, const std::string& dataset,
                 bool all) {
  const results::Reader reader(database);
  const int64_t run = shown.whole.run.info.run_id;
  Told told{report::policy_cells(reader, run, dataset, all), true, {}};
  for (std::string& line : report::policy_footer(reader, run, dataset, all))
    told.below.push_back({std::move(line)});
  return told;
}

/// What attacks did; empty without attacks.
Told attacks_of(const Shown& shown, const results::Database& database, const std::string& dataset) {
  const results::Reader reader(database);
  const int64_t run = shown.whole.run.info.run_id;
  Told told{report::attack_cells(reader, run, dataset), true, {}};
  for (std::string& line : report::attack_footer(reader, run, dataset))
    told.below.push_back({std::move(line)});
  return told;
}

/// What a loop brought; empty without one.
Told loop_of(const Shown& shown, const results::Database& database, const std::string& dataset,
             bool all) {
  const results::Reader reader(database);
  const int64_t run = shown.whole.run.info.run_id;
  Told told{report::loop_cells(reader, run, dataset, all), false, {}};
  for (std::string& line : report::loop_footer(reader, run, dataset))
    told.below.push_back({std::move(line)});
  return told;
}

std::vector<Told> tables_of(const Shown& shown, const results::Database& database,
                            const CompareOptions& options, const std::string& dataset) {
  std::vector<Told> tables;
  const Board board = report::make_board(shown.part, dataset);
  tables.push_back({report::board_cells(shown.part, board), board.any_letters(),
                    report::board_footer(shown.part, board)});
  for (const VariantGrid& grid : shown.grids)
    tables.push_back({report::grid_cells(shown.whole, grid, dataset), false, {}});
  for (const report::LoadTable& table : shown_loads(shown.part, dataset))
    tables.push_back(
        {report::load_cells(shown.part, table), false, {report::load_footer(shown.part, table)}});
  tables.push_back({report::tuning_cells(shown.whole, database, dataset),
                    false,
                    {{report::tuning_footer(shown.whole, database, dataset)}}});
  tables.push_back(policies_of(shown, database, dataset, options.details));
  tables.push_back(
      {report::served_clicks_cells(results::Reader(database), shown.whole.run.info.run_id, dataset),
       false,
       {}});
  tables.push_back(attacks_of(shown, database, dataset));
  tables.push_back(loop_of(shown, database, dataset, options.details));
  if (options.details) {
    for (report::BoardCells& table : report::detail_tables(shown.part, dataset))
      tables.push_back({std::move(table), false, {}});
  }
  std::erase_if(tables, [](const Told& told) { return told.table.rows.empty(); });
  for (Told& told : tables) std::erase_if(told.below, &report::FooterLine::empty);
  return tables;
}

std::string plain_text(const Comparison& comparison, const results::Database& database,
                       const CompareOptions& options) {
  if (options.failures) return details_of_failures(comparison);
  const Shown shown(comparison, options);
  std::string text = opening(shown, database);
  for (const std::string& dataset : comparison.datasets) {
    for (const Told& told : tables_of(shown, database, options, dataset)) {
      text += "\n" + report::text_table(told.table, told.letters);
      for (const report::FooterLine& line : told.below) text += report::wrapped(line) + "\n";
    }
  }
  if (comparison.datasets.size() != 1) text += "\n";
  text += report::wrapped(report::run_footer(comparison)) + "\n";
  for (const std::string& line :
       report::changed_log_lines(results::Reader(database), shown.whole.run.info.run_id))
    text += report::wrapped(line) + "\n";
  text += report::wrapped(report::self_check_line(comparison, results::Reader(database))) + "\n";
  if (const std::string note = report::grid_note(comparison); !note.empty())
    text += report::wrapped(note) + "\n";
  for (const std::string& line : report::plugin_lines(comparison))
    text += report::wrapped(line) + "\n";
  return text + failures_of(comparison, options);
}

std::string markdown_text(const Comparison& comparison, const results::Database& database,
                          const CompareOptions& options) {
  if (options.failures) return "```\n" + details_of_failures(comparison) + "```\n";
  const Shown shown(comparison, options);
  std::string text;
  if (!comparison.run.note.empty()) text += comparison.run.note + "\n\n";
  for (const std::string& line : verdicts(shown)) text += line + "\n\n";
  for (const std::string& line : warnings(comparison, database)) text += "**" + line + "**\n\n";
  for (const std::string& line : worst_slices_of(shown)) text += line + "\n\n";
  const std::string warning = report::debug_warning(comparison);
  if (!warning.empty()) text += "**" + warning + "**\n\n";
  for (const std::string& dataset : comparison.datasets) {
    for (const Told& told : tables_of(shown, database, options, dataset)) {
      text += report::markdown_table(told.table) + "\n";
      for (const report::FooterLine& line : told.below) text += "- " + report::joined(line) + "\n";
      if (!told.below.empty()) text += "\n";
    }
  }
  text += report::joined(report::run_footer(comparison)) + "\n\n";
  text += report::self_check_line(comparison, results::Reader(database)) + "\n";
  std::vector<std::string> plugins = report::plugin_lines(comparison);
  const auto logs =
      report::changed_log_lines(results::Reader(database), shown.whole.run.info.run_id);
  plugins.insert(plugins.begin(), logs.begin(), logs.end());
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

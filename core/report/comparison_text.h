#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "results/database.h"

namespace assay::report {

/// How a comparison is written.
enum class TextFormat {
  text,      ///< for a terminal: sentences, aligned tables, wrapped at 120 columns
  markdown,  ///< the same, with tables that a code host renders
  json,      ///< one object with everything, numbers unrounded
  csv,       ///< the leaderboards: one line a data set and variant, numbers unrounded
};

/// "text", "markdown", "json" or "csv"; anything else is a UserError.
TextFormat parse_text_format(std::string_view name);

/// What to compare, and how to show it.
struct CompareOptions {
  /// The run; absent: the last one that was analysed.
  std::optional<int64_t> run;
  /// "ndcg@10", "recall{den=min(R,k)}@20"; empty: the primary metric. Another than the primary one
  /// is exploratory, and the sentences say so. Without "@k" the primary metric's cutoff is taken.
  std::string metric;
  /// Which requests: `all`, or a slice that the run has.
  std::string slice = "all";
  /// Compare with this variant; empty: the run's baseline. With another one the tests are done anew
  /// on the kept values, and no guardrail applies, since guardrails are relative to the run's own.
  std::string baseline;
  /// Makes summaries, comparisons and verdicts anew from the stored values, by the rules of this
  /// build. Without it they are shown as they are stored, whatever rules made them.
  bool rejudge = false;
  /// Shows below each leaderboard the differences, guardrails, times with intervals, and where
  /// relevant items are lost.
  bool details = false;
  /// Shows every variant one by one; without it the members of a large grid stand together, by
  /// parameter, and the best of them alone (report/variant_grids.h). json and csv always have all.
  bool all = false;
  /// A line a failed variant at the end; false where the caller says them itself.
  bool list_failures = true;
  /// Shows every failure with its stage, batch and whole reason instead of the comparison; json and
  /// csv are as without it (json holds all failures anyway).
  bool failures = false;
  TextFormat format = TextFormat::text;
  /// How the file is called in hints ("assay compare FILE --failures"); empty: its path.
  std::string shown_path;
};

/// What a reviewer reads: a sentence a variant, best first; the leaderboard of each data set; what
/// letters and marks mean, definition, data, build; failures. Ends with a newline.
///
/// Reads the rows that `analyse` wrote; writes nothing, so a file opened for reading will do.
/// Throws UserError: no run in the file, none that ended, a run that is not there or not yet
/// analysed, unknown metric, slice or baseline (with near names).
std::string comparison_text(const results::Database& database, const CompareOptions& options = {});

}  // namespace assay::report

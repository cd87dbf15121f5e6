#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "results/database.h"

namespace assay::page {

/// Which run a report is about, and how its file is called.
struct ReportOptions {
  std::optional<int64_t> run;  ///< absent: the last one that was analysed
  std::string shown_path;      ///< how hints name the file; empty: its path
};

/// One self-contained page about a run: verdict, evidence, provenance and a request inspector.
/// Style, scripts and charts are in it, so it needs no network and can be mailed. Equal input gives
/// equal bytes.
///
/// Reads the rows that `analyse` wrote; writes nothing.
/// Throws UserError as comparison_text.
std::string html_report(const results::Database& database, const ReportOptions& options = {});

/// Whether this build carries Vega. Without it a report shows the numbers of its charts as tables.
bool report_has_charts();

}  // namespace assay::page

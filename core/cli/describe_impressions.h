#pragma once

#include <CLI/CLI.hpp>
#include <string>
#include <vector>

#include "cli/listing.h"

namespace assay::cli {

/// Flags of `assay data describe` that make a path a table of logged rows.
struct ImpressionFlags {
  std::vector<std::string> labels, context, item_from;
  bool given() const { return !labels.empty(); }
};

void add_impression_options(CLI::App& command, ImpressionFlags& flags);

/// The table as the other flags of the command have it.
struct ImpressionPath {
  std::string path, format, delimiter;
  std::vector<std::string> columns;  ///< role=column
};

/// Imports the table and prints what is in it. Throws UserError.
void describe_impressions(const ImpressionPath& at, const ImpressionFlags& flags,
                          OutputFormat format);

}  // namespace assay::cli

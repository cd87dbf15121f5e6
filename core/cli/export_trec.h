#pragma once

#include <string>
#include <vector>

#include "cli/export_release.h"

namespace assay::cli {

/// Served lists and truth for trec_eval and its like: `<dataset>.qrels` (`query 0 item 1`) and one
/// `<variant>.<dataset>[.fold<f>][.seed<s>].run` a done trial (`query Q0 item rank score assay`).
/// A query is called by its user's outside id, or `<row>` where a user asks more than once; items
/// by their outside ids. Tools sort by score and break ties their own way, so the score written is
/// size - rank + 1: the order that was served, whatever re-ranking did to scores. A request with an
/// empty list has no line in the run, only in the truth; trec_eval -c counts it as 0, as assay does.
/// Throws UserError for an id with a blank and for a user that begins with `#`, which the format
/// cannot hold.
void export_trec(Release& release, const std::string& folder);

/// Throws UserError for what the files above cannot hold.
void check_trec_names(const std::vector<std::string>& queries,
                      const std::vector<std::string>& items);

/// The name of a variant or a data set as a part of a file's name.
std::string export_file_name(std::string name);

}  // namespace assay::cli

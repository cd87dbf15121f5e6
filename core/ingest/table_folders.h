#pragma once

#include <string>

namespace assay::ingest {

/// Throws UserError where the folder is a table of Delta Lake, Apache Iceberg or Apache Hudi, lies in
/// one, or holds one. Such a table's files stay where they are when rows are removed or replaced;
/// which of them are current stands in its log, which assay does not read.
void refuse_table_with_log(const std::string& folder);

}  // namespace assay::ingest

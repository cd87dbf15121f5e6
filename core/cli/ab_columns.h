#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "ingest/batch_table.h"

namespace assay::cli {

/// The numbers of a column of a batch; NaN is missing. Throws UserError with the row: no number, or
/// an infinite one.
void read_numbers(const ingest::BatchTable& table, const ingest::BatchColumn& column,
                  const std::string& name, int64_t rows, std::vector<double>& out);

/// Few texts, and the place of each.
class FewNames {
 public:
  size_t size() const { return names_.size(); }
  const std::vector<std::string>& all() const { return names_; }
  /// The place of a name, which may be new.
  int32_t place_of(std::string_view name);

 private:
  std::vector<std::string> names_;
  size_t last_ = 0;
};

/// A column of few values as places among `names`; a missing one is "".
/// @param check  gets row and name, at least of the first row of each name
void read_names(const ingest::BatchTable& table, const ingest::BatchColumn& column,
                const std::string& name, int64_t rows, FewNames& names, std::vector<int32_t>& out,
                const std::function<void(int64_t, std::string_view)>& check);

}  // namespace assay::cli

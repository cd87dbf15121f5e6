#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "analysis/column.h"
#include "task/slice.h"

namespace assay::analysis {

/// How a slice spec cuts the requests of a group into parts that may overlap and need not hold all
/// of them. Stretches are asked for in order, from the first on, and nothing that grows with the
/// requests is held.
class RequestCut {
 public:
  virtual ~RequestCut() = default;

  /// Names of the slices, as slice_name makes them.
  const std::vector<std::string>& names() const { return names_; }
  /// For each slice, the places (from the range's first) of its requests, ascending.
  virtual std::vector<std::vector<size_t>> parts(const RequestRange& range) = 0;

 protected:
  std::vector<std::string> names_;
};

/// By a label of the user who asks; folds share slices of one name. Null where the file does not
/// have the labels.
std::unique_ptr<RequestCut> cut_by_user(const results::Reader& reader, const TrialGroup& group,
                                        const task::SliceSpec& spec);

/// Into equal parts of the requests that have a time, oldest first; equal times keep their order.
std::unique_ptr<RequestCut> cut_by_time(const results::Reader& reader, const TrialGroup& group,
                                        const task::SliceSpec& spec);

}  // namespace assay::analysis

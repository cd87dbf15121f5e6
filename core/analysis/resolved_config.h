#pragma once

#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace assay::analysis {

/// The value at a path of keys in the resolved experiment that a run keeps (`run.config`):
/// `split.method` of a data set, say. That text is written by `assay` itself, maps in blocks of two
/// blanks and all else on one line, so that no YAML reader is needed to look something up.
/// @return as written, without quotes; none where there is no such path, or no value on its line
std::optional<std::string> config_value(std::string_view config,
                                        std::initializer_list<std::string_view> path);

/// The texts of a list that stands there on one line: {"users: activity", "user.gender"} of
/// `["users: activity", user.gender]`. Empty where there is none.
std::vector<std::string> config_list(std::string_view config,
                                     std::initializer_list<std::string_view> path);

/// Every value of that text with its path: {"datasets.ml100k.split.method", "leave_last_out"}. An
/// element of a list of maps is one value ({"variants.control.recall[0]", "{plugin: ease, k:
/// 50}"}).
std::vector<std::pair<std::string, std::string>> config_leaves(std::string_view config);

}  // namespace assay::analysis

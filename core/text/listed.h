#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <vector>

namespace assay::text {

/// "a", "a and b", "a, b and c"; "" of none.
std::string listed(const std::vector<std::string>& names);

/// "a", "a or b", "a, b or c"; "" of none.
std::string alternatives(const std::vector<std::string>& names);

/// "a, b, ...": at most `most` names, and whether there are more.
std::string first_of(std::span<const std::string> names, size_t most);

}  // namespace assay::text

#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace assay::text {

/// What stands between the separators, "a", "b" of "a:b"; empty parts are left out.
/// @param separator  one character or more
std::vector<std::string> parts_of(std::string_view text, std::string_view separator);

}  // namespace assay::text

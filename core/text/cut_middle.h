#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace assay::text {

/// A UTF-8 text in at most `width` columns of a terminal: where it is wider its middle is left out,
/// with "…" in its place, since names that are alike differ at their ends.
std::string cut_middle(std::string_view text, size_t width);

}  // namespace assay::text

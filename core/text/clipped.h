#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace assay::text {

/// The text, or where it has more than `most` bytes its beginning of at most that many and a mark.
/// A character of several bytes is kept whole or left out, so that UTF-8 stays UTF-8.
std::string clipped(std::string_view text, size_t most, std::string_view mark = "...");

}  // namespace assay::text

#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace assay::text {

/// Columns that a terminal needs for a UTF-8 text: its code points.
size_t display_width(std::string_view text);

/// Pads to `width` columns with blanks behind the text; a wider text stays as it is.
std::string pad_right(std::string text, size_t width);
/// The same, with blanks before the text.
std::string pad_left(const std::string& text, size_t width);

}  // namespace assay::text

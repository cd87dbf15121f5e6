#include "text/display_width.h"

#include <algorithm>

#include "text/utf8.h"

namespace assay::text {

size_t display_width(std::string_view text) {
  return text.size() - static_cast<size_t>(std::ranges::count_if(text, is_continuation));
}

std::string pad_right(std::string text, size_t width) {
  const size_t have = display_width(text);
  if (have < width) text.append(width - have, ' ');
  return text;
}

std::string pad_left(const std::string& text, size_t width) {
  const size_t have = display_width(text);
  return have < width ? std::string(width - have, ' ') + text : text;
}

}  // namespace assay::text

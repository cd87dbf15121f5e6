#include "text/cut_middle.h"

#include "text/display_width.h"
#include "text/utf8.h"

namespace assay::text {

namespace {

/// Where the character begins that has `characters` before it.
size_t place_of(std::string_view text, size_t characters) {
  size_t at = 0;
  for (size_t seen = 0; at < text.size(); ++at) {
    if (!is_continuation(text[at]) && seen++ == characters) break;
  }
  return at;
}

}  // namespace

std::string cut_middle(std::string_view text, size_t width) {
  const size_t all = display_width(text);
  if (all <= width) return std::string(text);
  if (width == 0) return "";
  const size_t tail = (width - 1) / 2;
  const size_t head = width - 1 - tail;
  return std::string(text.substr(0, place_of(text, head))) + "…" +
         std::string(text.substr(place_of(text, all - tail)));
}

}  // namespace assay::text

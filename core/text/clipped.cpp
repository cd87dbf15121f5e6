#include "text/clipped.h"

#include "text/utf8.h"

namespace assay::text {

std::string clipped(std::string_view text, size_t most, std::string_view mark) {
  if (text.size() <= most) return std::string(text);
  while (most > 0 && is_continuation(text[most])) --most;
  return std::string(text.substr(0, most)).append(mark);
}

}  // namespace assay::text

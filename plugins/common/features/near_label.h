#pragma once
// Part of assay::extra, which promises no stable API or ABI: see assay/extra/README.md.

/// Names that resemble one that is not there, for messages.

#include <span>
#include <string>
#include <string_view>

namespace assay::extra {

/// The known name that needs the fewest inserted, removed or replaced characters, where these are at
/// most a third of the longer one (and one at least); without regard to case. "" where none is near.
std::string near_label(std::string_view name, std::span<const std::string> known);

/// `; did you mean "Drama"?`, or "".
std::string did_you_mean(std::string_view name, std::span<const std::string> known);

}  // namespace assay::extra

#pragma once

#include <string>

#include "config/problems.h"
#include "config/source.h"

namespace assay::config {

/// What yaml-cpp says of a text that is not YAML, in words that say what to do.
/// @param message  yaml-cpp's
/// @param place    where it stopped
std::string explain_syntax(const std::string& message, const Place& place);

/// Whether the quoted text that begins at `place` has its closing quote; yaml-cpp takes the end of
/// the file for one.
bool is_closed(const Place& place);

/// Bytes of the scalar that begins at `place`, as far as they stand in its line.
/// @param text  its value
int scalar_length(const Place& place, const std::string& text);

/// The first line that a tab indents: yaml-cpp takes some and stumbles later, YAML allows none. A
/// place without a source where there is none.
Place find_tab(const Source& source);

}  // namespace assay::config

#pragma once

#include "config/node.h"
#include "config/problems.h"

namespace assay::config {

/// Most nodes (keys, values, lists, maps) a text may stand for, aliases written out.
inline constexpr size_t kMaxNodes = 100'000;
/// Deepest nesting.
inline constexpr size_t kMaxDepth = 64;

/// Reads one YAML document into a tree. Scalars keep their text: what it means is decided where it
/// is used (config/scalar.h). Aliases become copies.
///
/// Refused with a place: what is not YAML, a second document, duplicate and missing keys, keys that
/// are not text, merge keys (`<<`), tags, an alias within its own anchor, too many nodes, too deep
/// nesting, tabs as indentation. The tree holds what could be read all the same; nothing may be run
/// from it once there is a problem. An empty text gives a null node.
Node parse_yaml(const Source& source, Problems& problems);

}  // namespace assay::config

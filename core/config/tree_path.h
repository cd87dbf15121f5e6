#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "config/node.h"
#include "config/problems.h"

namespace assay::config {

/// A path to a setting, as in `set:` and `--set`: "recall.0.params.lambda", also
/// "recall[0].params.lambda". Brackets that hold anything but a number belong to a name:
/// "variants.diverse[lambda=0.3].description". Nothing where a part is empty or there are more than
/// kMaxDepth.
std::optional<std::vector<std::string>> split_path(std::string_view path);

/// Puts `value` into the tree. Maps on the way are made where they are missing; an element of a
/// list must be there. A `null` that is written out (its word is the node's text) takes the key away,
/// which must be there.
/// @param key   the path as written, with its place
/// @param path  of `root`, for messages
void set_value(Node& root, const std::vector<std::string>& parts, const Key& key, const Node& value,
               const std::string& path, Problems& problems);

}  // namespace assay::config

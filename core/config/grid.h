#pragma once

#include <optional>
#include <string>
#include <vector>

#include "config/node.h"
#include "config/problems.h"

namespace assay::config {

/// One `{grid: [..]}` within a variant.
struct Grid {
  std::vector<std::string> parts;  ///< where it stands
  /// what members are called by: "lambda", or the whole path where that is not unique
  std::string label;
  Place place;
  std::vector<Node> values;
};

/// All grids below `node`, in the order of the file; nothing, with problems, where one has no
/// value, an empty one or a map.
std::optional<std::vector<Grid>> find_grids(const Node& node, const std::string& path,
                                            Problems& problems);

/// One value for each grid.
struct GridMember {
  std::string suffix;  ///< "[lambda=0.3,k=100]"
  Node node;
};

/// Every combination, the last grid varying fastest. `count_members` of them.
std::vector<GridMember> expand_grids(const Node& node, const std::vector<Grid>& grids);

/// How many members there will be, at most `most` + 1.
size_t count_members(const std::vector<Grid>& grids, size_t most);

}  // namespace assay::config

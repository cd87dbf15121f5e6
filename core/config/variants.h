#pragma once

#include <string>
#include <vector>

#include "config/node.h"
#include "config/problems.h"

namespace assay::config {

/// One setting that replaces another, from `set:` or the command line.
struct Override {
  std::vector<std::string> parts;  ///< of the path, within the variant
  Key key;                         ///< the path as written
  Node value;
  std::string path;  ///< what `key` is below, for messages: "variants.diverse.set"
};

/// `--set` below one variant.
struct VariantOverride {
  std::string variant;  ///< or a member of its grids: "diverse[lambda=0.5]"
  Override change;
};

/// A variant after extends, set and grid: only description, recall, merge, rank and rerank are
/// left.
struct ResolvedVariant {
  std::string name;
  Place place;  ///< of its name in the file
  Node node;    ///< always a map
};

struct ResolvedVariants {
  std::vector<ResolvedVariant> variants;
  /// names in the file of those with problems, which are left out
  std::vector<std::string> broken;
};

/// Most variants, with or without --yes.
inline constexpr size_t kMostVariants = 10'000;

/// Resolves the map under `variants:`. A variant starts from the one that it extends (itself
/// resolved, before its grids are expanded, or one member of it by its full name), its own keys are
/// merged in, then its `set`, then `overrides`; then each `{grid: [..]}` below it makes members,
/// the last grid varying fastest: diverse[lambda=0.3,k=100], each with the overrides that name it.
///
/// Problems: a parent that is not there, a circle, a path of `set` that leads nowhere, a grid
/// without values or of maps, two members of one name, more variants than `limit`, an override of a
/// member that is not there, or of what its grid sets.
ResolvedVariants resolve_variants(const Node& variants,
                                  const std::vector<VariantOverride>& overrides, size_t limit,
                                  Problems& problems);

}  // namespace assay::config

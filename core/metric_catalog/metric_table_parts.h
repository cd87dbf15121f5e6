#pragma once

/// Words that the rows of several groups share.

#include "metric_catalog/metric_definition.h"

namespace assay::metric_catalog {

inline constexpr char kNoRelevant[] = "a request without a relevant item";
inline constexpr char kEmptyList[] = "a request with an empty list";
inline constexpr char kNoLists[] = "no list has an item";

inline MetricOption item_feature() { return {"of", {}, "the item feature"}; }

inline MetricOption head() {
  return {"head",
          {"20%", "1%", "5%", "10%"},
          "size of the head (the most popular items), as a share of the catalogue, rounded up; "
          "equal counts are ordered by id"};
}

inline MetricOption rank_weight() {
  return {"weights", {"uniform", "1/log2(r+1)"}, "weights of the ranks"};
}

}  // namespace assay::metric_catalog

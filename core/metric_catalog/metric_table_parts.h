#pragma once

/// Words that the rows of several groups share.

#include "metric_catalog/metric_definition.h"

namespace assay::metric_catalog {

inline constexpr char kNoRelevant[] = "a request without a relevant item";
inline constexpr char kEmptyList[] = "a request with an empty list";
inline constexpr char kNoLists[] = "no list holds an item";

inline MetricOption item_feature() { return {"of", {}, "the item feature"}; }

inline MetricOption head() {
  return {"head",
          {"20%", "1%", "5%", "10%"},
          "the most popular items that are no tail, as a share of the catalogue, rounded up; equal "
          "counts stand by id"};
}

inline MetricOption rank_weight() {
  return {"weights", {"uniform", "1/log2(r+1)"}, "what each rank of the list counts"};
}

}  // namespace assay::metric_catalog

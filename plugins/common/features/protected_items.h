#pragma once
// Part of assay::extra, which promises no stable API or ABI: see assay/extra/README.md.

/// Items that a fair reranker protects: those of some categories.

#include <assay/extra/features/item_categories.h>
#include <assay/params.h>

#include <cstdint>
#include <string>
#include <vector>

namespace assay::extra {

/// Declares `feature` and `protected`; the members are `feature` and `protected_values`.
template <typename P>
void describe_protected(ParamList<P>& p) {
  p.add("feature", &P::feature,
        "The item feature that says which items are protected, a category or a set; may be empty "
        "where items have only one such feature.")
      .feature_of("item", {"category", "set"});
  p.add("protected", &P::protected_values,
        "Values of that feature whose items are protected; none: all but the most frequent value.");
}

/// Whether each item is protected: an item that has one of the values is, one without a value is
/// not.
/// @param who  the strategy, for messages
/// @return uint8 a item, 1 or 0
/// Throws InvalidInput where the feature has no such value, and where all items are alike.
std::vector<uint8_t> protected_items(const FeatureTable& items, const std::string& who,
                                     const std::string& feature,
                                     const std::vector<std::string>& values);

}  // namespace assay::extra

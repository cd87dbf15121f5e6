#pragma once
// Part of assay::extra, which promises no stable API or ABI: see assay/extra/README.md.

/// The feature that a strategy was told to use, or the only one that fits.

#include <assay/features.h>

#include <string>
#include <vector>

namespace assay::extra {

/// Which feature a strategy asks for.
struct WantedFeature {
  std::string who;                 ///< the strategy, for messages
  std::string of;                  ///< "item" or "user", for messages
  std::string name;                ///< its name in the data; empty where the data must decide
  std::vector<FeatureType> types;  ///< those that fit
};

/// The feature that is named, or the only one that fits.
/// Throws InvalidInput where the name is unknown or of a type that does not fit, where nothing fits,
/// and where several fit and none is named: the first is no better than the others.
const Feature& choose_feature(const FeatureTable& table, const WantedFeature& wanted);

}  // namespace assay::extra

#pragma once

/// Which features a data set has, as far as that can be told without reading it.

#include <string>
#include <vector>

#include "task/experiment.h"

namespace assay::ingest {

struct KnownFeature {
  std::string of;    ///< user, item
  std::string name;  ///< as strategies name it
  std::string type;  ///< category, number, set, vector, text
};

/// Those that the experiment file names, and those that come with the format: of its own files only
/// the headers are read.
/// @param dataset  whose path and format are known (ingest::locate)
/// Throws UserError where files are missing, or are none of the format.
std::vector<KnownFeature> known_features(const task::DatasetSpec& dataset);

}  // namespace assay::ingest

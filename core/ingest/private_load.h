#pragma once

/// What ingest/load.h does, with outside ids that are named by pseudonyms wherever they are written
/// (dataset/pseudonyms.h). Without pseudonyms (null) it is the same to the last byte.

#include <cstdint>
#include <string>

#include "dataset/pseudonyms.h"
#include "ingest/load.h"

namespace assay::ingest {

dataset::ImportedRef import_dataset(const task::DatasetSpec& dataset, const DataPlaces& places,
                                    const dataset::Pseudonyms* pseudonyms,
                                    const dataset::Notice& notice);

dataset::ImportedRef import_lists(const task::ListSpec& lists, const std::string& cache_dir,
                                  const dataset::Pseudonyms* pseudonyms,
                                  const dataset::Notice& notice);

dataset::ImportedRef import_impression_table(const task::ImpressionsSpec& spec,
                                             const std::string& cache_dir,
                                             const dataset::Pseudonyms* pseudonyms,
                                             const dataset::Notice& notice);

/// The audit of what is returned says that ids are pseudonyms, and of which key.
dataset::PreparedRef load_dataset(const task::DatasetSpec& dataset,
                                  const task::TrafficSpec& traffic, const task::FitOn& fit_on,
                                  uint64_t seed, const DataPlaces& places,
                                  const dataset::Pseudonyms* pseudonyms,
                                  const dataset::Notice& notice);

}  // namespace assay::ingest

#pragma once

#include "dataset/imported.h"
#include "dataset/notice.h"
#include "dataset/pseudonyms.h"
#include "ingest/data_places.h"
#include "task/experiment.h"

namespace assay::ingest {

/// Imports the positives of logged rows that no log stands beside as the events of one, with the
/// features that the data set names and those that come with the format of the rows; or finds them in
/// the cache. Ids are named by `pseudonyms` where there are some. Throws UserError as import_impression_table and import_dataset.
dataset::ImportedRef import_positives(const task::DatasetSpec& dataset, const DataPlaces& places,
                                      const dataset::Pseudonyms* pseudonyms,
                                      const dataset::Notice& notice);

}  // namespace assay::ingest

#pragma once

/// From `datasets.<name>` of an experiment to a prepared data set: find, import, prepare. All three
/// are cached.

#include <cstdint>
#include <string>
#include <vector>

#include "dataset/cache_files.h"
#include "dataset/notice.h"
#include "dataset/prepare.h"
#include "ingest/data_places.h"
#include "task/experiment.h"

namespace assay::ingest {

/// Imports the events and features of `dataset` (found by its `source`, or at its `path`), or finds
/// them in the cache. Files are hashed again only where size or time of change differ from the last
/// look. Throws UserError with file and line: missing file or column, short row, bad number, empty
/// file, ...
dataset::ImportedRef import_dataset(const task::DatasetSpec& dataset, const DataPlaces& places,
                                    const dataset::Notice& notice = {});

/// Imports ranked lists: a TREC run (`query Q0 item rank score tag`, query = outside user id), or
/// by its name a table (.csv, .tsv, .jsonl, .parquet) with columns user, item, and score or rank.
dataset::ImportedRef import_lists(const task::ListSpec& lists, const std::string& cache_dir,
                                  const dataset::Notice& notice = {});

/// What of a cache a prepared data set was made from and consists of: imported data and lists, the
/// prepared file, its lists.
std::vector<std::string> cache_files_of(const dataset::PreparedRef& data,
                                        const std::string& cache_dir);
/// The layouts of files that this version reads.
dataset::CacheLayouts cache_layouts();
/// Imports a table of logged rows (dataset/impressions.h), or finds it in the cache. Throws
/// UserError as import_impressions of ingest/impressions.h.
dataset::ImportedRef import_impression_table(const task::ImpressionsSpec& spec,
                                             const std::string& cache_dir,
                                             const dataset::Notice& notice = {});

/// import_dataset, import_lists for each of its lists, prepare.
dataset::PreparedRef load_dataset(const task::DatasetSpec& dataset,
                                  const task::TrafficSpec& traffic, const task::FitOn& fit_on,
                                  uint64_t seed, const DataPlaces& places,
                                  const dataset::Notice& notice = {});

}  // namespace assay::ingest

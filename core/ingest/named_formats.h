#pragma once

/// The formats in which known data sets are published, by name, so that their files are read as
/// they are downloaded.
///
/// | format           | files |
/// | movielens        | u.data, u.item, u.user (100K) · ratings.dat, movies.dat, users.dat (1M,
/// 10M)
///                      · ratings.csv, movies.csv (20M and later) |
/// | amazon_reviews   | JSON lines of 2014, 2018 (reviewerID, asin, overall, unixReviewTime) and
///                      2023 (user_id, parent_asin, rating, timestamp in ms) |
/// | yelp             | yelp_academic_dataset_review.json, ..._business.json |
/// | lastfm_360k      | usersha1-artmbid-artname-plays.tsv, usersha1-profile.tsv |
/// | lastfm_1k        | userid-timestamp-artid-artname-traid-traname.tsv, userid-profile.tsv |
///
/// Each may be packed (.gz, .zst). Feature files are read where they stand beside the events.

#include <optional>
#include <string>
#include <vector>

#include "ingest/table_events.h"
#include "task/experiment.h"

namespace assay::ingest {

/// A file of features in a data set's own format.
struct NamedFeatures {
  task::FeatureFileSpec spec;
  TableFormat format;
};

struct NamedData {
  std::string events;  ///< path
  TableFormat format;
  std::vector<EventRoles> layouts;  ///< the first whose columns are there is read
  std::vector<NamedFeatures> features;
};

const std::vector<std::string>& named_formats();
bool is_named_format(const std::string& format);

/// The named format of a folder that holds its events, or of such a file, by its name; "" where
/// there is none. A ratings.csv counts where its header is MovieLens's.
std::string named_format_of(const std::string& path);

/// What a data set of a named format is read from. `dataset.path` is the folder, or the file of the
/// events; `dataset.columns` replaces the columns that roles have by default.
/// Throws UserError where the folder holds none of the files; it says what it holds.
NamedData named_data(const task::DatasetSpec& dataset);

}  // namespace assay::ingest

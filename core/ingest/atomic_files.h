#pragma once

/// RecBole's "atomic files": tab-separated text whose header names each column and its type,
/// `user_id:token`.
///
/// Types: token (a name), float, token_seq (names between spaces), float_seq (numbers between
/// spaces). Events are in
/// `.inter`, features of users and items in `.user` and `.item`: token becomes a category, float a
/// number, token_seq a set, float_seq a vector. In a feature file a column with the name of the
/// events' time column says when the row became known.

#include <map>
#include <string>
#include <vector>

#include "ingest/feature_rows.h"
#include "ingest/source_files.h"
#include "task/experiment.h"

namespace assay::ingest {

/// Throws UserError with file and line: empty file, header that is wrong or lacks a column, short
/// row, bad number, id twice in a feature file.
/// @return the features, by role (user, item)
std::map<std::string, FeatureRows> read_atomic_files(const std::vector<SourceFile>& files,
                                                     const task::DatasetSpec& dataset,
                                                     EventBuilder& events);

/// What a feature of an atomic file is, by the type of its column: token is a category, ...
std::string atomic_feature_type(const std::string& type);

}  // namespace assay::ingest

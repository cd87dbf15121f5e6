#pragma once

/// Feature files of a data set: those that come with its format, and those that its file names.

#include <nlohmann/json.hpp>
#include <vector>

#include "ingest/source_files.h"
#include "ingest/table.h"
#include "task/experiment.h"

namespace assay::ingest {

/// A file of features and how it is read.
struct NamedFeatures {
  task::FeatureFileSpec spec;
  TableFormat format;
};

/// Adds those that the data set names.
void add_features_of(const task::DatasetSpec& dataset, std::vector<NamedFeatures>& features);

/// The files, and those of the ids of vectors.
std::vector<SourceFile> files_of(const std::vector<NamedFeatures>& features);

/// How a file is read, for a key.
nlohmann::json feature_settings(const task::FeatureFileSpec& spec);

}  // namespace assay::ingest

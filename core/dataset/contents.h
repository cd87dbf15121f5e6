#pragma once

/// What imported data hold, as one name. It says nothing of the files: neither their bytes, format
/// and order of columns, nor columns that are not used. So what changes in those computes nothing
/// anew, and what changes in a used one does.

#include <string>

#include "dataset/imported.h"
#include "task/experiment.h"

namespace assay::dataset {

/// SHA-256 over what preparing takes of a log: users, items, times, types and files of the events,
/// ids, all features, and of the columns of numbers and texts those of targets and of the value.
/// @param dataset  names these columns; of one that is not there, preparing says so
std::string contents_of_log(const ImportedRef& data, const task::DatasetSpec& dataset,
                            const std::string& cache_dir);

/// SHA-256 over all tensors of a file: of ranked lists, of logged rows.
std::string contents_of_file(const std::string& path, const std::string& cache_dir);

}  // namespace assay::dataset

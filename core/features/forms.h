#pragma once

#include <assay/features.h>

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "task/feature_spec.h"

namespace assay::features {

/// What becomes of one source. All on the CPU; the column's name is that of `feature`.
/// Throws UserError that names the place of `feature` where the source is of a type that the form
/// cannot take.
Feature formed(const Feature& source, const task::CandidateFeature& feature);

/// A code of all values together, of as many rows each: a category, or a set where one of them is.
/// Missing where one of them is. Codes are hashed (Weinberger et al. 2009).
Feature crossed(std::span<const Feature> sources, const task::CandidateFeature& feature);

/// The given rows; -1 is missing.
Feature at_rows(const Feature& feature, std::span<const int64_t> rows);

/// A column of numbers of which nothing is known yet.
Feature numbers(const std::string& name, int64_t rows);
/// A column of categories that are missing.
Feature categories(const std::string& name, int64_t rows, int64_t cardinality);

}  // namespace assay::features

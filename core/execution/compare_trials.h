#pragma once

#include <span>
#include <string>

#include "execution/verify.h"
#include "results/reader.h"

namespace assay::execution {

/// Two sets of lists of the same requests, compared.
struct ListDifference {
  int64_t lists = 0;
  int64_t swapped = 0;           ///< differ, but only where scores tie within kTieTolerance
  int64_t different = 0;         ///< differ beyond that
  int64_t first_different = -1;  ///< request
};

/// Row by row. An item may stand elsewhere where the scores of both places are within tolerance of
/// each other; one may have entered or left where its score is within tolerance of the last one.
ListDifference compare_lists(const results::Slates& kept, const results::Slates& again);

/// Holds a trial of one database against the same one of another: every column of values a request
/// that both have, and the served lists. The detail of the answer says how much was compared, and
/// where the two differ.
/// @param key  of the trial in `again`: that of `trial`, or what the same trial is called there
VerifiedTrial compare_trials(const results::Reader& kept, const results::Reader& again,
                             const results::RunTrial& trial, const std::string& key);

/// Of two specs: "numbers are made by numerics version 2; this run was made by 1: see
/// docs/upgrading.md"; "" where both have the same version.
std::string numerics_difference(const std::string& kept, const std::string& now);

/// Whether two specs differ in the version of the numerics and in libraries alone, which cannot be
/// those of another version of assay. Such a trial can be computed again and its values compared.
bool same_but_for_numerics(const std::string& kept, const std::string& now);

/// Why two specs (the JSON behind a trial's key) are not the same, in words: "library of recall[0]
/// was 1a2b, is 3c4d".
std::string spec_difference(const std::string& kept, const std::string& now);

}  // namespace assay::execution

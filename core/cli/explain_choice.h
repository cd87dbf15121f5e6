#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "report/item_names.h"
#include "results/reader.h"

namespace assay::cli {

/// What `assay explain` was asked, as typed; empty: not said.
struct ExplainQuestion {
  std::string variant, dataset, fold, user, item, without;
  std::optional<int64_t> seed, request;
};

/// The trial that is meant: of several data sets, folds and seeds that fit, the first one whose
/// requests hold the user. Throws UserError: no such variant (near names), data set, fold or seed; a
/// trial that has no result, with the reason; no such user (near ids).
results::RunTrial chosen_trial(const results::Reader& reader, int64_t run_id,
                               const ExplainQuestion& question);

/// Which request, and those that the same user has beside it.
struct ChosenRequest {
  int64_t request = 0, requests = 0;
  std::string user;
  std::vector<int64_t> others;
};

/// The user's first request, or the one that is named. Throws UserError: a request that is none of
/// the user, with those that are; one behind the last.
ChosenRequest chosen_request(const results::Reader& reader, const std::string& request_set,
                             const ExplainQuestion& question);

/// The item of an outside id, else the only one of a title. Throws UserError with near ones.
/// @param option  that names it: --item
int64_t chosen_item(const report::ItemNames& names, const std::string& text, const char* option);

}  // namespace assay::cli

#pragma once

#include <nlohmann/json.hpp>

#include "dataset/audit.h"
#include "dataset/prepared.h"
#include "dataset/ranked_lists.h"

namespace assay::dataset {

/// What ranked lists that came with the data tell of having been made from the test window.
/// @param known_queries  of the lists, that are users of the data
/// @return {"relevant", "found": of these among the first 10 of a list (or as many as are relevant),
///          "only_users_with_truth": there is a list for each user with something relevant, for no
///          other user, and at least a twentieth of the users has nothing relevant}
nlohmann::json truth_in_lists(const RankedLists& lists, const PreparedData& data,
                              int64_t known_queries);

/// The audit's `lists_know_truth`: a leak where lists have all that is relevant at their top
/// (recall@10 of 1.000 on 100 items or more), a property where only the choice of users tells.
/// @param lists_info  by their name, as PreparedRef::info has them under "lists"
AuditFinding lists_know_truth(const nlohmann::json& lists_info);

}  // namespace assay::dataset

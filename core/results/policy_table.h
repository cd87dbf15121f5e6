#pragma once

/// Policies on logged requests in the results file.

#include <optional>
#include <string>
#include <vector>

#include "results/database.h"
#include "results/policy_rows.h"
#include "results/reader.h"

namespace assay::results {

/// After its variant.
void write_policy(const Database& database, const VariantPolicyRow& row);
/// In the order of the file.
std::vector<VariantPolicyRow> variant_policies(const Reader& reader, int64_t run_id);

/// The shards (ids) of what a worker told of a policy in a trial, in the order of the requests. Empty
/// unless all of them are there.
std::vector<int64_t> policy_shards(const Reader& reader, const std::string& trial_key,
                                   const std::string& policy);
/// One of them.
PolicyInput policy_input(const Reader& reader, const std::string& trial_key,
                         const std::string& policy, int64_t shard_id);
/// All of them at once.
std::vector<PolicyInput> policy_input(const Reader& reader, const std::string& trial_key,
                                      const std::string& policy);

/// What the policy of a trial really earns, by the world that made the log; none of other logs, and
/// unless all shards are there.
std::optional<PolicyTruth> policy_truth(const Reader& reader, const std::string& trial_key,
                                        const std::string& policy);

/// Replaces a row of the same key.
void write_policy_value(const Database& database, const PolicyValueRow& row);
/// By data set, fold, variant in the order of the file, position.
std::vector<PolicyValueRow> policy_values(const Reader& reader, int64_t run_id);

}  // namespace assay::results

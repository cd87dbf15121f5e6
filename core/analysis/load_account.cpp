#include "analysis/load_account.h"

#include <array>
#include <tuple>

#include "analysis/timings.h"

namespace assay::analysis {

namespace {

constexpr char kCounts[] = R"sql(
SELECT v.name, l.dataset, l.fold, c.timing_key, c.scenario, c.kind, sum(c.count)
FROM load_count AS c
JOIN run_trial AS l USING (trial_key)
JOIN variant AS v USING (variant_id)
WHERE l.run_id = ? AND c.role = 'normal' AND c.serving = v.serving
GROUP BY v.position, l.dataset, l.fold, c.timing_key, c.scenario, c.kind
ORDER BY v.position, l.dataset, c.scenario)sql";

}  // namespace

int64_t LoadAccount::count(task::LoadCountKind kind) const {
  const auto found = counts.find(std::string(name_of(kind)));
  return found == counts.end() ? 0 : found->second;
}

int64_t LoadAccount::degraded() const {
  using enum task::LoadCountKind;
  return count(shed) + count(deadline) + count(breaker);
}

std::vector<LoadAccount> recorded_load(const results::Reader& reader, int64_t run_id) {
  const auto passes = chosen_passes(reader, run_id);
  const std::array<assay::results::Cell, 1> parameters{run_id};
  std::vector<LoadAccount> accounts;
  for (const auto& row : reader.query(kCounts, parameters).rows) {
    const auto text = [&](size_t column) { return std::get<std::string>(row[column]); };
    const auto pass = passes.find({text(1), text(2)});
    if (pass == passes.end() || pass->second != text(3)) continue;
    const auto key = std::tuple(text(0), text(1), text(4));
    const bool same =
        !accounts.empty() && key == std::tuple(accounts.back().variant, accounts.back().dataset,
                                               accounts.back().scenario);
    if (!same) accounts.push_back({text(0), text(1), text(4), {}});
    accounts.back().counts[text(5)] += std::get<int64_t>(row[6]);
  }
  return accounts;
}

}  // namespace assay::analysis

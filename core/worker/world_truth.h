#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "dataset/impressions.h"
#include "dataset/prepared.h"
#include "simulator/world.h"
#include "worker/policy_actions.h"

namespace assay::worker {

/// What policies really earn on logged rows that a simulator made (core/simulator).
class WorldTruth {
 public:
  /// None where the table is of no simulated world.
  static std::optional<WorldTruth> of(const dataset::Impressions& table,
                                      const dataset::PreparedData& data);

  /// The sum over the rows of a request (a place in the table) of their true values:
  /// P(row is looked at | the items above it in the log) * sum over items of P(policy shows it)
  /// P(click | it is looked at).
  double value(const dataset::Impressions& table, int64_t request, const Actions& actions,
               const Servable& servable) const;

 private:
  WorldTruth(const task::SimulatorSpec& spec, const dataset::PreparedData& data);

  simulator::World world_;
  std::vector<int32_t> user_, item_;  // dense id -> number in the world
};

}  // namespace assay::worker

#include "worker/world_truth.h"

#include "dataset/world_numbers.h"
#include "simulator/click_models.h"

namespace assay::worker {

std::optional<WorldTruth> WorldTruth::of(const dataset::Impressions& table,
                                         const dataset::PreparedData& data) {
  if (!table.info().contains("world")) return std::nullopt;
  return WorldTruth(table.info().at("world").get<task::SimulatorSpec>(), data);
}

WorldTruth::WorldTruth(const task::SimulatorSpec& spec, const dataset::PreparedData& data)
    : world_(spec),
      user_(dataset::world_numbers(data.user_ids())),
      item_(dataset::world_numbers(data.item_ids())) {}

double WorldTruth::value(const dataset::Impressions& table, int64_t request, const Actions& actions,
                         const Servable& servable) const {
  const int64_t day = simulator::day_of(table.time_us()[request]);
  const int32_t user = user_[static_cast<size_t>(table.user()[request])];
  const simulator::Taste taste = world_.taste(user, day);
  const auto clicked = [&](int64_t item) {
    return static_cast<double>(world_.click_probability(taste, item_[static_cast<size_t>(item)]));
  };
  double earned = 0;
  for (const auto& [item, probability] : actions.listed) earned += probability * clicked(item);
  // A simulator says of each request which items it allows: there is no sum over all items.
  if (actions.floor > 0) earned += actions.floor * servable.sum(0, clicked);
  std::vector<int32_t> slate;
  for (int64_t row = table.offsets()[request]; row < table.offsets()[request + 1]; ++row)
    slate.push_back(item_[static_cast<size_t>(table.item()[row])]);
  std::vector<float> looked(slate.size());
  simulator::examination(world_, taste, slate, looked);
  double sum = 0;
  for (const float chance : looked) sum += static_cast<double>(chance) * earned;
  return sum;
}

}  // namespace assay::worker

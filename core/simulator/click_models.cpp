#include "simulator/click_models.h"

#include <cmath>
#include <vector>

#include "simulator/draws.h"

namespace assay::simulator {
namespace {

using enum task::ClickModel;

float looked_at_place(const task::SimulatorSpec& spec, size_t place) {
  return static_cast<float>(std::pow(static_cast<double>(place + 1), -spec.position_bias));
}

/// P(goes on below) of a user who looks at an item that attracts, or does not.
float goes_on(const task::SimulatorSpec& spec, bool attracts) {
  if (!attracts) return 1;
  return spec.click_model == cascade ? 0 : static_cast<float>(spec.continuation);
}

}  // namespace

void draw_clicks(const World& world, int32_t user, int64_t day, std::span<const int32_t> slate,
                 std::span<uint8_t> out) {
  draw_clicks(world, world.taste(user, day), user, day, slate, out);
}

void draw_clicks(const World& world, const Taste& taste, int32_t user, int64_t day,
                 std::span<const int32_t> slate, std::span<uint8_t> out) {
  const task::SimulatorSpec& spec = world.spec();
  bool looks = true;
  for (size_t place = 0; place < slate.size(); ++place) {
    const auto words = drawn(spec.seed, Draw::click, static_cast<uint32_t>(user),
                             static_cast<uint32_t>(day), static_cast<uint32_t>(slate[place]));
    const bool attracts = unit(words[0]) < world.click_probability(taste, slate[place]);
    if (spec.click_model == position_based) {
      out[place] = attracts && unit(words[1]) < looked_at_place(spec, place);
      continue;
    }
    out[place] = looks && attracts;
    looks = looks && unit(words[2]) < goes_on(spec, attracts);
  }
}

void examination(const World& world, const Taste& taste, std::span<const int32_t> slate,
                 std::span<float> out) {
  const task::SimulatorSpec& spec = world.spec();
  float looks = 1;
  for (size_t place = 0; place < slate.size(); ++place) {
    if (spec.click_model == position_based) {
      out[place] = looked_at_place(spec, place);
      continue;
    }
    out[place] = looks;
    const float clicks = world.click_probability(taste, slate[place]);
    looks *= clicks * goes_on(spec, true) + (1 - clicks);
  }
}

double expected_clicks(const World& world, int32_t user, int64_t day,
                       std::span<const int32_t> slate) {
  const Taste taste = world.taste(user, day);
  std::vector<float> looked(slate.size()), clicks(slate.size());
  examination(world, taste, slate, looked);
  world.click_probabilities(taste, slate, clicks);
  double sum = 0;
  for (size_t place = 0; place < slate.size(); ++place)
    sum += static_cast<double>(looked[place]) * static_cast<double>(clicks[place]);
  return sum;
}

}  // namespace assay::simulator

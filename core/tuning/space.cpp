#include "tuning/space.h"

#include <algorithm>
#include <cmath>

#include "error/error.h"

namespace assay::tuning {
namespace {

double scaled(const task::TunedParam& param, double value) {
  return param.log ? std::log(value) : value;
}

}  // namespace

Interval interval_of(const task::TunedParam& param) {
  const double half = param.integer ? 0.5 : 0;
  return {scaled(param, param.low - half), scaled(param, param.high + half)};
}

nlohmann::json value_at(const task::TunedParam& param, double place) {
  const double value = param.log ? std::exp(place) : place;
  if (param.integer)
    return static_cast<int64_t>(std::clamp(std::round(value), param.low, param.high));
  return std::clamp(value, param.low, param.high);
}

double place_of(const task::TunedParam& param, const nlohmann::json& value) {
  return scaled(param, value.get<double>());
}

size_t choice_of(const task::TunedParam& param, const nlohmann::json& value) {
  const auto found = std::ranges::find(param.choices, value);
  error::require(found != param.choices.end(), "a tuned value is one of its choices");
  return static_cast<size_t>(found - param.choices.begin());
}

nlohmann::json value_at_share(const task::TunedParam& param, double share) {
  if (!param.choices.empty()) {
    const auto count = static_cast<double>(param.choices.size());
    return param.choices[static_cast<size_t>(share * count)];
  }
  const Interval interval = interval_of(param);
  return value_at(param, interval.low + share * interval.width());
}

std::optional<int64_t> combinations(const Space& space, int64_t most) {
  int64_t count = 1;
  for (const task::TunedParam& param : space) {
    if (param.choices.empty()) return std::nullopt;
    count = std::min(most + 1, count * static_cast<int64_t>(param.choices.size()));
  }
  return count;
}

Values combination(const Space& space, int64_t number) {
  Values values(space.size());
  for (size_t p = space.size(); p-- > 0;) {
    const nlohmann::json& choices = space[p].choices;
    const auto count = static_cast<int64_t>(choices.size());
    values[p] = choices[static_cast<size_t>(number % count)];
    number /= count;
  }
  return values;
}

}  // namespace assay::tuning

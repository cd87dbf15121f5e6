#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <optional>
#include <span>
#include <vector>

#include "task/experiment.h"

namespace assay::tuning {

/// What a search draws from: the tuned parameters of a variant, in the order of the file.
using Space = std::vector<task::TunedParam>;

/// One value for each parameter of a space, in its order.
using Values = std::vector<nlohmann::json>;

/// A range on the scale on which it is even: the logarithm where it is logarithmic. An integer takes
/// half a step more on either side, so that its ends are as likely as the others (as in Optuna).
struct Interval {
  double low = 0;
  double high = 0;

  double width() const { return high - low; }
};
Interval interval_of(const task::TunedParam& param);

/// The value at a place of the interval, within the range, rounded for integers.
nlohmann::json value_at(const task::TunedParam& param, double place);
/// The place of a value on the scale.
double place_of(const task::TunedParam& param, const nlohmann::json& value);

/// Which of the choices a value is. Throws InternalError where it is none.
size_t choice_of(const task::TunedParam& param, const nlohmann::json& value);

/// The value at `share` of the way through the range or the choices. @param share  in [0, 1)
nlohmann::json value_at_share(const task::TunedParam& param, double share);

/// How many combinations a space of choices has, at most `most` + 1; none where it has a range.
std::optional<int64_t> combinations(const Space& space, int64_t most);

/// The `number`-th combination of a space of choices, from 0; the last parameter varies fastest.
Values combination(const Space& space, int64_t number);

}  // namespace assay::tuning

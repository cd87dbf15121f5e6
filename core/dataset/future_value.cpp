#include "dataset/future_value.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <numeric>
#include <optional>

namespace assay {
namespace {

constexpr double kUnknown = std::numeric_limits<double>::quiet_NaN();

// What a log tells of each user or item; NaN where it says nothing.
struct Facts {
  std::vector<double> events, positives, mean_value, last_time;
};

Facts facts_of(const Events& events, std::span<const int32_t> id, int64_t ids, bool with_test) {
  Facts out{std::vector<double>(ids, 0), std::vector<double>(ids, 0),
            std::vector<double>(ids, kUnknown), std::vector<double>(ids, kUnknown)};
  std::vector<double> sum(ids, 0), valued(ids, 0);
  for (size_t e = 0; e < events.size(); ++e) {
    if (!with_test && events.window_of(e) == Window::test) continue;
    const int32_t one = id[e];
    ++out.events[one];
    out.positives[one] += events.positive(e);
    if (!std::isnan(events.value[e])) {
      sum[one] += events.value[e];
      ++valued[one];
    }
    if (events.has_times())
      out.last_time[one] = std::fmax(out.last_time[one], static_cast<double>(events.time_s[e]));
  }
  for (int64_t one = 0; one < ids; ++one)
    if (valued[one] > 0) out.mean_value[one] = sum[one] / valued[one];
  return out;
}

// Ranks from 1, equal values share the mean of theirs.
std::vector<double> ranks(const std::vector<double>& values) {
  std::vector<size_t> order(values.size());
  std::iota(order.begin(), order.end(), 0);
  std::ranges::sort(order, {}, [&](size_t i) { return values[i]; });
  std::vector<double> out(values.size());
  for (size_t begin = 0; begin < order.size();) {
    size_t end = begin + 1;
    while (end < order.size() && values[order[end]] == values[order[begin]]) ++end;
    const double rank = static_cast<double>(begin + end + 1) / 2;
    for (; begin < end; ++begin) out[order[begin]] = rank;
  }
  return out;
}

// In absolute value; 0 where one of them does not vary.
double rank_correlation(const std::vector<double>& a, const std::vector<double>& b) {
  const std::vector<double> x = ranks(a), y = ranks(b);
  const double mean = static_cast<double>(x.size() + 1) / 2;
  double xx = 0, yy = 0, xy = 0;
  for (size_t i = 0; i < x.size(); ++i) {
    xx += (x[i] - mean) * (x[i] - mean);
    yy += (y[i] - mean) * (y[i] - mean);
    xy += (x[i] - mean) * (y[i] - mean);
  }
  return xx == 0 || yy == 0 ? 0 : std::abs(xy) / std::sqrt(xx * yy);
}

struct Correlations {
  double with_test, without;
};

// None where the test window changes too little to tell, or the feature does not follow it.
std::optional<Correlations> follows(const std::vector<float>& feature,
                                    const std::vector<double>& all,
                                    const std::vector<double>& before) {
  std::vector<double> value, with_test, without;
  int64_t changed = 0;
  for (size_t i = 0; i < feature.size(); ++i) {
    if (std::isnan(feature[i]) || std::isnan(all[i]) || std::isnan(before[i])) continue;
    value.push_back(feature[i]);
    with_test.push_back(all[i]);
    without.push_back(before[i]);
    changed += all[i] != before[i];
  }
  if (changed < kChangedAtLeast) return std::nullopt;
  const Correlations out{rank_correlation(value, with_test), rank_correlation(value, without)};
  const bool told = out.with_test >= kFollows && 1 - out.with_test < 0.1 * (1 - out.without);
  return told ? std::optional(out) : std::nullopt;
}

}  // namespace

std::vector<std::string> future_by_value(const Events& events,
                                         const std::vector<NumberFeature>& features) {
  static const std::array<std::pair<const char*, std::vector<double> Facts::*>, 4> quantities = {
      {{"number of events", &Facts::events},
       {"number of positives", &Facts::positives},
       {"mean value", &Facts::mean_value},
       {"time of the last event", &Facts::last_time}}};
  std::vector<std::string> found;
  for (const char* kind : {"user", "item"}) {
    const auto of_kind = [&](const NumberFeature& feature) { return feature.kind == kind; };
    if (std::ranges::none_of(features, of_kind)) continue;
    const bool users = std::string_view(kind) == "user";
    const auto& id = users ? events.user : events.item;
    const int64_t ids = users ? events.users : events.items;
    const Facts all = facts_of(events, id, ids, true), before = facts_of(events, id, ids, false);
    for (const NumberFeature& feature : features) {
      if (!of_kind(feature)) continue;
      for (const auto& [what, fact] : quantities) {
        const auto told = follows(feature.values, all.*fact, before.*fact);
        if (!told) continue;
        found.push_back(fmt::format(
            "{} feature {} follows the {} with the test window in it (rank correlation {:.4f}, "
            "{:.4f} without)",
            kind, feature.name, what, told->with_test, told->without));
        break;
      }
    }
  }
  return found;
}

}  // namespace assay

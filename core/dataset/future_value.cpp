#include "dataset/future_value.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <bitset>
#include <charconv>
#include <cmath>
#include <limits>
#include <numeric>
#include <optional>

namespace assay {
namespace {

using Windows = std::bitset<kWindows>;  // bit w: the events of window w

constexpr double kUnknown = std::numeric_limits<double>::quiet_NaN();
constexpr int kQuantities = 4;
constexpr std::array<const char*, kQuantities> kQuantity = {
    "number of events", "number of positives", "mean value", "time of the last event"};

// Of the windows of the past a number of 0 counts as known; of later ones only who has an event.
enum class Nothing { counts, is_unknown };

// The events of all users, or of all items.
struct Log {
  const Events& events;
  std::span<const int32_t> id;
  int64_t ids;

  // What some windows tell of each id; NaN where they say nothing.
  std::vector<double> tell(int quantity, Windows windows, Nothing nothing) const;
};

std::vector<double> Log::tell(int quantity, Windows windows, Nothing nothing) const {
  std::vector<double> out(ids, 0);
  std::vector<int32_t> count(ids, 0);
  for (size_t e = 0; e < events.size(); ++e) {
    if (!windows.test(events.window[e])) continue;
    const bool valued = quantity == 2;
    if (valued && std::isnan(events.value[e])) continue;
    double& fact = out[id[e]];
    ++count[id[e]];
    if (quantity == 0) ++fact;
    if (quantity == 1) fact += events.positive(e);
    if (valued) fact += events.value[e];
    if (quantity == 3) {
      const auto time = static_cast<double>(events.time_s[e]);
      fact = count[id[e]] == 1 ? time : std::max(fact, time);
    }
  }
  const bool is_count = quantity < 2;
  for (int64_t one = 0; one < ids; ++one) {
    if (count[one] == 0 && (!is_count || nothing == Nothing::is_unknown)) out[one] = kUnknown;
    if (count[one] > 0 && quantity == 2) out[one] /= count[one];
  }
  return out;
}

struct Ranks {
  std::vector<double> rank;  // from 1; equal values share the mean of theirs
  int64_t most_equal = 0;    // how many have the most frequent value
};

Ranks ranks(const std::vector<double>& values) {
  std::vector<size_t> order(values.size());
  std::iota(order.begin(), order.end(), 0);
  std::ranges::sort(order, {}, [&](size_t i) { return values[i]; });
  Ranks out{std::vector<double>(values.size())};
  for (size_t begin = 0; begin < order.size();) {
    size_t end = begin + 1;
    while (end < order.size() && values[order[end]] == values[order[begin]]) ++end;
    out.most_equal = std::max(out.most_equal, static_cast<int64_t>(end - begin));
    const double rank = static_cast<double>(begin + end + 1) / 2;
    for (; begin < end; ++begin) out.rank[order[begin]] = rank;
  }
  return out;
}

struct Correlation {
  double rho = 0;          // 0 where one of both does not vary
  bool has_proof = false;  // enough of both differ
};

// Over those that have both.
Correlation correlate(const std::vector<double>& a, const std::vector<double>& b) {
  std::vector<double> x, y;
  for (size_t i = 0; i < a.size(); ++i) {
    if (std::isnan(a[i]) || std::isnan(b[i])) continue;
    x.push_back(a[i]);
    y.push_back(b[i]);
  }
  const Ranks left = ranks(x), right = ranks(y);
  const double mean = static_cast<double>(x.size() + 1) / 2;
  double xx = 0, yy = 0, xy = 0;
  for (size_t i = 0; i < x.size(); ++i) {
    xx += (left.rank[i] - mean) * (left.rank[i] - mean);
    yy += (right.rank[i] - mean) * (right.rank[i] - mean);
    xy += (left.rank[i] - mean) * (right.rank[i] - mean);
  }
  const int64_t differ = std::ssize(x) - std::max(left.most_equal, right.most_equal);
  return {xx == 0 || yy == 0 ? 0 : xy / std::sqrt(xx * yy), differ >= kChangedAtLeast};
}

// Instead of each label the mean rank, by `fact`, of the others that have it.
std::vector<double> ranks_of_others(const std::vector<int32_t>& label,
                                    const std::vector<double>& fact) {
  std::vector<double> known;
  std::vector<size_t> who;
  for (size_t i = 0; i < label.size(); ++i) {
    if (label[i] < 0 || std::isnan(fact[i])) continue;
    known.push_back(fact[i]);
    who.push_back(i);
  }
  const Ranks by_fact = ranks(known);
  const int32_t labels = label.empty() ? 0 : *std::ranges::max_element(label) + 1;
  std::vector<double> sum(std::max(labels, 0), 0), count(sum);
  for (size_t k = 0; k < who.size(); ++k) {
    sum[label[who[k]]] += by_fact.rank[k];
    ++count[label[who[k]]];
  }
  std::vector<double> out(label.size(), kUnknown);
  for (size_t k = 0; k < who.size(); ++k) {
    const int32_t of = label[who[k]];
    if (count[of] > 1) out[who[k]] = (sum[of] - by_fact.rank[k]) / (count[of] - 1);
  }
  return out;
}

// How well a feature tells a fact: of its number and its label the better one.
Correlation follow(const FeatureValues& feature, const std::vector<double>& fact) {
  Correlation out;
  if (!feature.number.empty()) {
    out = correlate({feature.number.begin(), feature.number.end()}, fact);
    out.rho = std::abs(out.rho);
  }
  if (feature.category.empty()) return out;
  const Correlation label = correlate(ranks_of_others(feature.category, fact), fact);
  const bool better = label.has_proof != out.has_proof ? label.has_proof : label.rho > out.rho;
  return better ? label : out;
}

// A quantity of later windows, with what earlier ones told of it.
class Later {
 public:
  struct View {
    std::vector<double> fact;
    const char* text;
  };

  Later(const Log& log, int quantity) : log_(log), quantity_(quantity) {
    const Windows all("1111"), test("1000"), after_training("1110");
    bool between = false;  // rank or validation has an event
    for (uint8_t window : log.events.window) between = between || (window > 0 && window < 3);
    views_.push_back({tell(test, Nothing::is_unknown), "in the test window"});
    views_.push_back({tell(all, Nothing::counts), "with the test window in it"});
    if (between)
      views_.push_back({tell(after_training, Nothing::is_unknown), "after the training window"});
    past_windows_ = {Windows("0111")};
    if (between) past_windows_.insert(past_windows_.end(), {Windows("0001"), Windows("0110")});
  }

  const std::vector<View>& views() const { return views_; }

  // The best that the past tells, of the feature or of the view.
  double known(const FeatureValues& feature, const View& view) {
    double best = 0;
    for (const std::vector<double>& past : past()) {
      best = std::max({best, follow(feature, past).rho, std::abs(correlate(past, view.fact).rho)});
    }
    return best;
  }

  // Whether the test window changes enough of the whole log to tell.
  bool changes(const View& view) {
    if (&view != &views_[1]) return true;
    const std::vector<double>& before = past().front();
    int64_t changed = 0;
    for (size_t i = 0; i < before.size(); ++i)
      changed += !std::isnan(before[i]) && before[i] != view.fact[i];
    return changed >= kChangedAtLeast;
  }

 private:
  std::vector<double> tell(Windows windows, Nothing nothing) const {
    return log_.tell(quantity_, windows, nothing);
  }

  // Made when first asked for: most features follow nothing.
  const std::vector<std::vector<double>>& past() {
    if (past_.empty()) {
      for (Windows windows : past_windows_) past_.push_back(tell(windows, Nothing::counts));
    }
    return past_;
  }

  const Log& log_;
  int quantity_;
  std::vector<View> views_;
  std::vector<Windows> past_windows_;
  std::vector<std::vector<double>> past_;
};

struct Match {
  double rho = 0, known = 0;
  int quantity = 0;
  const char* view = "";
};

std::optional<Match> match(const FeatureValues& feature, Later& later, int quantity) {
  std::optional<Match> best;
  for (const Later::View& view : later.views()) {
    const Correlation found = follow(feature, view.fact);
    if (!found.has_proof || found.rho < kFollows || (best && found.rho <= best->rho)) continue;
    const double known = later.known(feature, view);
    const double open = 1 - known;
    if (open < 1e-9 || 1 - found.rho >= kLeavesOpen * open || !later.changes(view)) continue;
    best = {found.rho, known, quantity, view.text};
  }
  return best;
}

// Of the features of one kind; none where they follow nothing.
std::vector<std::optional<Match>> matches(const Log& log,
                                          const std::vector<const FeatureValues*>& features) {
  std::vector<std::optional<Match>> best(features.size());
  for (int quantity = 0; quantity < kQuantities; ++quantity) {
    if (quantity == 1 && log.events.targets.empty()) continue;  // as the number of events
    if (quantity == 3 && !log.events.has_times()) continue;
    Later later(log, quantity);
    for (size_t f = 0; f < features.size(); ++f) {
      const std::optional<Match> found = match(*features[f], later, quantity);
      if (found && (!best[f] || found->rho > best[f]->rho)) best[f] = found;
    }
  }
  return best;
}

std::optional<float> number_after(std::string_view label, size_t prefix) {
  float value = 0;
  const char* end = label.data() + label.size();
  const auto [stop, error] = std::from_chars(label.data() + prefix, end, value);
  const bool whole = error == std::errc() && stop == end && std::isfinite(value);
  return whole ? std::optional(value) : std::nullopt;
}

}  // namespace

std::vector<FutureFeature> future_by_value(const Events& events,
                                           const std::vector<FeatureValues>& features) {
  std::vector<FutureFeature> found;
  for (const char* kind : {"user", "item"}) {
    std::vector<const FeatureValues*> of_kind;
    for (const FeatureValues& feature : features)
      if (feature.kind == kind) of_kind.push_back(&feature);
    if (of_kind.empty()) continue;
    const bool users = std::string_view(kind) == "user";
    const Log log{events, users ? events.user : events.item, users ? events.users : events.items};
    const auto best = matches(log, of_kind);
    for (size_t f = 0; f < best.size(); ++f) {
      if (!best[f]) continue;
      found.push_back(
          {kind, of_kind[f]->name,
           fmt::format("{} feature {} follows the {} {} (rank correlation {:.4f}; the past "
                       "explains {:.4f} at best)",
                       kind, of_kind[f]->name, kQuantity[best[f]->quantity], best[f]->view,
                       best[f]->rho, best[f]->known)});
    }
  }
  return found;
}

std::vector<float> numbers_of(const TextView& labels) {
  constexpr std::string_view kDigits = "+-.0123456789";
  std::vector<float> out;
  for (int64_t label = 0; label < labels.size(); ++label) {
    const std::string_view text = labels[label];
    const size_t prefix = std::min(text.find_first_of(kDigits), text.size());
    if (text.substr(0, prefix) != labels[0].substr(0, prefix)) return {};
    const std::optional<float> number = number_after(text, prefix);
    if (!number) return {};
    out.push_back(*number);
  }
  return out;
}

}  // namespace assay

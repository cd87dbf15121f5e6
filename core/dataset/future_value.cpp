#include "dataset/future_value.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <limits>
#include <numeric>
#include <optional>

#include "dataset/log_facts.h"

namespace assay::dataset {
namespace {

using Windows = std::bitset<kWindows>;

constexpr double kUnknown = std::numeric_limits<double>::quiet_NaN();
// So many tell whether a correlation is worth the ranks of all.
constexpr size_t kSample = 4000;
// How far that of a sample may be from that of all.
constexpr double kSampleError = 0.1;

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
  double strength = 0;     // how well it is followed: |rho| of numbers, rho of labels
  bool has_proof = false;  // enough of both differ
};

Correlation of_pairs(const std::vector<double>& x, const std::vector<double>& y) {
  const Ranks left = ranks(x), right = ranks(y);
  const double mean = static_cast<double>(x.size() + 1) / 2;
  double xx = 0, yy = 0, xy = 0;
  for (size_t i = 0; i < x.size(); ++i) {
    xx += (left.rank[i] - mean) * (left.rank[i] - mean);
    yy += (right.rank[i] - mean) * (right.rank[i] - mean);
    xy += (left.rank[i] - mean) * (right.rank[i] - mean);
  }
  const double rho = xx == 0 || yy == 0 ? 0 : xy / std::sqrt(xx * yy);
  const int64_t differ = std::ssize(x) - std::max(left.most_equal, right.most_equal);
  return {rho, std::abs(rho), differ >= kChangedAtLeast};
}

// Over those that have both. What is far below `at_least` is fact_of from a sample.
Correlation correlate(const std::vector<double>& a, const std::vector<double>& b,
                      double at_least = 0) {
  std::vector<double> x, y;
  for (size_t i = 0; i < a.size(); ++i) {
    if (std::isnan(a[i]) || std::isnan(b[i])) continue;
    x.push_back(a[i]);
    y.push_back(b[i]);
  }
  if (at_least > 0 && x.size() > 2 * kSample) {
    std::vector<double> some_x, some_y;
    for (size_t i = 0; i < x.size(); i += x.size() / kSample) {
      some_x.push_back(x[i]);
      some_y.push_back(y[i]);
    }
    const Correlation some = of_pairs(some_x, some_y);
    if (some.strength < at_least - kSampleError) return some;
  }
  return of_pairs(x, y);
}

// A fact of users or items, NaN where nobody knows it.
class EntityFact {
 public:
  explicit EntityFact(std::vector<double> values) : fact(std::move(values)) {}

  const std::vector<double> fact;

  // As ranks, made when first asked for.
  const std::vector<double>& rank() const {
    if (!rank_.empty()) return rank_;
    rank_.assign(fact.size(), kUnknown);
    std::vector<double> known;
    for (const double value : fact)
      if (!std::isnan(value)) known.push_back(value);
    const Ranks all = ranks(known);
    for (size_t i = 0, next = 0; i < fact.size(); ++i)
      if (!std::isnan(fact[i])) rank_[i] = all.rank[next++];
    return rank_;
  }

 private:
  mutable std::vector<double> rank_;
};

// Instead of each label the mean rank of the others that have it.
std::vector<double> ranks_of_others(const std::vector<int32_t>& label, const EntityFact& fact_of) {
  const int32_t labels = std::ranges::max(label) + 1;
  const std::vector<double>& rank = fact_of.rank();
  std::vector<double> sum(std::max(labels, 0), 0), count(sum), out(label.size(), kUnknown);
  const auto known = [&](size_t i) { return label[i] >= 0 && !std::isnan(rank[i]); };
  for (size_t i = 0; i < label.size(); ++i) {
    if (!known(i)) continue;
    sum[label[i]] += rank[i];
    ++count[label[i]];
  }
  for (size_t i = 0; i < label.size(); ++i) {
    if (known(i) && count[label[i]] > 1) out[i] = (sum[label[i]] - rank[i]) / (count[label[i]] - 1);
  }
  return out;
}

// How well a feature tells a fact: of its number and its label the better one.
Correlation follow(const FeatureValues& feature, const EntityFact& fact_of, double at_least = 0) {
  Correlation out;
  if (!feature.number.empty())
    out = correlate({feature.number.begin(), feature.number.end()}, fact_of.fact, at_least);
  if (feature.category.empty()) return out;
  Correlation label =
      correlate(ranks_of_others(feature.category, fact_of), fact_of.rank(), at_least);
  label.strength = std::max(label.rho, 0.0);
  const bool better =
      label.has_proof != out.has_proof ? label.has_proof : label.strength > out.strength;
  return better ? label : out;
}

// What later windows tell, and what earlier ones fact_of of the same: each view ends with the test,
// and the past holds the events of every view but those.
class Views {
 public:
  struct View {
    std::string text;
    EventRange later, past;
  };

  explicit Views(const Events& events) {
    const Windows test("1000"), before("0111"), all("1111");
    add("in the test window", {test, 0, false}, {before});
    add("including the test window", {all}, {before});
    std::array<int64_t, kWindows> count{};
    size_t first_test = events.size();
    for (size_t e = events.size(); e-- > 0;) {
      ++count[events.window[e]];
      if (events.window_of(e) == task::Window::test) first_test = e;
    }
    if (count[1] + count[2] > 0) {
      add("after the training window", {Windows("1110"), 0, false}, {Windows("0110")});
      add("", {}, {Windows("0001")});
    }
    // Where the test is the end of the log, what was counted over the last days or weeks.
    const auto tests = static_cast<size_t>(count[3]);
    if (first_test + tests != events.size()) return;
    for (const double times : {1.25, 1.5, 2.0, 3.0}) {
      const auto size = static_cast<size_t>(times * static_cast<double>(tests));
      if (size >= events.size()) break;
      const size_t from = events.size() - size;
      add("over the last events, test window included", {all, from, false}, {before, from});
    }
  }

  const std::vector<View>& all() const { return views_; }

 private:
  void add(std::string text, EventRange later, EventRange past) {
    views_.push_back({std::move(text), later, past});
  }
  std::vector<View> views_;
};

// One fact in all views, each made when first asked for.
class FactInViews {
 public:
  FactInViews(const LogFacts& log, Fact fact, const Views& views)
      : log_(log), fact_(fact), views_(views.all()), later_(views_.size()), past_(views_.size()) {}

  const EntityFact& later(size_t view) {
    if (!later_[view]) later_.at(view).emplace(log_.tell(fact_, views_[view].later));
    return *later_[view];
  }

  // The best that the past tells, of the feature or of the view.
  double known(const FeatureValues& feature, size_t view) {
    double best = 0;
    for (size_t other = 0; other < views_.size(); ++other) {
      const EntityFact& fact_of = past(other);
      best = std::max({best, follow(feature, fact_of).strength,
                       correlate(fact_of.fact, later(view).fact).strength});
    }
    return best;
  }

  // Whether the test window changes enough of a view to tell.
  bool changes(size_t view) {
    const std::vector<double>&before = past(view).fact, &after = later(view).fact;
    int64_t changed = 0;
    for (size_t i = 0; i < before.size(); ++i)
      changed += !std::isnan(after[i]) && !(before[i] == after[i]);
    return changed >= kChangedAtLeast;
  }

 private:
  const EntityFact& past(size_t view) {
    if (!past_[view]) past_.at(view).emplace(log_.tell(fact_, views_[view].past));
    return *past_[view];
  }

  const LogFacts& log_;
  Fact fact_;
  const std::vector<Views::View>& views_;
  std::vector<std::optional<EntityFact>> later_, past_;
};

struct Match {
  Correlation found;
  double known = 0;
  Fact fact = Fact::events;
  const char* view = "";
};

std::optional<Match> match(const FeatureValues& feature, const Views& views, FactInViews& fact_of,
                           Fact fact) {
  std::optional<Match> best;
  for (size_t view = 0; view < views.all().size(); ++view) {
    const std::string& text = views.all()[view].text;
    if (text.empty()) continue;
    const Correlation found = follow(feature, fact_of.later(view), kFollows);
    if (!found.has_proof || found.strength < kFollows) continue;
    if (best && found.strength <= best->found.strength) continue;
    const double known = fact_of.known(feature, view), open = 1 - known;
    if (open < 1e-9 || 1 - found.strength >= kLeavesOpen * open || !fact_of.changes(view)) continue;
    best = {found, known, fact, text.c_str()};
  }
  return best;
}

// Of the features of one kind; none where they follow nothing.
std::vector<std::optional<Match>> matches(const LogFacts& log, const Views& views,
                                          const std::vector<const FeatureValues*>& features) {
  std::vector<std::optional<Match>> best(features.size());
  for (const Fact fact : kFacts) {
    if (!log.has(fact)) continue;
    FactInViews fact_of(log, fact, views);
    for (size_t f = 0; f < features.size(); ++f) {
      const std::optional<Match> found = match(*features[f], views, fact_of, fact);
      if (found && (!best[f] || found->found.strength > best[f]->found.strength)) best[f] = found;
    }
  }
  return best;
}

FutureFeature future_feature(const FeatureValues& feature, const LogFacts& log,
                             const Match& match) {
  return {feature.kind, feature.name,
          fmt::format("{} feature {} correlates with the {} {} (rank correlation {:.4f}; at most "
                      "{:.4f} with earlier data)",
                      feature.kind, feature.name, log.text(match.fact), match.view, match.found.rho,
                      match.known)};
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
  std::optional<Views> views;
  for (const char* kind : {"user", "item"}) {
    std::vector<const FeatureValues*> of_kind;
    for (const FeatureValues& feature : features)
      if (feature.kind == kind) of_kind.push_back(&feature);
    if (of_kind.empty()) continue;
    if (!views) views.emplace(events);
    const LogFacts log(events, kind);
    const auto best = matches(log, *views, of_kind);
    for (size_t f = 0; f < best.size(); ++f)
      if (best[f]) found.push_back(future_feature(*of_kind[f], log, *best[f]));
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

}  // namespace assay::dataset

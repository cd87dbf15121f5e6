#include <algorithm>
#include <array>
#include <cmath>
#include <map>

#include "report/all_pairs.h"
#include "report/page_data.h"
#include "report/paired_values.h"
#include "stats/seeds.h"

namespace assay::report {

namespace {

/// A sample of requests that a reader can look into: evenly spread ones, so that nobody chose them,
/// and those that the best variant serves better or worse than the baseline by most.
constexpr std::int64_t kSpread = 40;
constexpr std::int64_t kExtremes = 15;
constexpr std::size_t kShownHistory = 60;
constexpr std::size_t kShownTruth = 60;
constexpr int kShownSlots = 20;

struct Pick {
  std::int64_t request = 0;
  const char* why = "";
};

/// Items by a number of their own, so that an outside id is written once.
class ItemBook {
 public:
  explicit ItemBook(std::vector<std::string> ids) : ids_(std::move(ids)) {}

  /// -1, an empty slot, stays -1.
  int place(std::int32_t item) {
    if (item < 0) return -1;
    const auto [at, added] = places_.try_emplace(item, static_cast<int>(names_.size()));
    if (added) names_.push_back(name(static_cast<std::size_t>(item)));
    return at->second;
  }
  const nlohmann::json& names() const { return names_; }

 private:
  std::string name(std::size_t item) const {
    return item < ids_.size() ? ids_[item] : "#" + std::to_string(item);
  }

  std::vector<std::string> ids_;
  std::map<std::int32_t, int> places_;
  nlohmann::json names_ = nlohmann::json::array();
};

std::vector<std::string> id_list(const Reader& reader, const char* sql, const std::string& key) {
  const std::array<assay::Cell, 1> parameters{key};
  const QueryAnswer answer = reader.query(sql, parameters);
  if (answer.rows.empty()) return {};
  return nlohmann::json::parse(std::get<std::string>(answer.rows[0][0]))
      .get<std::vector<std::string>>();
}

/// Averaged over seeds, request by request; NaN where a seed has no data.
std::vector<double> request_means(const RunSamples& samples, const TrialGroup& group,
                                  const StageMetric& at) {
  return stats::average_over_seeds(spans(samples.values(group, at)));
}

void add_pick(std::vector<Pick>& picks, const Pick& pick) {
  const auto same = [&](const Pick& other) { return other.request == pick.request; };
  if (std::ranges::none_of(picks, same)) picks.push_back(pick);
}

/// @param baseline, best  [R] values; best is empty where no variant stands against the baseline
std::vector<Pick> chosen(const std::vector<double>& baseline, const std::vector<double>& best) {
  std::vector<Pick> picks;
  const std::int64_t requests = std::ssize(baseline);
  for (std::int64_t i = 0; i < std::min(kSpread, requests); ++i) {
    add_pick(picks, {i * requests / std::min(kSpread, requests), "sample"});
  }
  if (best.size() != baseline.size()) return picks;
  std::vector<std::int64_t> order;
  const auto gain = [&](std::int64_t r) {
    const auto at = static_cast<std::size_t>(r);
    return best[at] - baseline[at];
  };
  for (std::int64_t r = 0; r < requests; ++r) {
    if (!std::isnan(gain(r)) && gain(r) != 0.0) order.push_back(r);
  }
  std::ranges::stable_sort(order, [&](auto a, auto b) { return gain(a) > gain(b); });
  const std::int64_t some = std::min<std::int64_t>(kExtremes, std::ssize(order));
  for (std::int64_t i = 0; i < some; ++i) {
    const std::int64_t up = order[static_cast<std::size_t>(i)];
    const std::int64_t down = order[order.size() - 1 - static_cast<std::size_t>(i)];
    if (gain(up) > 0.0) add_pick(picks, {up, "gain"});
    if (gain(down) < 0.0) add_pick(picks, {down, "loss"});
  }
  return picks;
}

nlohmann::json last_items(const ItemLists& lists, std::int64_t request, std::size_t most,
                          ItemBook& book) {
  const auto r = static_cast<std::size_t>(request);
  const std::int64_t end = lists.offsets[r + 1];
  const std::int64_t begin = std::max(lists.offsets[r], end - static_cast<std::int64_t>(most));
  nlohmann::json items = nlohmann::json::array();
  for (std::int64_t i = begin; i < end; ++i) {
    items.push_back(book.place(lists.items[static_cast<std::size_t>(i)]));
  }
  return {{"items", items}, {"count", end - lists.offsets[r]}};
}

/// Five digits are more than a reader compares.
double rounded(float score) {
  if (score == 0.0F) return 0.0;
  const double unit = std::pow(10.0, std::floor(std::log10(std::abs(score))) - 4.0);
  return std::round(static_cast<double>(score) / unit) * unit;
}

nlohmann::json slate_json(const Slates& slates, ItemBook& book) {
  nlohmann::json items = nlohmann::json::array();
  nlohmann::json scores = nlohmann::json::array();
  for (int slot = 0; slot < std::min(slates.size, kShownSlots); ++slot) {
    const auto at = static_cast<std::size_t>(slot);
    if (slates.items[at] < 0) break;
    items.push_back(book.place(slates.items[at]));
    const float score = slates.scores[at];
    scores.push_back(std::isfinite(score) ? nlohmann::json(rounded(score)) : nlohmann::json());
  }
  return {{"items", items}, {"scores", scores}};
}

/// A complete variant whose slates can be shown: those of its first seed.
struct Shown {
  std::string name, trial_key;
  std::vector<double> values;  ///< [R]
};

std::vector<Shown> shown_variants(const Comparison& comparison, const RunSamples& samples,
                                  const TrialGroup& baseline) {
  const StageMetric at{kServed, comparison.metric.definition, comparison.cutoff};
  std::vector<Shown> shown;
  for (const std::string& name : comparison.variants) {
    const TrialGroup* group = samples.find(name, baseline.dataset, baseline.fold);
    if (group == nullptr || !group->complete || group->request_sets != baseline.request_sets) {
      continue;
    }
    const std::string& key = group->seeds.front().trial_keys.front();
    const std::array<assay::Cell, 1> parameters{key};
    const QueryAnswer kept = samples.reader().query(
        "SELECT EXISTS (SELECT 1 FROM slate WHERE trial_key = ?)", parameters);
    if (std::get<std::int64_t>(kept.rows[0][0]) == 0) continue;
    shown.push_back({name, key, request_means(samples, *group, at)});
  }
  return shown;
}

/// The first of the leaderboard that is not the baseline.
std::string challenger(const Comparison& comparison, const std::string& dataset) {
  for (const std::string& name : ranked_variants(comparison, dataset)) {
    if (name != comparison.baseline) return name;
  }
  return "";
}

/// Why a data set has nothing to look into.
nlohmann::json nothing(const char* reason) { return {{"reason", reason}}; }

class RequestSample {
 public:
  RequestSample(const RunSamples& samples, const std::string& request_set)
      : reader_(samples.reader()),
        users_(id_list(reader_, "SELECT user_ids FROM request_set WHERE request_set = ?",
                       request_set)),
        asked_(reader_.request_users(request_set)),
        truth_(reader_.truth(request_set)),
        history_(reader_.history(request_set)),
        book_(id_list(reader_,
                      "SELECT item_ids FROM catalogue JOIN request_set USING (prepared_hash) "
                      "WHERE request_set = ?",
                      request_set)) {}

  nlohmann::json request(const Pick& pick, const std::vector<Shown>& variants) {
    const auto r = static_cast<std::size_t>(pick.request);
    nlohmann::json json = {{"request", pick.request},
                           {"why", pick.why},
                           {"user", r < users_.size() ? users_[r] : ""},
                           {"time", r < asked_.times.size() ? asked_.times[r] : -1},
                           {"truth", last_items(truth_, pick.request, kShownTruth, book_)},
                           {"history", nullptr},
                           {"slates", nlohmann::json::array()}};
    if (history_) json["history"] = last_items(*history_, pick.request, kShownHistory, book_);
    for (const Shown& variant : variants) {
      nlohmann::json slate = slate_json(reader_.slates(variant.trial_key, pick.request, 1), book_);
      slate["value"] = number(variant.values[r]);
      json["slates"].push_back(slate);
    }
    return json;
  }

  const nlohmann::json& item_names() const { return book_.names(); }

 private:
  const Reader& reader_;
  std::vector<std::string> users_;
  RequestUsers asked_;
  ItemLists truth_;
  std::optional<ItemLists> history_;
  ItemBook book_;
};

bool has_request_set(const Reader& reader, const std::string& request_set) {
  const std::array<assay::Cell, 1> parameters{request_set};
  return !reader.query("SELECT 1 FROM request_set WHERE request_set = ?", parameters).rows.empty();
}

}  // namespace

nlohmann::json inspector_json(const Comparison& comparison, const RunSamples& samples,
                              const std::string& dataset) {
  const TrialGroup* baseline = samples.find(comparison.baseline, dataset, "all");
  if (baseline == nullptr || !baseline->complete) return nothing("the baseline has no results");
  if (baseline->request_sets.size() != 1) return nothing("requests of folds are not shown");
  const std::string& request_set = baseline->request_sets.front();
  if (!has_request_set(samples.reader(), request_set)) {
    return nothing("the file does not hold the requests");
  }
  const std::vector<Shown> variants = shown_variants(comparison, samples, *baseline);
  const auto named = [&](const std::string& name) {
    return std::ranges::find(variants, name, &Shown::name);
  };
  const auto base = named(comparison.baseline);
  if (base == variants.end()) return nothing("the file does not hold the served lists");
  const std::string against = challenger(comparison, dataset);
  const auto best = named(against);
  RequestSample sample(samples, request_set);
  nlohmann::json json = {{"variants", nlohmann::json::array()},
                         {"requests", nlohmann::json::array()},
                         {"total", base->values.size()},
                         {"challenger", best == variants.end() ? "" : against}};
  for (const Shown& variant : variants) json["variants"].push_back(variant.name);
  const std::vector<double> none;
  for (const Pick& pick : chosen(base->values, best == variants.end() ? none : best->values)) {
    json["requests"].push_back(sample.request(pick, variants));
  }
  json["items"] = sample.item_names();
  return json;
}

}  // namespace assay::report

#include <algorithm>
#include <array>
#include <cmath>

#include "analysis/paired_values.h"
#include "page/page_data.h"
#include "page/page_stages.h"
#include "report/all_pairs.h"
#include "report/item_names.h"
#include "results/explained_table.h"
#include "stats/seeds.h"
#include "task/request_sample.h"

namespace assay::page {

namespace {

/// A page holds so many lists of requests at most, of all variants and data sets together, up to
/// 2 kB each with their stages, why, and what would be served without an item: sixty variants of two
/// sources and a reranker stay under 3 MB.
constexpr int64_t kListsOnAPage = 1000;
constexpr size_t kShownHistory = 60;
constexpr size_t kShownTruth = 60;
constexpr size_t kShownSlots = 20;

struct Pick {
  int64_t request = 0;
  const char* why = "";
};

/// Averaged over seeds, request by request; NaN where a seed has no data.
std::vector<double> request_means(const analysis::RunSamples& samples,
                                  const analysis::TrialGroup& group,
                                  const results::StageMetric& at) {
  return stats::average_over_seeds(analysis::spans(samples.values(group, at)));
}

void add_pick(std::vector<Pick>& picks, const Pick& pick) {
  const auto same = [&](const Pick& other) { return other.request == pick.request; };
  if (std::ranges::none_of(picks, same)) picks.push_back(pick);
}

/// How many requests a reader can look into: `sample` of those that are kept with what every stage
/// made of them, and as many as `extremes` that the best variant serves better than the baseline by
/// most, and likewise worse.
struct Room {
  explicit Room(size_t lists_of_a_request) {
    const auto lists = static_cast<int64_t>(lists_of_a_request);
    const int64_t requests = std::clamp<int64_t>(kListsOnAPage / lists, 16, 80);
    extremes = requests * 3 / 16;
    sample = requests - 2 * extremes;
  }
  int64_t sample = 0, extremes = 0;
};

/// @param baseline, best  [R] values; best is empty where no variant stands against the baseline
std::vector<Pick> chosen(const std::vector<double>& baseline, const std::vector<double>& best,
                         const Room& room) {
  std::vector<Pick> picks;
  const int64_t requests = std::ssize(baseline);
  const std::vector<int64_t> kept = task::sampled_requests(requests);
  const int64_t spread = std::min(room.sample, std::ssize(kept));
  for (int64_t i = 0; i < spread; ++i) {
    add_pick(picks, {kept[static_cast<size_t>(i * std::ssize(kept) / spread)], "sample"});
  }
  if (best.size() != baseline.size()) return picks;
  std::vector<int64_t> order;
  const auto gain = [&](int64_t r) {
    const auto at = static_cast<size_t>(r);
    return best[at] - baseline[at];
  };
  for (int64_t r = 0; r < requests; ++r) {
    if (!std::isnan(gain(r)) && gain(r) != 0.0) order.push_back(r);
  }
  std::ranges::stable_sort(order, [&](auto a, auto b) { return gain(a) > gain(b); });
  const int64_t some = std::min<int64_t>(room.extremes, std::ssize(order));
  for (int64_t i = 0; i < some; ++i) {
    const int64_t up = order[static_cast<size_t>(i)];
    const int64_t down = order[order.size() - 1 - static_cast<size_t>(i)];
    if (gain(up) > 0.0) add_pick(picks, {up, "gain"});
    if (gain(down) < 0.0) add_pick(picks, {down, "loss"});
  }
  return picks;
}

nlohmann::json last_items(const results::ItemLists& lists, int64_t request, size_t most,
                          ItemTable& table) {
  const auto r = static_cast<size_t>(request);
  const int64_t end = lists.offsets[r + 1];
  const int64_t begin = std::max(lists.offsets[r], end - static_cast<int64_t>(most));
  nlohmann::json items = nlohmann::json::array();
  for (int64_t i = begin; i < end; ++i) {
    items.push_back(table.place(lists.items[static_cast<size_t>(i)]));
  }
  return {{"items", items}, {"count", end - lists.offsets[r]}};
}

/// Five digits are more than a reader compares.
constexpr int kScoreDigits = 5;

nlohmann::json slate_json(const results::Slates& slates, ItemTable& table) {
  nlohmann::json items = nlohmann::json::array();
  nlohmann::json scores = nlohmann::json::array();
  const auto served = std::ranges::find(slates.items, -1) - slates.items.begin();
  for (size_t at = 0; at < std::min(static_cast<size_t>(served), kShownSlots); ++at) {
    items.push_back(table.place(slates.items[at]));
    const float score = slates.scores[at];
    scores.push_back(std::isfinite(score) ? nlohmann::json(shortened(score, kScoreDigits))
                                          : nlohmann::json());
  }
  return {{"items", items}, {"scores", scores}, {"count", served}};
}

/// The served items of a request that are relevant, also those that are not shown as such.
std::vector<int32_t> relevant_items(const results::Slates& slates, const results::ItemLists& truth,
                                    int64_t request) {
  const auto r = static_cast<size_t>(request);
  const auto begin = truth.items.begin() + truth.offsets[r];
  const auto end = truth.items.begin() + truth.offsets[r + 1];
  std::vector<int32_t> found;
  for (const int32_t item : slates.items) {
    if (item >= 0 && std::find(begin, end, item) != end) found.push_back(item);
  }
  return found;
}

/// A complete variant whose slates can be shown: those of its first seed.
struct Shown {
  std::string name, trial_key;
  std::vector<double> values;  ///< [R]
  StageTraces traces;
};

std::vector<Shown> shown_variants(const report::Comparison& comparison,
                                  const analysis::RunSamples& samples,
                                  const analysis::TrialGroup& baseline) {
  const results::StageMetric at{analysis::kServed, comparison.metric.definition, comparison.cutoff};
  std::vector<Shown> shown;
  for (const std::string& name : comparison.variants) {
    const analysis::TrialGroup* group = samples.find(name, baseline.dataset, baseline.fold);
    if (group == nullptr || !group->complete || group->request_sets != baseline.request_sets) {
      continue;
    }
    const std::string& key = group->seeds.front().trial_keys.front();
    const std::array<assay::results::Cell, 1> parameters{key};
    const results::QueryAnswer kept = samples.reader().query(
        "SELECT EXISTS (SELECT 1 FROM slate WHERE trial_key = ?)", parameters);
    if (std::get<int64_t>(kept.rows[0][0]) == 0) continue;
    shown.push_back(
        {name, key, request_means(samples, *group, at), StageTraces(samples.reader(), key)});
  }
  return shown;
}

/// The first of the leaderboard that is not the baseline.
std::string challenger(const report::Comparison& comparison, const std::string& dataset) {
  for (const std::string& name : ranked_variants(comparison, dataset)) {
    if (name != comparison.baseline) return name;
  }
  return "";
}

/// Why a data set has nothing to look into.
nlohmann::json nothing(const char* reason) { return {{"reason", reason}}; }

class RequestSample {
 public:
  RequestSample(const analysis::RunSamples& samples, const std::string& request_set)
      : reader_(samples.reader()),
        users_(reader_.request_user_ids(request_set)),
        asked_(reader_.request_users(request_set)),
        truth_(reader_.truth(request_set)),
        history_(reader_.history(request_set)),
        tables_(tables_of(report::ItemNames(reader_, request_set))),
        request_set_(request_set) {}

  nlohmann::json request(const Pick& pick, const std::vector<Shown>& variants) {
    const auto r = static_cast<size_t>(pick.request);
    nlohmann::json json = {{"request", pick.request},
                           {"why", pick.why},
                           {"user", r < users_.size() ? users_[r] : ""},
                           {"time", r < asked_.times.size() ? asked_.times[r] : -1},
                           {"truth", last_items(truth_, pick.request, kShownTruth, tables_.items)},
                           {"history", nullptr},
                           {"profile", profile(pick.request)},
                           {"slates", nlohmann::json::array()}};
    if (history_) {
      json["history"] = last_items(*history_, pick.request, kShownHistory, tables_.items);
    }
    nlohmann::json& hits = json["truth"]["served"] = nlohmann::json::array();
    for (const Shown& variant : variants) {
      const results::Slates slates = reader_.slates(variant.trial_key, pick.request, 1);
      for (const int32_t item : relevant_items(slates, truth_, pick.request)) {
        hits.push_back(tables_.items.place(item));
      }
      nlohmann::json slate = slate_json(slates, tables_.items);
      slate["value"] = number(variant.values[r]);
      slate["stages"] = variant.traces.stages(pick.request, tables_);
      slate["why"] = variant.traces.why(pick.request, tables_);
      slate["unknown"] = variant.traces.unknown(pick.request);
      slate["without"] = variant.traces.without(pick.request, tables_);
      json["slates"].push_back(slate);
    }
    return json;
  }

  const InspectorTables& tables() const { return tables_; }

 private:
  static InspectorTables tables_of(const report::ItemNames& names) {
    return {ItemTable(names.ids, names.titles), {}, {}, {}};
  }
  /// Who asked; null where the file does not keep it of this request.
  nlohmann::json profile(int64_t request) const {
    const auto kept = results::request_profile(reader_, request_set_, request);
    return kept ? nlohmann::json::parse(*kept) : nlohmann::json();
  }

  const results::Reader& reader_;
  std::vector<std::string> users_;
  results::RequestUsers asked_;
  results::ItemLists truth_;
  std::optional<results::ItemLists> history_;
  InspectorTables tables_;
  std::string request_set_;
};

bool has_request_set(const results::Reader& reader, const std::string& request_set) {
  const std::array<assay::results::Cell, 1> parameters{request_set};
  return !reader.query("SELECT 1 FROM request_set WHERE request_set = ?", parameters).rows.empty();
}

}  // namespace

nlohmann::json inspector_json(const report::Comparison& comparison,
                              const analysis::RunSamples& samples, const std::string& dataset) {
  const analysis::TrialGroup* baseline = samples.find(comparison.baseline, dataset, "all");
  if (baseline == nullptr || !baseline->complete) return nothing("the baseline has no results");
  if (baseline->request_sets.size() != 1) return nothing("requests of folds are not shown");
  const std::string& request_set = baseline->request_sets.front();
  if (!has_request_set(samples.reader(), request_set)) {
    return nothing("the file does not contain the requests");
  }
  const std::vector<Shown> variants = shown_variants(comparison, samples, *baseline);
  const auto named = [&](const std::string& name) {
    return std::ranges::find(variants, name, &Shown::name);
  };
  const auto base = named(comparison.baseline);
  if (base == variants.end()) return nothing("the file does not contain the served lists");
  const std::string against = challenger(comparison, dataset);
  const auto best = named(against);
  RequestSample sample(samples, request_set);
  nlohmann::json json = {{"variants", nlohmann::json::array()},
                         {"requests", nlohmann::json::array()},
                         {"total", base->values.size()},
                         {"challenger", best == variants.end() ? "" : against}};
  for (const Shown& variant : variants) json["variants"].push_back(variant.name);
  const std::vector<double> none;
  const Room room(variants.size() * comparison.datasets.size());
  for (const Pick& pick :
       chosen(base->values, best == variants.end() ? none : best->values, room)) {
    json["requests"].push_back(sample.request(pick, variants));
  }
  json["items"] = sample.tables().items.names();
  json["titles"] = sample.tables().items.titles();
  json["lists"] = sample.tables().lists.all();
  json["inputs"] = sample.tables().inputs.all();
  json["reasons"] = sample.tables().reasons.all();
  return json;
}

}  // namespace assay::page

#include "execution/compare_trials.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <map>
#include <nlohmann/json.hpp>
#include <set>

// Two runs may order items of nearly equal scores differently, for example on another CPU. Lists
// are equal up to ties if, for each item, the scores at its places in both are within the
// tolerance. Metric values are compared bit by bit; the difference of their means only separates
// "within tolerance" from "different".

namespace assay::execution {
namespace {

constexpr int kMostTold = 3;

bool same_bits(float a, float b) { return std::memcmp(&a, &b, sizeof a) == 0; }

std::set<results::StageMetric> columns_of(const results::Reader& reader, const std::string& key) {
  const results::Cell parameters[] = {key};
  std::set<results::StageMetric> columns;
  for (const auto& row :
       reader
           .query("SELECT stage, definition, cutoff FROM request_value WHERE trial_key = ?",
                  parameters)
           .rows) {
    columns.insert({std::get<std::string>(row[0]), std::get<std::string>(row[1]),
                    static_cast<int>(std::get<int64_t>(row[2]))});
  }
  return columns;
}

/// Mean over the requests that are not excluded; NaN where all are.
double mean_of(const std::vector<float>& values) {
  double sum = 0;
  int64_t n = 0;
  for (const float value : values) {
    if (std::isnan(value)) continue;
    sum += value;
    ++n;
  }
  return sum / static_cast<double>(n);
}

struct ColumnDifference {
  int64_t requests = 0;  ///< that differ
  int64_t first = -1;
  double mean = 0;  ///< |difference| of the means; infinite where one has a value more
};

ColumnDifference compare_columns(const std::vector<float>& kept, const std::vector<float>& again) {
  ColumnDifference difference;
  if (kept.size() != again.size()) {
    difference.mean = INFINITY;
    return difference;
  }
  bool same_requests = true;
  for (size_t r = 0; r < kept.size(); ++r) {
    if (same_bits(kept[r], again[r]) || (std::isnan(kept[r]) && std::isnan(again[r]))) continue;
    if (difference.requests++ == 0) difference.first = static_cast<int64_t>(r);
    same_requests = same_requests && std::isnan(kept[r]) == std::isnan(again[r]);
  }
  if (difference.requests > 0) difference.mean = std::abs(mean_of(kept) - mean_of(again));
  if (!same_requests) difference.mean = INFINITY;
  return difference;
}

bool close(float a, float b, double tolerance) {
  return a == b || std::abs(static_cast<double>(a) - b) <= tolerance;
}

struct List {
  std::span<const int32_t> items;
  std::span<const float> scores;
};

List list_of(const results::Slates& slates, int64_t row) {
  const auto size = static_cast<size_t>(slates.size);
  const size_t from = static_cast<size_t>(row) * size;
  return {std::span(slates.items).subspan(from, size),
          std::span(slates.scores).subspan(from, size)};
}

/// Every item of `list` stands in `other` where its score allows, or could just have fallen off.
bool stands_in(const List& list, const List& other, double tolerance) {
  for (size_t j = 0; j < list.items.size(); ++j) {
    if (list.items[j] < 0 || list.items[j] == other.items[j]) continue;
    // An item that is missing from `other` is compared with its last place: it may have lost a tie
    // there.
    const auto found = std::ranges::find(other.items, list.items[j]);
    const auto place = static_cast<size_t>(found - other.items.begin());
    const size_t partner = found == other.items.end() ? list.items.size() - 1 : place;
    if (!close(list.scores[j], list.scores[partner], tolerance)) return false;
  }
  return true;
}

bool are_tied(const List& kept, const List& again) {
  float largest = 0;
  for (const float score : kept.scores) {
    if (std::isfinite(score)) largest = std::max(largest, std::abs(score));
  }
  const double tolerance = kTieTolerance * largest;
  return stands_in(kept, again, tolerance) && stands_in(again, kept, tolerance);
}

void judge(VerifiedTrial& verified, const ListDifference& lists, double largest_mean,
           bool any_value) {
  if (lists.different == 0 && lists.swapped == 0 && !any_value) {
    verified.verdict = VerifyVerdict::identical;
  } else if (lists.different == 0 && largest_mean <= kMeanTolerance) {
    verified.verdict = VerifyVerdict::within_tolerance;
  } else {
    verified.verdict = VerifyVerdict::different;
  }
}

std::string lists_text(const ListDifference& lists) {
  std::string text = fmt::format("{} lists", lists.lists);
  if (lists.swapped > 0) text += fmt::format(", {} with ties in another order", lists.swapped);
  if (lists.different > 0) {
    text +=
        fmt::format(", {} different (first: request {})", lists.different, lists.first_different);
  }
  return text;
}

void flatten(const std::string& at, const nlohmann::json& json,
             std::map<std::string, std::string>& facts) {
  if (json.is_object()) {
    for (const auto& [key, value] : json.items()) {
      flatten(at.empty() ? key : at + "." + key, value, facts);
    }
  } else if (json.is_array() && at == "chain") {
    for (const nlohmann::json& step : json) {
      const std::string place = step.value("place", "?");
      for (const auto& [key, value] : step.items()) {
        if (key != "place") flatten(key == "stage" ? place : place + "." + key, value, facts);
      }
    }
  } else {
    facts[at] = json.is_string() ? json.get<std::string>() : json.dump();
  }
}

/// The kind of a stage joined its identity with SDK 2, when two kinds could share a name. Its place
/// in the chain has always said it, so that nothing differs where an earlier version did not write it.
void drop_new_kinds(const nlohmann::json& before, nlohmann::json& after) {
  const size_t steps = before.contains("chain") && after.contains("chain")
                           ? std::min(before["chain"].size(), after["chain"].size())
                           : 0;
  for (size_t i = 0; i < steps; ++i) {
    const nlohmann::json& known = before["chain"][i];
    nlohmann::json& step = after["chain"][i];
    if (known.contains("stage") && step.contains("stage") && !known["stage"].contains("kind"))
      step["stage"].erase("kind");
  }
}

void drop_new_parameters(const nlohmann::json& before, nlohmann::json& after) {
  if (!before.contains("stage") || !after.contains("stage")) return;
  const nlohmann::json& known = before["stage"].at("params");
  nlohmann::json kept = nlohmann::json::object();
  for (const auto& [name, value] : after["stage"].at("params").items())
    if (known.contains(name)) kept[name] = value;
  after["stage"]["params"] = std::move(kept);
}

std::string short_text(const std::string& value) {
  return value.size() > 24 ? value.substr(0, 12) + "..." : value;
}

}  // namespace

ListDifference compare_lists(const results::Slates& kept, const results::Slates& again) {
  ListDifference difference;
  difference.lists = kept.requests;
  if (kept.requests != again.requests || kept.size != again.size) {
    difference.different = std::max(kept.requests, again.requests);
    difference.first_different = 0;
    return difference;
  }
  for (int64_t r = 0; r < kept.requests; ++r) {
    const List a = list_of(kept, r), b = list_of(again, r);
    if (std::ranges::equal(a.items, b.items)) continue;
    if (are_tied(a, b)) {
      ++difference.swapped;
    } else if (difference.different++ == 0) {
      difference.first_different = r;
    }
  }
  return difference;
}

VerifiedTrial compare_trials(const results::Reader& kept, const results::Reader& again,
                             const results::RunTrial& trial, const std::string& key_again) {
  VerifiedTrial verified{trial.variant, trial.dataset, trial.fold, trial.seed, {}, ""};
  const std::string& key = trial.trial_key;
  const ListDifference lists = compare_lists(kept.slates(key), again.slates(key_again));
  const std::set<results::StageMetric> now = columns_of(again, key_again);
  int64_t compared = 0;
  double largest = 0;
  std::vector<std::string> where;
  for (const results::StageMetric& at : columns_of(kept, key)) {
    if (!now.contains(at)) continue;  // added later, by another run or a rescore
    ++compared;
    const ColumnDifference column =
        compare_columns(kept.request_values(key, at), again.request_values(key_again, at));
    if (column.requests == 0 && column.mean == 0) continue;
    largest = std::max(largest, column.mean);
    where.push_back(fmt::format("{}@{} at {}: {} requests (first: {}), means apart by {:.2g}",
                                at.definition, at.cutoff, at.stage, column.requests, column.first,
                                column.mean));
  }
  judge(verified, lists, largest, !where.empty());
  verified.detail = fmt::format("{} metrics, {}", compared, lists_text(lists));
  for (size_t i = 0; i < where.size() && i < kMostTold; ++i) verified.detail += "; " + where[i];
  if (where.size() > kMostTold) {
    verified.detail += fmt::format("; {} metrics more", where.size() - kMostTold);
  }
  if (compared == 0) {
    verified.verdict = VerifyVerdict::cannot;
    verified.detail = "no metric of it was computed again";
  }
  return verified;
}

std::string numerics_difference(const std::string& kept, const std::string& now) {
  const nlohmann::json before = nlohmann::json::parse(kept), after = nlohmann::json::parse(now);
  const nlohmann::json from = before.value("numerics", nlohmann::json()),
                       to = after.value("numerics", nlohmann::json());
  if (from == to) return "";
  return fmt::format(
      "numbers are made by numerics version {}; this run was made by {}: see docs/upgrading.md",
      to.dump(), from.dump());
}

bool same_but_for_numerics(const std::string& kept, const std::string& now) {
  const auto rest = [](const std::string& text) {
    nlohmann::json spec = nlohmann::json::parse(text);
    spec.erase("numerics");
    spec.erase("served");  // made of all the others
    for (nlohmann::json& step : spec.at("chain")) {
      if (!step.contains("stage")) continue;
      step["stage"].erase("library");
      for (nlohmann::json& artifact : step["stage"]["inputs"]) artifact = "";
    }
    return spec;
  };
  const nlohmann::json before = rest(kept);
  nlohmann::json after = rest(now);
  drop_new_kinds(before, after);
  // A parameter that the earlier version did not have is at its default, which does what was done.
  for (size_t i = 0; i < std::min(before["chain"].size(), after["chain"].size()); ++i)
    drop_new_parameters(before["chain"][i], after["chain"][i]);
  return !numerics_difference(kept, now).empty() && before == after;
}

std::string spec_difference(const std::string& kept, const std::string& now) {
  const nlohmann::json earlier = nlohmann::json::parse(kept);
  nlohmann::json present = nlohmann::json::parse(now);
  drop_new_kinds(earlier, present);
  std::map<std::string, std::string> before, after;
  flatten("", earlier, before);
  flatten("", present, after);
  std::map<std::string, std::string> all = before;
  all.insert(after.begin(), after.end());
  std::string text = numerics_difference(kept, now);
  for (const auto& [what, value] : all) {
    const std::string from = before.contains(what) ? short_text(before[what]) : "absent";
    const std::string to = after.contains(what) ? short_text(after[what]) : "absent";
    // The key of the last step follows from all the others.
    if (before[what] == after[what] || what == "served" || what == "numerics") continue;
    text += fmt::format("{}{} was {}, is {}", text.empty() ? "" : "; ", what, from, to);
  }
  return text.empty() ? "the sizes of its lists, or what its stages learn from, have changed"
                      : text;
}

}  // namespace assay::execution

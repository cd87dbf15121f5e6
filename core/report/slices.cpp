#include "report/slices.h"

#include <fmt/core.h>

#include <algorithm>
#include <array>

#include "report/item_slices.h"
#include "report/paired_values.h"
#include "task/slice.h"

namespace assay::report {

namespace {

/// A part of a group's requests; or all of them, with a part of the items.
struct Slice {
  std::string name;
  std::vector<std::size_t> requests;
  /// Slices of items: [N] of each request set of the group, 1 for items of the slice.
  std::vector<std::vector<char>> items;
};

bool keeps(const RunSamples& samples, const std::string& request_set) {
  const std::array<assay::Cell, 1> parameters{request_set};
  return !samples.reader()
              .query("SELECT 1 FROM request_set WHERE request_set = ?", parameters)
              .rows.empty();
}

/// The places of the labels' slices, found by name, so that folds share them; new ones are added.
std::vector<std::size_t> places_of(const LabelRow& labels, const SliceSpec& spec,
                                   std::vector<Slice>& slices) {
  std::vector<std::size_t> places;
  for (const std::string& label : labels.labels) {
    const std::string name = slice_name(spec, label);
    const auto found = std::ranges::find(slices, name, &Slice::name);
    places.push_back(static_cast<std::size_t>(found - slices.begin()));
    if (found == slices.end()) slices.push_back({name, {}, {}});
  }
  return places;
}

/// The labels of one user or item, as places.
std::span<const std::int32_t> codes_of(const LabelRow& labels, std::size_t id) {
  const auto first = static_cast<std::size_t>(labels.offsets[id]);
  return std::span(labels.codes)
      .subspan(first, static_cast<std::size_t>(labels.offsets[id + 1]) - first);
}

std::vector<Slice> user_slices(const RunSamples& samples, const TrialGroup& group,
                               const SliceSpec& spec) {
  std::vector<Slice> slices;
  std::size_t first = 0;
  for (const std::string& set : group.request_sets) {
    const std::vector<std::int32_t> users = samples.reader().request_users(set).users;
    const auto labels = samples.reader().labels(set, slice_text(spec));
    if (!labels) return {};
    const std::vector<std::size_t> places = places_of(*labels, spec, slices);
    for (std::size_t r = 0; r < users.size(); ++r) {
      if (users[r] < 0) continue;  // anonymous
      for (const std::int32_t code : codes_of(*labels, static_cast<std::size_t>(users[r]))) {
        slices[places[static_cast<std::size_t>(code)]].requests.push_back(first + r);
      }
    }
    first += users.size();
  }
  return slices;
}

/// Equal parts of the requests that have a time, oldest first; equal times keep their order.
std::vector<Slice> time_slices(const RunSamples& samples, const TrialGroup& group,
                               const SliceSpec& spec) {
  std::vector<std::int64_t> times;
  for (const std::string& set : group.request_sets) {
    const std::vector<std::int64_t> more = samples.reader().request_users(set).times;
    times.insert(times.end(), more.begin(), more.end());
  }
  std::vector<std::size_t> order;
  for (std::size_t r = 0; r < times.size(); ++r) {
    if (times[r] >= 0) order.push_back(r);
  }
  std::ranges::stable_sort(order, {}, [&](std::size_t r) { return times[r]; });
  std::vector<Slice> slices;
  const auto parts = static_cast<std::size_t>(spec.parts);
  for (std::size_t part = 0; part < parts; ++part) {
    Slice& slice = slices.emplace_back();
    slice.name = slice_name(spec, fmt::format("{} of {}", part + 1, parts));
    slice.requests.assign(
        order.begin() + static_cast<std::ptrdiff_t>(part * order.size() / parts),
        order.begin() + static_cast<std::ptrdiff_t>((part + 1) * order.size() / parts));
    std::ranges::sort(slice.requests);
  }
  return slices;
}

std::vector<Slice> item_slices(const RunSamples& samples, const TrialGroup& group,
                               const SliceSpec& spec) {
  std::vector<Slice> slices;
  std::vector<std::size_t> catalogue;  // number of items, by request set
  for (std::size_t set = 0; set < group.request_sets.size(); ++set) {
    const auto labels = samples.reader().labels(group.request_sets[set], slice_text(spec));
    if (!labels) return {};
    const std::vector<std::size_t> places = places_of(*labels, spec, slices);
    catalogue.push_back(labels->offsets.size() - 1);
    for (Slice& slice : slices) {
      slice.items.resize(group.request_sets.size());
      slice.items[set].resize(catalogue[set], 0);
    }
    for (std::size_t item = 0; item < catalogue[set]; ++item) {
      for (const std::int32_t code : codes_of(*labels, item)) {
        slices[places[static_cast<std::size_t>(code)]].items[set][item] = 1;
      }
    }
  }
  // An early fold need not have every label.
  for (Slice& slice : slices) {
    for (std::size_t set = 0; set < catalogue.size(); ++set) {
      slice.items[set].resize(catalogue[set], 0);
    }
  }
  return slices;
}

std::vector<Slice> slices_of(const RunSamples& samples, const TrialGroup& group,
                             const MetricsSpec& metrics) {
  std::vector<Slice> all;
  for (const std::string& set : group.request_sets) {
    if (!keeps(samples, set)) return {};
  }
  for (const std::string& text : metrics.slices) {
    const SliceSpec spec = parse_slice(text);
    const auto of = spec.of == SliceSpec::Of::users   ? user_slices
                    : spec.of == SliceSpec::Of::items ? item_slices
                                                      : time_slices;
    for (Slice& slice : of(samples, group, spec)) {
      if (!slice.requests.empty() || !slice.items.empty()) all.push_back(std::move(slice));
    }
  }
  return all;
}

template <typename T>
std::vector<T> part_of(const std::vector<T>& all, const Slice& slice) {
  if (all.empty() || !slice.items.empty()) return all;
  std::vector<T> part;
  for (const std::size_t r : slice.requests) part.push_back(all[r]);
  return part;
}

/// Values of a column in a slice, by seed. Lists and truth are read once a group.
class SlicedValues {
 public:
  SlicedValues(const RunSamples& samples, const TrialGroup& group)
      : samples_(samples), group_(group) {}

  bool has(const StageMetric& at, const Slice& slice) const {
    return slice.items.empty() || (at.cutoff > 0 && find_hit_rule(at.definition) != nullptr);
  }

  SeedValues values(const StageMetric& at, const Slice& slice) {
    return slice.items.empty() ? of_requests(at, slice) : of_items(at, slice);
  }

 private:
  SeedValues of_requests(const StageMetric& at, const Slice& slice) {
    if (at != kept_) {
      column_ = samples_.values(group_, at);
      kept_ = at;
    }
    SeedValues by_seed;
    for (const std::vector<float>& all : column_) by_seed.push_back(part_of(all, slice));
    return by_seed;
  }

  SeedValues of_items(const StageMetric& at, const Slice& slice) {
    read_lists();
    SeedValues by_seed;
    for (const auto& folds : slates_) {
      auto& values = by_seed.emplace_back();
      for (std::size_t fold = 0; fold < folds.size(); ++fold) {
        const std::vector<float> more = sliced_values(folds[fold], truth_[fold], slice.items[fold],
                                                      *find_hit_rule(at.definition), at.cutoff);
        values.insert(values.end(), more.begin(), more.end());
      }
    }
    return by_seed;
  }

  void read_lists() {
    if (!slates_.empty()) return;
    for (const std::string& set : group_.request_sets) {
      truth_.push_back(samples_.reader().truth(set));
    }
    for (const SeedTrials& seed : group_.seeds) {
      auto& folds = slates_.emplace_back();
      for (const std::string& key : seed.trial_keys) {
        folds.push_back(samples_.reader().slates(key));
      }
    }
  }

  const RunSamples& samples_;
  const TrialGroup& group_;
  StageMetric kept_;
  SeedValues column_;
  std::vector<ItemLists> truth_;             // by fold
  std::vector<std::vector<Slates>> slates_;  // by seed and fold
};

/// Columns of the served lists that the run asked for.
std::vector<StageMetric> served_columns(const RunSamples& samples, const TrialGroup& group,
                                        const MetricsSpec& metrics) {
  std::vector<StageMetric> columns = samples.columns(group);
  std::erase_if(columns, [&](const StageMetric& at) {
    return at.stage != kServed || !is_wanted(metrics, at);
  });
  return columns;
}

}  // namespace

std::vector<SummaryRow> summarise_slices(const RunSamples& samples, const MetricsSpec& metrics,
                                         double alpha) {
  std::vector<SummaryRow> rows;
  if (metrics.slices.empty()) return rows;
  for (const TrialGroup& group : samples.groups()) {
    if (!group.complete || group.fold != "all") continue;
    const std::vector<std::int32_t> users = repeating_users(samples, group);
    const std::vector<Slice> slices = slices_of(samples, group, metrics);
    SlicedValues sliced(samples, group);
    for (const StageMetric& at : served_columns(samples, group, metrics)) {
      for (const Slice& slice : slices) {
        if (!sliced.has(at, slice)) continue;
        SummaryRow& row = rows.emplace_back(
            summarise_values(group, at, sliced.values(at, slice), part_of(users, slice), alpha));
        row.slice = slice.name;
      }
    }
  }
  return rows;
}

std::vector<ComparisonRow> compare_slices(const Comparing& comparing, const GroupPair& pair) {
  const MetricsSpec& metrics = comparing.settings.metrics;
  std::vector<ComparisonRow> rows;
  if (metrics.slices.empty() || pair.variant.fold != "all" ||
      pair.baseline.request_sets != pair.variant.request_sets) {
    return rows;
  }
  const std::vector<Slice> slices = slices_of(comparing.samples, pair.variant, metrics);
  const std::vector<StageMetric> known = comparing.samples.columns(pair.baseline);
  SlicedValues baseline(comparing.samples, pair.baseline);
  SlicedValues variant(comparing.samples, pair.variant);
  for (const StageMetric& at : served_columns(comparing.samples, pair.variant, metrics)) {
    if (!std::ranges::binary_search(known, at)) continue;
    for (const Slice& slice : slices) {
      if (!variant.has(at, slice)) continue;
      ComparisonRow& row = rows.emplace_back(
          compare_values(comparing, pair, at, baseline.values(at, slice), variant.values(at, slice),
                         part_of(pair.users, slice), false));
      row.slice = slice.name;
    }
  }
  return rows;
}

}  // namespace assay::report

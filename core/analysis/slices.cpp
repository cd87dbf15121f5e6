#include "analysis/slices.h"

#include <algorithm>
#include <memory>
#include <optional>

#include "analysis/item_slices.h"
#include "analysis/paired_values.h"
#include "analysis/request_cuts.h"
#include "task/slice.h"

namespace assay::analysis {

namespace {

/// A part of a group's requests; or all of them, with a part of the items.
struct Slice {
  std::string name;
  size_t cut = 0, part = 0;  ///< slices of requests: the part of which cut
  /// Slices of items: [N] of each request set of the group, 1 for items of the slice.
  std::vector<std::vector<char>> items;
};

/// The labels of one item, as places.
std::span<const int32_t> codes_of(const results::LabelRow& labels, size_t id) {
  const auto first = static_cast<size_t>(labels.offsets[id]);
  return std::span(labels.codes)
      .subspan(first, static_cast<size_t>(labels.offsets[id + 1]) - first);
}

/// The place of a slice, found by name, so that folds share them; a new one is added.
size_t place_of(const std::string& name, size_t sets, std::vector<Slice>& slices) {
  const auto found = std::ranges::find(slices, name, &Slice::name);
  const auto place = static_cast<size_t>(found - slices.begin());
  if (found == slices.end()) {
    Slice& slice = slices.emplace_back();
    slice.name = name;
    slice.items.resize(sets);
  }
  return place;
}

std::vector<Slice> item_slices(const RunSamples& samples, const TrialGroup& group,
                               const task::SliceSpec& spec) {
  std::vector<Slice> slices;
  std::vector<size_t> catalogue;  // number of items, by request set
  for (size_t set = 0; set < group.request_sets.size(); ++set) {
    const auto labels = samples.reader().labels(group.request_sets[set], slice_text(spec));
    if (!labels) return {};
    catalogue.push_back(labels->offsets.size() - 1);
    std::vector<size_t> places;
    for (const std::string& label : labels->labels)
      places.push_back(place_of(slice_name(spec, label), group.request_sets.size(), slices));
    for (const size_t place : places) slices[place].items[set].resize(catalogue[set], 0);
    for (size_t item = 0; item < catalogue[set]; ++item) {
      for (const int32_t code : codes_of(*labels, item)) {
        slices[places[static_cast<size_t>(code)]].items[set][item] = 1;
      }
    }
  }
  // A fold need not have every label.
  for (Slice& slice : slices) {
    for (size_t set = 0; set < catalogue.size(); ++set) {
      slice.items[set].resize(catalogue[set], 0);
    }
  }
  return slices;
}

/// The slices of a group, and which requests of a range they hold.
class Slices {
 public:
  Slices(const RunSamples& samples, const TrialGroup& group, const task::MetricsSpec& metrics) {
    for (const std::string& set : group.request_sets) {
      if (!samples.reader().has_request_set(set)) return;
    }
    for (const std::string& text : metrics.slices) {
      const task::SliceSpec spec = task::parse_slice(text);
      if (spec.of == task::SliceSpec::Of::items) {
        for (Slice& slice : item_slices(samples, group, spec)) all_.push_back(std::move(slice));
      } else {
        const auto cut = spec.of == task::SliceSpec::Of::users ? cut_by_user : cut_by_time;
        add(cut(samples.reader(), group, spec));
      }
    }
  }

  const std::vector<Slice>& all() const { return all_; }
  bool any_of_items() const {
    return std::ranges::any_of(all_, [](const Slice& slice) { return !slice.items.empty(); });
  }

  void move_to(const RequestRange& range) {
    parts_.clear();
    for (const auto& cut : cuts_) parts_.push_back(cut->parts(range));
  }

  /// Of the requests of the range those that the slice holds.
  template <typename T>
  std::vector<T> part(const std::vector<T>& of_stretch, const Slice& slice) const {
    if (of_stretch.empty() || !slice.items.empty()) return of_stretch;
    std::vector<T> part;
    for (const size_t r : parts_[slice.cut][slice.part]) part.push_back(of_stretch[r]);
    return part;
  }

 private:
  void add(std::unique_ptr<RequestCut> cut) {
    if (cut == nullptr) return;
    for (size_t part = 0; part < cut->names().size(); ++part)
      all_.push_back({cut->names()[part], cuts_.size(), part, {}});
    cuts_.push_back(std::move(cut));
  }

  std::vector<Slice> all_;
  std::vector<std::unique_ptr<RequestCut>> cuts_;
  std::vector<std::vector<std::vector<size_t>>> parts_;  ///< of the range, by cut and part
};

/// Truth of a range, with offsets from 0.
results::ItemLists read_truth(const results::StoredLists& truth, const RequestRange& range) {
  results::ItemLists lists;
  lists.offsets = truth.offsets.read(range.first, range.count + 1);
  const int64_t first = lists.offsets.front();
  lists.items = truth.items.read(first, lists.offsets.back() - first);
  for (int64_t& offset : lists.offsets) offset -= first;
  return lists;
}

/// Values of some columns of a group in the slices of one range, by seed. Lists and truth are
/// read once a range.
class SlicedValues {
 public:
  SlicedValues(const RunSamples& samples, const TrialGroup& group, const Slices& slices,
               std::span<const results::StageMetric> columns)
      : samples_(samples), group_(group), slices_(slices), columns_(columns) {
    for (const results::StageMetric& at : columns)
      stored_.emplace_back(samples.reader(), group, at);
    if (!slices.any_of_items()) return;
    for (const std::string& set : group.request_sets)
      truth_.push_back(samples.reader().stored_truth(set));
  }

  size_t seeds() const { return group_.seeds.size(); }

  void move_to(const RequestRange& range) {
    range_ = range;
    kept_.reset();
    lists_.clear();
    if (truth_.empty()) return;
    relevant_ = read_truth(truth_.at(range.set), range);
    for (const SeedTrials& seed : group_.seeds) {
      lists_.push_back(
          samples_.reader().slates(seed.trial_keys.at(range.set), range.first, range.count));
    }
  }

  SeedValues values(size_t column, const Slice& slice) {
    return slice.items.empty() ? of_requests(column, slice) : of_items(column, slice);
  }

 private:
  SeedValues of_requests(size_t column, const Slice& slice) {
    if (kept_ != column) {
      whole_ = stored_[column].read(range_);
      kept_ = column;
    }
    SeedValues by_seed;
    for (const std::vector<float>& all : whole_) by_seed.push_back(slices_.part(all, slice));
    return by_seed;
  }

  SeedValues of_items(size_t column, const Slice& slice) const {
    const results::StageMetric& at = columns_[column];
    SeedValues by_seed;
    for (const results::Slates& lists : lists_) {
      by_seed.push_back(sliced_values(lists, relevant_, slice.items[range_.set],
                                      *rules::find_hit_rule(at.definition), at.cutoff));
    }
    return by_seed;
  }

  const RunSamples& samples_;
  const TrialGroup& group_;
  const Slices& slices_;
  std::span<const results::StageMetric> columns_;
  std::vector<Column> stored_;
  std::vector<results::StoredLists> truth_;  ///< by request set; none without slices of items
  RequestRange range_;
  results::ItemLists relevant_;
  std::vector<results::Slates> lists_;  ///< by seed
  std::optional<size_t> kept_;
  SeedValues whole_;  ///< of the column `kept_`
};

/// Columns of the served lists that the run asked for.
std::vector<results::StageMetric> served_columns(const RunSamples& samples, const TrialGroup& group,
                                                 const task::MetricsSpec& metrics) {
  std::vector<results::StageMetric> columns = samples.columns(group);
  std::erase_if(columns, [&](const results::StageMetric& at) {
    return at.stage != kServed || !is_wanted(metrics, at);
  });
  return columns;
}

/// Something for each of some columns in each slice.
template <typename T>
struct Cells {
  std::vector<T> cells;
  size_t slices = 0;

  Cells(size_t columns, size_t slices_of_each, const T& empty)
      : cells(columns * slices_of_each, empty), slices(slices_of_each) {}
  T& at(size_t column, size_t slice) { return cells[column * slices + slice]; }
};

/// Whether a column has values in a slice: slices of items are computed anew, where that can be.
bool has(const results::StageMetric& at, const Slice& slice) {
  return slice.items.empty() || (at.cutoff > 0 && rules::find_hit_rule(at.definition) != nullptr);
}

/// Columns that are gone through together, in one reading of the requests; users that are scattered
/// over them take memory for each column and slice, so that columns go one by one then.
std::vector<std::span<const results::StageMetric>> batches(
    const std::vector<results::StageMetric>& columns, const GroupUsers& users) {
  std::vector<std::span<const results::StageMetric>> all;
  const bool together = users.order() != stats::ClusterOrder::scattered;
  const size_t size = together ? std::max<size_t>(columns.size(), 1) : 1;
  for (size_t first = 0; first < columns.size(); first += size)
    all.push_back(std::span(columns).subspan(first, size));
  return all;
}

void summarise_batch(const RunSamples& samples, const TrialGroup& group, Slices& slices,
                     const GroupUsers& users, std::span<const results::StageMetric> columns,
                     double alpha, std::vector<results::SummaryRow>& rows) {
  SlicedValues values(samples, group, slices, columns);
  const size_t count = slices.all().size();
  Cells<Summarising> lines(columns.size(), count, {group.seeds.size(), users.order(), 0});
  for (const RequestRange& range : ranges_of(samples.reader(), group)) {
    slices.move_to(range);
    values.move_to(range);
    const std::vector<int32_t> asked = users.read(range);
    for (size_t c = 0; c < columns.size(); ++c) {
      for (size_t s = 0; s < count; ++s) {
        const Slice& slice = slices.all()[s];
        if (has(columns[c], slice))
          lines.at(c, s).add(values.values(c, slice), slices.part(asked, slice));
      }
    }
  }
  for (size_t c = 0; c < columns.size(); ++c) {
    for (size_t s = 0; s < count; ++s) {
      if (lines.at(c, s).requests() == 0) continue;
      rows.push_back(lines.at(c, s).row(group, columns[c], alpha));
      rows.back().slice = slices.all()[s].name;
    }
  }
}

void compare_batch(const Comparing& comparing, const GroupPair& pair, Slices& slices,
                   std::span<const results::StageMetric> columns,
                   std::vector<results::ComparisonRow>& rows) {
  const RunSamples& samples = comparing.samples;
  SlicedValues from(samples, pair.baseline, slices, columns);
  SlicedValues to(samples, pair.variant, slices, columns);
  const size_t count = slices.all().size();
  Cells<stats::SeedPairing> pairings(columns.size(), count,
                                     {from.seeds(), to.seeds(), pair.users.order(), 0});
  for (const RequestRange& range : ranges_of(samples.reader(), pair.variant)) {
    slices.move_to(range);
    from.move_to(range);
    to.move_to(range);
    const std::vector<int32_t> asked = pair.users.read(range);
    for (size_t c = 0; c < columns.size(); ++c) {
      for (size_t s = 0; s < count; ++s) {
        const Slice& slice = slices.all()[s];
        if (!has(columns[c], slice)) continue;
        const SeedValues baseline = from.values(c, slice), variant = to.values(c, slice);
        pairings.at(c, s).add(spans(baseline), spans(variant), slices.part(asked, slice));
      }
    }
  }
  for (size_t c = 0; c < columns.size(); ++c) {
    for (size_t s = 0; s < count; ++s) {
      if (pairings.at(c, s).requests() == 0) continue;
      rows.push_back(compare_pairs(comparing, pair, columns[c], pairings.at(c, s), false));
      rows.back().slice = slices.all()[s].name;
    }
  }
}

}  // namespace

std::vector<results::SummaryRow> summarise_slices(const RunSamples& samples,
                                                  const task::MetricsSpec& metrics, double alpha) {
  std::vector<results::SummaryRow> rows;
  if (metrics.slices.empty()) return rows;
  for (const TrialGroup& group : samples.groups()) {
    if (!group.complete || group.fold != "all") continue;
    const GroupUsers users(samples.reader(), group);
    Slices slices(samples, group, metrics);
    const std::vector<results::StageMetric> columns = served_columns(samples, group, metrics);
    for (const auto batch : batches(columns, users))
      summarise_batch(samples, group, slices, users, batch, alpha, rows);
  }
  return rows;
}

std::vector<results::ComparisonRow> compare_slices(const Comparing& comparing,
                                                   const GroupPair& pair) {
  const task::MetricsSpec& metrics = comparing.settings.metrics;
  std::vector<results::ComparisonRow> rows;
  if (metrics.slices.empty() || pair.variant.fold != "all" ||
      pair.baseline.request_sets != pair.variant.request_sets) {
    return rows;
  }
  Slices slices(comparing.samples, pair.variant, metrics);
  const std::vector<results::StageMetric> known = comparing.samples.columns(pair.baseline);
  std::vector<results::StageMetric> columns =
      served_columns(comparing.samples, pair.variant, metrics);
  std::erase_if(columns, [&](const results::StageMetric& at) {
    return !std::ranges::binary_search(known, at);
  });
  for (const auto batch : batches(columns, pair.users))
    compare_batch(comparing, pair, slices, batch, rows);
  return rows;
}

namespace {

void read_all(const RunSamples& samples, std::span<const TrialGroup* const> groups,
              const results::StageMetric& at, const TakeSlice& take) {
  std::vector<Column> columns;
  for (const TrialGroup* group : groups) columns.emplace_back(samples.reader(), *group, at);
  for (const RequestRange& range : columns.front().ranges()) {
    std::vector<SeedValues> by_group;
    for (const Column& column : columns) by_group.push_back(column.read(range));
    take(range, std::move(by_group), [](const std::vector<int32_t>& all) { return all; });
  }
}

}  // namespace

void read_slice(const RunSamples& samples, std::span<const TrialGroup* const> groups,
                const results::StageMetric& at, const task::MetricsSpec& metrics,
                const std::string& slice, const TakeSlice& take) {
  if (slice == "all") return read_all(samples, groups, at, take);
  Slices slices(samples, *groups.front(), metrics);
  const auto wanted = std::ranges::find(slices.all(), slice, &Slice::name);
  if (wanted == slices.all().end() || !has(at, *wanted)) return;
  std::vector<SlicedValues> columns;
  for (const TrialGroup* group : groups)
    columns.emplace_back(samples, *group, slices, std::span(&at, 1));
  for (const RequestRange& range : ranges_of(samples.reader(), *groups.front())) {
    slices.move_to(range);
    std::vector<SeedValues> by_group;
    for (SlicedValues& values : columns) {
      values.move_to(range);
      by_group.push_back(values.values(0, *wanted));
    }
    take(range, std::move(by_group),
         [&](const std::vector<int32_t>& all) { return slices.part(all, *wanted); });
  }
}

}  // namespace assay::analysis

#include "analysis/request_cuts.h"

#include <fmt/core.h>

#include <algorithm>
#include <limits>
#include <span>

namespace assay::analysis {

namespace {

/// Users whose labels are held at once. Requests come by user, so that each is read once.
constexpr int64_t kWindow = 8192;

/// The labels of users, a window of users at a time.
class LabelWindow {
 public:
  explicit LabelWindow(results::StoredLabels labels) : labels_(std::move(labels)) {}

  const std::vector<std::string>& names() const { return labels_.labels; }

  /// As places in names(); valid until the next call.
  std::span<const int32_t> of(int64_t user) {
    if (user < first_ || user + 1 >= first_ + std::ssize(offsets_)) load(user);
    const auto at = static_cast<size_t>(user - first_);
    const auto begin = static_cast<size_t>(offsets_[at] - offsets_[0]);
    return std::span(codes_).subspan(begin, static_cast<size_t>(offsets_[at + 1] - offsets_[at]));
  }

 private:
  void load(int64_t user) {
    first_ = user;
    const int64_t users = labels_.offsets.size() - 1;
    offsets_ = labels_.offsets.read(user, std::min(kWindow, users - user) + 1);
    codes_ = labels_.codes.read(offsets_.front(), offsets_.back() - offsets_.front());
  }

  results::StoredLabels labels_;
  int64_t first_ = 0;
  std::vector<int64_t> offsets_;
  std::vector<int32_t> codes_;
};

class UserCut : public RequestCut {
 public:
  void add_set(results::StoredArray<int32_t> users, results::StoredLabels labels,
               const task::SliceSpec& spec) {
    std::vector<size_t>& places = places_.emplace_back();
    for (const std::string& label : labels.labels) {
      const std::string name = slice_name(spec, label);
      const auto found = std::ranges::find(names_, name);
      places.push_back(static_cast<size_t>(found - names_.begin()));
      if (found == names_.end()) names_.push_back(name);
    }
    users_.push_back(std::move(users));
    labels_.emplace_back(std::move(labels));
  }

  std::vector<std::vector<size_t>> parts(const RequestRange& range) override {
    std::vector<std::vector<size_t>> parts(names_.size());
    const auto users = users_.at(range.set).read(range.first, range.count);
    for (size_t r = 0; r < users.size(); ++r) {
      if (users[r] < 0) continue;  // anonymous
      for (const int32_t code : labels_[range.set].of(users[r]))
        parts[places_[range.set][static_cast<size_t>(code)]].push_back(r);
    }
    return parts;
  }

 private:
  std::vector<results::StoredArray<int32_t>> users_;  ///< by request set, as all here
  std::vector<LabelWindow> labels_;
  std::vector<std::vector<size_t>> places_;  ///< of each label, among the names
};

/// The times of all requests of a group.
class Times {
 public:
  Times(const results::Reader& reader, const TrialGroup& group) {
    for (const std::string& set : group.request_sets) sets_.push_back(reader.stored_times(set));
  }

  std::vector<int64_t> read(const RequestRange& range) const {
    return sets_.at(range.set).read(range.first, range.count);
  }

  /// Calls back with each time that is known.
  template <typename Take>
  void each(Take take) const {
    for (const results::StoredArray<int64_t>& times : sets_) {
      for (int64_t first = 0; first < times.size(); first += kWindow) {
        for (const int64_t time : times.read(first, std::min(kWindow, times.size() - first))) {
          if (time >= 0) take(time);
        }
      }
    }
  }

 private:
  std::vector<results::StoredArray<int64_t>> sets_;
};

/// Where a part of the requests begins: at one of those of a time, so many of them before it.
struct Boundary {
  int64_t time = 0, before = 0;
};

/// The request of a rank, by counting: each pass over the times narrows the range of the one that
/// is looked for to a bucket of a histogram.
Boundary boundary_at(const Times& times, int64_t rank, int64_t low, int64_t high) {
  constexpr int64_t kBuckets = 4096;
  while (low < high) {
    const int64_t width = (high - low) / kBuckets + 1;
    std::vector<int64_t> counts(kBuckets, 0);
    times.each([&](int64_t time) {
      if (time >= low && time <= high) ++counts[static_cast<size_t>((time - low) / width)];
    });
    size_t bucket = 0;
    while (rank >= counts[bucket]) rank -= counts[bucket++];
    low += static_cast<int64_t>(bucket) * width;
    high = std::min(high, low + width - 1);
  }
  return {low, rank};
}

class TimeCut : public RequestCut {
 public:
  TimeCut(const results::Reader& reader, const TrialGroup& group, const task::SliceSpec& spec)
      : times_(reader, group) {
    int64_t known = 0, low = std::numeric_limits<int64_t>::max(), high = 0;
    times_.each([&](int64_t time) {
      ++known;
      low = std::min(low, time);
      high = std::max(high, time);
    });
    for (int64_t part = 0; part < spec.parts; ++part) {
      names_.push_back(slice_name(spec, fmt::format("{} of {}", part + 1, spec.parts)));
      const int64_t rank = part * known / spec.parts;
      if (part > 0 && rank < known) boundaries_.push_back(boundary_at(times_, rank, low, high));
    }
    seen_.resize(boundaries_.size(), 0);
  }

  std::vector<std::vector<size_t>> parts(const RequestRange& range) override {
    if (range.set == 0 && range.first == 0) std::ranges::fill(seen_, 0);
    std::vector<std::vector<size_t>> parts(names_.size());
    const std::vector<int64_t> times = times_.read(range);
    for (size_t r = 0; r < times.size(); ++r) {
      if (times[r] >= 0) parts[part_of(times[r])].push_back(r);
    }
    return parts;
  }

 private:
  size_t part_of(int64_t time) {
    size_t part = 0;
    for (size_t b = 0; b < boundaries_.size(); ++b) {
      const bool at = time == boundaries_[b].time;
      part += time > boundaries_[b].time || (at && seen_[b] >= boundaries_[b].before);
      seen_[b] += at;
    }
    return part;
  }

  Times times_;
  std::vector<Boundary> boundaries_;  ///< of all parts but the first
  std::vector<int64_t> seen_;         ///< requests so far of each boundary's time
};

}  // namespace

std::unique_ptr<RequestCut> cut_by_user(const results::Reader& reader, const TrialGroup& group,
                                        const task::SliceSpec& spec) {
  auto cut = std::make_unique<UserCut>();
  for (const std::string& set : group.request_sets) {
    auto labels = reader.stored_user_labels(set, slice_text(spec));
    if (!labels) return nullptr;
    cut->add_set(reader.stored_users(set), std::move(*labels), spec);
  }
  return cut;
}

std::unique_ptr<RequestCut> cut_by_time(const results::Reader& reader, const TrialGroup& group,
                                        const task::SliceSpec& spec) {
  return std::make_unique<TimeCut>(reader, group, spec);
}

}  // namespace assay::analysis

#include "analysis/alike.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "analysis/paired_values.h"
#include "analysis/slices.h"
#include "analysis/summaries.h"
#include "stats/seeds.h"

namespace assay::analysis {

namespace {

constexpr float kNoValue = std::numeric_limits<float>::quiet_NaN();

/// For each request, whether every seed of a group has a value.
std::vector<char> known(const SeedValues& by_seed) {
  std::vector<char> known;
  for (const double value : stats::average_over_seeds(spans(by_seed)))
    known.push_back(std::isnan(value) ? 0 : 1);
  return known;
}

void leave_out(const std::vector<char>& kept, SeedValues& by_seed) {
  for (std::vector<float>& values : by_seed) {
    for (size_t r = 0; r < values.size(); ++r) values[r] = kept[r] ? values[r] : kNoValue;
  }
}

/// The counts, and a mean a group, as requests come.
class Averaging {
 public:
  Averaging(std::span<const TrialGroup* const> groups, stats::ClusterOrder order) {
    out_.own.resize(groups.size());
    out_.one_sided.resize(groups.size());
    for (const TrialGroup* group : groups) lines_.emplace_back(group->seeds.size(), order, 0);
  }

  void add(std::vector<SeedValues> by_group, const std::vector<int32_t>& users) {
    std::vector<std::vector<char>> has;
    for (const SeedValues& values : by_group) has.push_back(known(values));
    std::vector<char> common(has.front().size(), 1);
    for (size_t g = 0; g < has.size(); ++g) {
      for (size_t r = 0; r < common.size(); ++r) {
        common[r] &= has[g][r];
        out_.own[g] += has[g][r];
        out_.one_sided[g] += has[g][r] != has[0][r];
      }
    }
    out_.requests += std::ssize(common);
    out_.common += std::ranges::count(common, 1);
    for (size_t g = 0; g < has.size(); ++g) {
      leave_out(common, by_group[g]);
      lines_[g].add(by_group[g], users);
    }
  }

  AlikeMeans means(std::span<const TrialGroup* const> groups, const results::StageMetric& at,
                   const std::string& slice, double alpha) && {
    for (size_t g = 0; g < groups.size(); ++g) {
      out_.means.push_back(lines_[g].row(*groups[g], at, alpha));
      out_.means.back().slice = slice;
    }
    return std::move(out_);
  }

 private:
  AlikeMeans out_;
  std::vector<Summarising> lines_;
};

}  // namespace

bool AlikeMeans::unlike() const {
  return std::ranges::any_of(own, [&](int64_t count) { return count != common; });
}

std::optional<AlikeMeans> average_alike(const RunSamples& samples,
                                        std::span<const TrialGroup* const> groups,
                                        const results::StageMetric& at,
                                        const task::MetricsSpec& metrics, const std::string& slice,
                                        double alpha) {
  if (groups.empty()) return std::nullopt;
  const GroupUsers users(samples.reader(), *groups.front());
  Averaging averaging(groups, users.order());
  bool any = false;
  read_slice(samples, groups, at, metrics, slice,
             [&](const RequestRange& range, std::vector<SeedValues> by_group,
                 const RequestsOfSlice& part) {
               any |= !by_group.front().front().empty();
               averaging.add(std::move(by_group), part(users.read(range)));
             });
  if (!any) return std::nullopt;
  return std::move(averaging).means(groups, at, slice, alpha);
}

}  // namespace assay::analysis

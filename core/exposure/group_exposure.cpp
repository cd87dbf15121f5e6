#include "exposure/group_exposure.h"

#include <algorithm>
#include <cmath>

namespace assay::exposure {
namespace {

struct Shares {
  std::vector<double> shown, owned;  // of each group; they sum to 1
};

// An item's weight is split equally among its groups. Nothing where nothing is shown.
std::optional<Shares> shares_of(std::span<const int64_t> counts, const Groups& groups) {
  const auto size = static_cast<size_t>(groups.count);
  Shares shares{std::vector<double>(size), std::vector<double>(size)};
  double shown = 0, owned = 0;
  for (size_t item = 0; item < counts.size(); ++item) {
    const auto own = groups.of(item);
    if (own.empty()) continue;
    const double part = 1 / static_cast<double>(own.size());
    for (const int64_t group : own) {
      shares.shown[group] += part * static_cast<double>(counts[item]);
      shares.owned[group] += part;
    }
    shown += static_cast<double>(counts[item]);
    ++owned;
  }
  if (shown == 0) return std::nullopt;
  for (double& share : shares.shown) share /= shown;
  for (double& share : shares.owned) share /= owned;
  return shares;
}

}  // namespace

std::optional<double> exposure_disparity(std::span<const int64_t> counts, const Groups& groups) {
  const auto shares = shares_of(counts, groups);
  if (!shares) return std::nullopt;
  double sum = 0;
  for (size_t g = 0; g < shares->shown.size(); ++g)
    sum += std::abs(shares->shown[g] - shares->owned[g]);
  return sum / 2;
}

std::optional<double> worst_group_exposure(std::span<const int64_t> counts, const Groups& groups) {
  const auto shares = shares_of(counts, groups);
  if (!shares) return std::nullopt;
  std::optional<double> worst;
  for (size_t g = 0; g < shares->shown.size(); ++g) {
    if (shares->owned[g] == 0) continue;
    const double ratio = shares->shown[g] / shares->owned[g];
    worst = worst ? std::min(*worst, ratio) : ratio;
  }
  return worst;
}

std::optional<double> shown_groups(std::span<const int64_t> counts, const Groups& groups) {
  const auto shares = shares_of(counts, groups);
  if (!shares) return std::nullopt;
  const auto some = [](double share) { return share > 0; };
  return static_cast<double>(std::ranges::count_if(shares->shown, some)) /
         static_cast<double>(std::ranges::count_if(shares->owned, some));
}

}  // namespace assay::exposure

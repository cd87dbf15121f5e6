#include "worker/mrdr_means.h"

#include <algorithm>
#include <numeric>

#include "worker/item_means.h"

namespace assay::worker {

void MrdrMeans::begin_request(const Actions& actions, const Servable& servable, int fold) {
  for (const auto& [item, probability] : actions.listed)
    listed_.emplace_back(static_cast<int32_t>(item), static_cast<float>(probability));
  if (actions.floor > 0) {
    for (const int64_t item : servable.excluded())
      if (servable.allows_all()) others_.push_back(static_cast<int32_t>(item));
    if (!servable.allows_all())
      servable.each(static_cast<int64_t>(items_),
                    [&](int64_t item) { others_.push_back(static_cast<int32_t>(item)); });
  }
  requests_.push_back({fold, actions.floor, servable.allows_all(), listed_.size(), others_.size()});
}

void MrdrMeans::add_row(int64_t item, float reward, float propensity, double probability) {
  const double mu = propensity;
  rows_.push_back({requests_.size() - 1, item, reward, probability * (1 - mu) / (mu * mu)});
}

MrdrMeans::Means MrdrMeans::means_without(int fold) const {
  std::vector<double> weight(items_), earned(items_);
  double all_weight = 0, all_earned = 0, rewards = 0;
  int64_t rows = 0;
  for (const Row& row : rows_) {
    if (requests_[row.request].fold == fold) continue;
    const auto item = static_cast<size_t>(row.item);
    weight[item] += row.weight;
    earned[item] += row.weight * row.reward;
    all_weight += row.weight;
    all_earned += row.weight * row.reward;
    rewards += row.reward;
    ++rows;
  }
  const auto count = static_cast<double>(std::max<int64_t>(rows, 1));
  // Where the policy shows nothing of what was logged no row has a weight: all count alike then.
  const double prior = all_weight > 0 ? all_earned / all_weight : rewards / count;
  const double one_row = all_weight > 0 ? all_weight / count : 1;
  Means means{std::vector<double>(items_), 0};
  for (size_t item = 0; item < items_; ++item)
    means.of[item] = (earned[item] + one_row * prior) / (weight[item] + one_row);
  means.sum = std::accumulate(means.of.begin(), means.of.end(), 0.0);
  return means;
}

double MrdrMeans::expected(size_t request, const Means& means) const {
  const Request& of = requests_[request];
  const size_t first_listed = request == 0 ? 0 : requests_[request - 1].listed;
  const size_t first_other = request == 0 ? 0 : requests_[request - 1].others;
  double sum = 0;
  for (size_t i = first_listed; i < of.listed; ++i)
    sum += static_cast<double>(listed_[i].second) * means.of[static_cast<size_t>(listed_[i].first)];
  if (of.floor == 0) return sum;
  double others = 0;
  for (size_t i = first_other; i < of.others; ++i)
    others += means.of[static_cast<size_t>(others_[i])];
  return sum + of.floor * (of.allows_all ? means.sum - others : others);
}

MrdrMeans::Columns MrdrMeans::columns() const {
  Columns out{std::vector<float>(rows_.size()), std::vector<float>(rows_.size())};
  for (int fold = 0; fold < ItemMeans::kFolds; ++fold) {
    const Means means = means_without(fold);
    for (size_t i = 0; i < rows_.size(); ++i) {
      if (requests_[rows_[i].request].fold != fold) continue;
      out.predicted[i] = static_cast<float>(means.of[static_cast<size_t>(rows_[i].item)]);
      // The rows of a request are told the same.
      out.expected[i] = i > 0 && rows_[i - 1].request == rows_[i].request
                            ? out.expected[i - 1]
                            : static_cast<float>(expected(rows_[i].request, means));
    }
  }
  return out;
}

}  // namespace assay::worker

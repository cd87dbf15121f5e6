#include "worker/policy_actions.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>

namespace assay::worker {
namespace {

/// How far the probabilities of a row may be from 1: they are float32, of up to a million items.
constexpr double kSumTolerance = 1e-3;

Actions by_item(std::vector<std::pair<int64_t, double>> listed) {
  std::ranges::sort(listed);
  return {std::move(listed), 0};
}

std::string row_breach(std::span<const float> probability, std::span<const int64_t> item,
                       int64_t request) {
  double sum = 0;
  bool any = false;
  for (size_t j = 0; j < item.size(); ++j) {
    const float one = probability[j];
    if (!(one >= 0 && one <= 1 + kSumTolerance))
      return fmt::format("request {} of the batch has probability {} at place {}; expected 0 to 1",
                         request, one, j);
    if (item[j] < 0 && one != 0)
      return fmt::format("request {} of the batch has probability {} at place {}, which is padding",
                         request, one, j);
    any |= item[j] >= 0;
    sum += one;
  }
  if (!any || std::abs(sum - 1) <= kSumTolerance) return "";
  return fmt::format("the probabilities of request {} of the batch sum to {:.6g}; expected 1",
                     request, sum);
}

}  // namespace

double Actions::probability(int64_t item) const {
  const auto found = std::ranges::lower_bound(listed, item, {}, &std::pair<int64_t, double>::first);
  return floor + (found != listed.end() && found->first == item ? found->second : 0);
}

Actions softmax_actions(std::span<const int64_t> item, std::span<const float> score,
                        double temperature) {
  double largest = -std::numeric_limits<double>::infinity(), sum = 0;
  for (size_t j = 0; j < item.size(); ++j)
    if (item[j] >= 0) largest = std::max(largest, static_cast<double>(score[j]));
  std::vector<std::pair<int64_t, double>> listed;
  for (size_t j = 0; j < item.size(); ++j) {
    if (item[j] < 0) continue;
    const double weight = std::exp((static_cast<double>(score[j]) - largest) / temperature);
    listed.emplace_back(item[j], weight);
    sum += weight;
  }
  for (auto& [id, weight] : listed) weight /= sum;
  return by_item(std::move(listed));
}

Actions greedy_actions(std::span<const int64_t> item, double epsilon, int64_t servable) {
  Actions out;
  if (!item.empty() && item.front() >= 0) out.listed = {{item.front(), 1 - epsilon}};
  if (servable > 0) out.floor = epsilon / static_cast<double>(servable);
  return out;
}

Actions given_actions(std::span<const int64_t> item, std::span<const float> probability) {
  std::vector<std::pair<int64_t, double>> listed;
  double sum = 0;
  for (size_t j = 0; j < item.size(); ++j) {
    if (item[j] < 0) continue;
    listed.emplace_back(item[j], probability[j]);
    sum += probability[j];
  }
  // Rounded to float32 they sum to 1 only nearly.
  for (auto& [id, one] : listed) one /= sum;
  return by_item(std::move(listed));
}

std::string action_breach(const at::Tensor& probability, const at::Tensor& item, int64_t requests) {
  if (probability.scalar_type() != at::kFloat || probability.sizes() != item.sizes())
    return fmt::format("action_probability is {} of {} dimensions; expected float32 [{}, {}]",
                       toString(probability.scalar_type()), probability.dim(), item.size(0),
                       item.size(1));
  const size_t width = static_cast<size_t>(item.size(1));
  const float* const chance = probability.const_data_ptr<float>();
  const int64_t* const id = item.const_data_ptr<int64_t>();
  for (int64_t r = 0; r < requests; ++r) {
    const size_t first = static_cast<size_t>(r) * width;
    std::string breach = row_breach({chance + first, width}, {id + first, width}, r);
    if (!breach.empty()) return breach;
  }
  return "";
}

Servable::Servable(const std::span<const int64_t>* allowed, std::span<const int64_t> excluded,
                   int64_t items)
    : allows_all_(allowed == nullptr), excluded_(excluded) {
  if (allowed != nullptr) allowed_ = *allowed;
  count_ = allows_all_ ? items : std::ssize(allowed_);
  for (const int64_t item : excluded_) count_ -= allows(item) ? 1 : 0;
}

bool Servable::allows(int64_t item) const {
  return allows_all_ || std::ranges::binary_search(allowed_, item);
}

bool Servable::holds(int64_t item) const {
  return allows(item) && !std::ranges::binary_search(excluded_, item);
}

}  // namespace assay::worker

#include <ATen/ops/empty.h>
#include <ATen/ops/randint.h>
#include <assay/error.h>
#include <assay/extra/sampling/negative_sampler.h>
#include <assay/extra/sampling/split_mix.h>
#include <assay/extra/threads/parallel.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <stdexcept>
#include <string>

namespace assay::extra {
namespace {

// After so many draws that hit positives, one pass over the catalogue draws exactly. A user whose
// positives have nine tenths of the weight gets there once in 850 draws.
constexpr int kTries = 64;
constexpr int64_t kUsersPerBlock = 256;
// Rows in ascending order, so that they can be searched.
Ragged ascending(const Ragged& rows) {
  const Ragged on_cpu = rows.to(at::kCPU);
  at::Tensor values = on_cpu.values.clone();
  const RaggedSpans spans(on_cpu);
  int64_t* to = values.mutable_data_ptr<int64_t>();
  for (int64_t row = 0; row < spans.size(); ++row) {
    const auto length = std::ssize(spans[row]);
    std::sort(to, to + length);
    to += length;
  }
  return {values, on_cpu.offsets.clone()};
}

}  // namespace

NegativeSampler::NegativeSampler(const TrainingView& data, std::vector<double> weights)
    : weights_(std::move(weights)),
      total_(std::accumulate(weights_.begin(), weights_.end(), 0.0)),
      table_(weights_),
      by_user_(ascending(data.by_user)) {}

NegativeSampler NegativeSampler::uniform(const TrainingView& data) {
  return NegativeSampler(data, std::vector<double>(static_cast<size_t>(data.items), 1.0));
}

NegativeSampler NegativeSampler::by_popularity(const TrainingView& data, double alpha) {
  if (!(alpha > 0) || !std::isfinite(alpha)) {
    throw InvalidInput("negative_sampler: alpha is " + std::to_string(alpha) +
                       "; it must be a finite number above 0 (uniform sampling has none).");
  }
  const at::Tensor users = data.by_item.lengths().cpu();
  const int64_t* const count = users.const_data_ptr<int64_t>();
  std::vector<double> weights(static_cast<size_t>(data.items));
  for (int64_t item = 0; item < data.items; ++item)
    weights[item] = count[item] == 0 ? 0 : std::pow(static_cast<double>(count[item]), alpha);
  if (std::ranges::all_of(weights, [](double weight) { return weight == 0; })) {
    throw InvalidInput(
        "negative_sampler: nobody was positive about any item, so popularity has nothing to draw "
        "by; sample uniformly.");
  }
  return NegativeSampler(data, std::move(weights));
}

at::Tensor NegativeSampler::draw(const at::Tensor& users, int64_t count,
                                 at::Generator generator) const {
  const at::Tensor seed =
      at::randint(std::numeric_limits<int64_t>::max(), {1}, std::move(generator), at::kLong);
  return draw(users, count, static_cast<uint64_t>(seed.item<int64_t>()));
}

at::Tensor NegativeSampler::draw(const at::Tensor& users, int64_t count, uint64_t seed) const {
  const at::Tensor ids = users.cpu().to(at::kLong).contiguous();
  const int64_t* const user = ids.const_data_ptr<int64_t>();
  at::Tensor drawn = at::empty({ids.size(0), count}, at::kLong);
  int64_t* const to = drawn.mutable_data_ptr<int64_t>();
  parallel_blocks(ids.size(0), kUsersPerBlock, [&](int64_t first, int64_t last) {
    for (int64_t row = first; row < last; ++row) {
      const std::span<const int64_t> known = positives(user[row]);
      for (int64_t at = row * count; at < (row + 1) * count; ++at) {
        SplitMix stream(seed, static_cast<uint64_t>(at));
        to[at] = draw_one(known, stream);
      }
    }
  });
  return drawn;
}

double NegativeSampler::probability(int64_t user, int64_t item) const {
  const std::span<const int64_t> known = positives(user);
  if (std::ranges::binary_search(known, item)) return 0;
  const double left = weight_left(known);
  return left > 0 ? weights_.at(static_cast<size_t>(item)) / left : 0;
}

std::span<const int64_t> NegativeSampler::positives(int64_t user) const {
  if (user == -1) return {};
  if (user >= 0 && user < by_user_.size()) return by_user_[user];
  throw std::out_of_range("negative_sampler: user " + std::to_string(user) + "; the data have " +
                          std::to_string(by_user_.size()));
}

double NegativeSampler::weight_left(std::span<const int64_t> positives) const {
  double left = total_;
  for (const int64_t item : positives) left -= weights_[item];
  return left;
}

int64_t NegativeSampler::draw_one(std::span<const int64_t> positives, SplitMix& stream) const {
  if (weights_.empty()) return -1;
  for (int tries = 0; tries < kTries; ++tries) {
    const double column = stream.uniform();
    const int64_t item = table_(column, stream.uniform());
    if (!std::ranges::binary_search(positives, item)) return item;
  }
  return draw_exactly(positives, stream.uniform());
}

// The distribution given that all tries hit positives is that of any other draw.
int64_t NegativeSampler::draw_exactly(std::span<const int64_t> positives, double uniform) const {
  std::vector<double> left = weights_;
  for (const int64_t item : positives) left[item] = 0;
  double until = uniform * std::accumulate(left.begin(), left.end(), 0.0);
  int64_t last = -1;
  for (int64_t item = 0; item < std::ssize(left); ++item) {
    if (left[item] == 0) continue;
    last = item;
    until -= left[item];
    if (until < 0) break;
  }
  return last;
}

}  // namespace assay::extra

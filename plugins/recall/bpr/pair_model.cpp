#include "pair_model.h"

#include <ATen/ops/cat.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/normal.h>
#include <ATen/ops/ones.h>
#include <ATen/ops/zeros.h>
#include <assay/extra/factors/lanes.h>
#include <assay/extra/sampling/split_mix.h>

#include <algorithm>
#include <atomic>
#include <cmath>

namespace assay::bpr {
namespace {

using extra::FactorLanes;
using extra::kFactorLanes;
using extra::kFactorStep;
using extra::lanes;
using extra::Pair;
using extra::SplitMix;

// A user who was positive about nearly all of a stratum has few negatives in it: after so many draws
// the pair is left out of the epoch.
constexpr int kTries = 32;
// The loss is told of every so many-th pair of a block: two logarithms a pair cost as much as a step.
constexpr int64_t kLossEvery = 16;
constexpr int64_t kAhead = 6;  // pairs

int64_t padded(int64_t factors) { return (factors + kFactorStep - 1) / kFactorStep * kFactorStep; }

// Drawn where the generator lives, learnt from on the CPU.
at::Tensor drawn(int64_t rows, int64_t factors, double deviation, const at::Generator& generator) {
  at::Tensor table = at::zeros({rows, padded(factors)}, at::kFloat);
  const auto options = at::TensorOptions(at::kFloat).device(generator.device());
  table.narrow(1, 0, factors)
      .copy_(at::empty({rows, factors}, options).normal_(0, deviation, generator));
  return table;
}

/// An item of the stratum that the user was not positive about, or -1.
int32_t negative(const extra::PairBlocks::Block& block, const std::vector<int32_t>& positives,
                 Negatives how, SplitMix& random) {
  for (int n = 0; n < kTries; ++n) {
    const int32_t item =
        how == Negatives::uniform
            ? block.items[random.below(static_cast<uint32_t>(block.items.size()))]
            : block.stratum[random.below(static_cast<uint32_t>(block.stratum.size()))].item;
    if (!std::ranges::binary_search(positives, item)) return item;
  }
  return -1;
}

/// So many for each pair of the block.
std::vector<int32_t> negatives(const extra::PairBlocks::Block& block,
                               const std::vector<std::vector<int32_t>>& positives,
                               const Settings& settings) {
  SplitMix random(block.seed, 0);
  std::vector<int32_t> drawn;
  drawn.reserve(block.pairs.size() * static_cast<size_t>(settings.draws));
  for (const Pair& pair : block.pairs)
    for (int64_t n = 0; n < settings.draws; ++n)
      drawn.push_back(negative(block, positives[pair.user], settings.negatives, random));
  return drawn;
}

void fetch(const float* row, int64_t width) {
  constexpr int64_t kFloatsOfLine = 16;
  for (int64_t at = 0; at < width; at += kFloatsOfLine) __builtin_prefetch(row + at, /*rw=*/1);
}

/// The rows of a pair and of what was drawn for it.
void fetch(const Pair& pair, std::span<const int32_t> others, const float* x, const float* y,
           int64_t width) {
  fetch(x + pair.user * width, width);
  fetch(y + pair.item * width, width);
  for (const int32_t other : others)
    if (other >= 0) fetch(y + other * width, width);
}

/// x . (y - z)
float difference(const float* x, const float* y, const float* z, int64_t width) {
  FactorLanes even = {}, odd = {};
  for (int64_t at = 0; at < width; at += kFactorStep) {
    even += lanes(x + at) * (lanes(y + at) - lanes(z + at));
    const int64_t next = at + kFactorLanes;
    odd += lanes(x + next) * (lanes(y + next) - lanes(z + next));
  }
  return extra::sum(even + odd);
}

/// x . y
float product(const float* x, const float* y, int64_t width) {
  FactorLanes even = {}, odd = {};
  for (int64_t at = 0; at < width; at += kFactorStep) {
    even += lanes(x + at) * lanes(y + at);
    odd += lanes(x + at + kFactorLanes) * lanes(y + at + kFactorLanes);
  }
  return extra::sum(even + odd);
}

/// A step of all three rows: `step` is the learning rate times the gradient of the score.
void move(float* x, float* y, float* z, float step, float shrink, int64_t width) {
  for (int64_t at = 0; at < width; at += kFactorLanes) {
    const FactorLanes a = lanes(x + at), b = lanes(y + at), c = lanes(z + at);
    lanes(x + at) = a + step * (b - c) - shrink * a;
    lanes(y + at) = b + step * a - shrink * b;
    lanes(z + at) = c - step * a - shrink * c;
  }
}

// ln(1 + e^-x) without overflow.
double log_loss(double x) { return x > 0 ? std::log1p(std::exp(-x)) : std::log1p(std::exp(x)) - x; }

at::Tensor with_column(const at::Tensor& table, int64_t factors, const at::Tensor& column) {
  const at::Tensor kept = table.narrow(1, 0, factors);
  if (!column.defined()) return kept.contiguous();
  return at::cat({kept, column.unsqueeze(1)}, 1);
}

}  // namespace

void PairModel::draw(int64_t users, int64_t items, at::Generator generator) {
  users_ = drawn(users, settings_.factors, settings_.initial_deviation, generator);
  items_ = drawn(items, settings_.factors, settings_.initial_deviation, generator);
  bias_ = at::zeros({items}, at::kFloat);
}

// What the user ranks highest of what was drawn; -1 where nothing was.
int32_t PairModel::hardest(std::span<const int32_t> drawn, int64_t user) const {
  if (drawn.size() == 1) return drawn[0];
  const int64_t width = users_.size(1);
  const float* const x = users_.const_data_ptr<float>() + user * width;
  const float* const y = items_.const_data_ptr<float>();
  const float* const bias = bias_.const_data_ptr<float>();
  int32_t best = -1;
  float most = 0;
  for (const int32_t item : drawn) {
    if (item < 0) continue;
    const float score = product(x, y + item * width, width) + bias[item];
    if (best >= 0 && !(score > most)) continue;
    best = item;
    most = score;
  }
  return best;
}

PairModel::Sum PairModel::learn_block(const extra::PairBlocks::Block& block,
                                      const std::vector<std::vector<int32_t>>& positives) {
  const int64_t width = users_.size(1);
  float* const x = users_.mutable_data_ptr<float>();
  float* const y = items_.mutable_data_ptr<float>();
  float* const bias = bias_.mutable_data_ptr<float>();
  const auto rate = static_cast<float>(settings_.learning_rate);
  const auto shrink = static_cast<float>(settings_.learning_rate * settings_.lambda);
  // Drawn first, so that the rows of pairs to come are fetched while others are moved.
  const std::vector<int32_t> others = negatives(block, positives, settings_);
  const auto of = [&](int64_t pair) {
    return std::span(others).subspan(static_cast<size_t>(pair * settings_.draws),
                                     static_cast<size_t>(settings_.draws));
  };
  const auto count = std::ssize(block.pairs);
  Sum sum;
  int64_t used = 0;
  for (int64_t n = 0; n < count; ++n) {
    if (const int64_t ahead = n + kAhead; ahead < count)
      fetch(block.pairs[ahead], of(ahead), x, y, width);
    const Pair& pair = block.pairs[n];
    const int32_t other = hardest(of(n), pair.user);
    if (other < 0) continue;
    float* const u = x + pair.user * width;
    float* const i = y + pair.item * width;
    float* const j = y + other * width;
    const float score = difference(u, i, j, width) + bias[pair.item] - bias[other];
    if (used++ % kLossEvery == 0) {
      sum.loss += pair.weight * log_loss(score);
      ++sum.pairs;
    }
    const float step = rate * pair.weight / (1.F + std::exp(score));
    move(u, i, j, step, shrink, width);
    if (!settings_.bias) continue;
    bias[pair.item] += step - shrink * bias[pair.item];
    bias[other] -= step + shrink * bias[other];
  }
  return sum;
}

double PairModel::learn(extra::PairBlocks& blocks,
                        const std::vector<std::vector<int32_t>>& positives, int64_t epoch) {
  std::atomic<int64_t> pairs = 0;
  const double loss = blocks.epoch(epoch, [&](const extra::PairBlocks::Block& block) {
    const Sum sum = learn_block(block, positives);
    pairs += sum.pairs;
    return sum.loss;
  });
  return pairs == 0 ? 0 : loss / static_cast<double>(pairs);
}

at::Tensor PairModel::user_vectors() const {
  return with_column(users_, settings_.factors,
                     settings_.bias ? at::ones({users_.size(0)}, at::kFloat) : at::Tensor());
}

at::Tensor PairModel::item_vectors() const {
  return with_column(items_, settings_.factors, settings_.bias ? bias_ : at::Tensor());
}

}  // namespace assay::bpr

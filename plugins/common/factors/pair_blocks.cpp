#include <assay/extra/factors/pair_blocks.h>
#include <assay/extra/interactions/ragged_spans.h>
#include <assay/extra/sampling/split_mix.h>
#include <assay/extra/threads/parallel.h>

#include <algorithm>
#include <numeric>

namespace assay::extra {
namespace {

// So many strata keep 16 threads at work; so few rows in each that a stratum has negatives to draw.
constexpr int64_t kMostStrata = 32;
constexpr int64_t kRowsOfStratum = 64;

enum Stream : uint64_t { kUserStrata, kItemStrata, kBlocks, kStreams };

uint64_t number_of(Stream stream, int64_t epoch) {
  return static_cast<uint64_t>(epoch) * kStreams + stream;
}

void shuffle(std::span<Pair> pairs, SplitMix& random) {
  for (size_t left = pairs.size(); left > 1; --left)
    std::swap(pairs[left - 1], pairs[random.below(static_cast<uint32_t>(left))]);
}

std::vector<Pair> pairs_of(const TrainingView& data, const std::optional<at::Tensor>& weights) {
  const Ragged rows = data.by_user.to(at::kCPU);
  const RaggedSpans by_user(rows);
  const at::Tensor weight = weights ? weights->cpu().contiguous() : at::Tensor();
  const float* const counts = weights ? weight.const_data_ptr<float>() : nullptr;
  std::vector<Pair> pairs;
  pairs.reserve(static_cast<size_t>(rows.values.size(0)));
  for (int64_t user = 0; user < by_user.size(); ++user) {
    for (const int64_t item : by_user[user]) {
      const float counted = counts ? counts[pairs.size()] : 1.F;
      pairs.push_back({static_cast<int32_t>(user), static_cast<int32_t>(item), counted});
    }
  }
  return pairs;
}

}  // namespace

PairBlocks::PairBlocks(const TrainingView& data, const std::optional<at::Tensor>& weights,
                       uint64_t seed)
    : users_(data.users),
      items_(data.items),
      strata_(std::clamp<int64_t>(std::min(users_, items_) / kRowsOfStratum, 1, kMostStrata)),
      seed_(seed),
      pairs_(pairs_of(data, weights)),
      dealt_(pairs_.size()),
      begin_(static_cast<size_t>(strata_ * strata_ + 1)),
      stratum_items_(static_cast<size_t>(items_)),
      items_begin_(static_cast<size_t>(strata_ + 1)) {}

// Strata of equal size: a random order, cut.
std::vector<uint16_t> PairBlocks::strata_of(int64_t rows, uint64_t stream, int64_t epoch) const {
  std::vector<uint16_t> strata(static_cast<size_t>(rows));
  for (int64_t row = 0; row < rows; ++row)
    strata[row] = static_cast<uint16_t>(row * strata_ / std::max<int64_t>(rows, 1));
  SplitMix random(seed_, number_of(static_cast<Stream>(stream), epoch));
  for (size_t left = strata.size(); left > 1; --left)
    std::swap(strata[left - 1], strata[random.below(static_cast<uint32_t>(left))]);
  return strata;
}

void PairBlocks::deal(int64_t epoch) {
  const std::vector<uint16_t> of_user = strata_of(users_, kUserStrata, epoch);
  const std::vector<uint16_t> of_item = strata_of(items_, kItemStrata, epoch);
  const auto place = [&](const Pair& pair) {
    return static_cast<size_t>(of_item[pair.item] * strata_ + of_user[pair.user]);
  };
  std::ranges::fill(begin_, 0);
  for (const Pair& pair : pairs_) ++begin_[place(pair) + 1];
  std::partial_sum(begin_.begin(), begin_.end(), begin_.begin());
  std::vector<int64_t> next(begin_.begin(), begin_.end() - 1);
  for (const Pair& pair : pairs_) dealt_[next[place(pair)]++] = pair;

  std::ranges::fill(items_begin_, 0);
  for (const uint16_t stratum : of_item) ++items_begin_[stratum + 1];
  std::partial_sum(items_begin_.begin(), items_begin_.end(), items_begin_.begin());
  std::vector<int64_t> next_item(items_begin_.begin(), items_begin_.end() - 1);
  for (int64_t item = 0; item < items_; ++item)
    stratum_items_[next_item[of_item[item]]++] = static_cast<int32_t>(item);
}

PairBlocks::Block PairBlocks::block(int64_t user_stratum, int64_t item_stratum, int64_t epoch) {
  const int64_t number = item_stratum * strata_ + user_stratum;
  const auto span = [](auto& values, int64_t begin, int64_t end) {
    return std::span(values).subspan(static_cast<size_t>(begin), static_cast<size_t>(end - begin));
  };
  SplitMix random(seed_, number_of(kBlocks, epoch * strata_ * strata_ + number));
  const std::span<Pair> own = span(dealt_, begin_[number], begin_[number + 1]);
  shuffle(own, random);
  return {
      .pairs = own,
      .items = span(stratum_items_, items_begin_[item_stratum], items_begin_[item_stratum + 1]),
      .stratum = span(dealt_, begin_[item_stratum * strata_], begin_[(item_stratum + 1) * strata_]),
      .seed = random.bits()};
}

double PairBlocks::epoch(int64_t number, const std::function<double(const Block&)>& body) {
  deal(number);
  std::vector<double> sums(static_cast<size_t>(strata_ * strata_));
  for (int64_t round = 0; round < strata_; ++round) {
    parallel_blocks(strata_, 1, [&](int64_t first, int64_t last) {
      for (int64_t user_stratum = first; user_stratum < last; ++user_stratum) {
        const int64_t item_stratum = (user_stratum + round) % strata_;
        sums[round * strata_ + user_stratum] = body(block(user_stratum, item_stratum, number));
      }
    });
  }
  return std::accumulate(sums.begin(), sums.end(), 0.0);
}

}  // namespace assay::extra

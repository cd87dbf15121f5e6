#pragma once

/// Choosing the k best of a stream of scores, one row at a time, on the CPU.
///
/// Ids come in rising order, so a score must be *above* the k-th best so far to matter: an equal
/// one has the larger id and loses the tie. The common case is therefore one comparison with a
/// threshold. What passes is kept until there is twice as much as wanted; then a threshold that
/// leaves hardly more than k is found by counting, which has no branch to mispredict, and only at
/// the end is anything sorted.

#include <algorithm>
#include <cstdint>
#include <limits>
#include <numeric>
#include <utility>
#include <vector>

namespace assay::kernels {

/// Walks ascending ids that must not be chosen, in step with ascending candidates.
class ForbiddenCursor {
 public:
  ForbiddenCursor() = default;
  ForbiddenCursor(const int64_t* first, const int64_t* last) : at_(first), last_(last) {}
  bool forbids(int64_t id) {
    while (at_ != last_ && *at_ < id) ++at_;
    return at_ != last_ && *at_ == id;
  }

 private:
  const int64_t* at_ = nullptr;
  const int64_t* last_ = nullptr;
};

template <typename Score>
std::pair<Score, Score> extremes(const Score* score, int64_t size) {
  constexpr int kSide = 16;  // extremes side by side, so that they can be found many at a time
  Score low[kSide], high[kSide];
  std::fill(low, low + kSide, score[0]);
  std::fill(high, high + kSide, score[0]);
  int64_t i = 0;
  for (; i + kSide <= size; i += kSide) {
    for (int64_t s = 0; s < kSide; ++s) {
      low[s] = score[i + s] < low[s] ? score[i + s] : low[s];
      high[s] = score[i + s] > high[s] ? score[i + s] : high[s];
    }
  }
  for (; i < size; ++i) {
    low[0] = std::min(low[0], score[i]);
    high[0] = std::max(high[0], score[i]);
  }
  return {*std::min_element(low, low + kSide), *std::max_element(high, high + kSide)};
}

/// A score that at least k of the scores reach, and how many do.
template <typename Score>
struct Limit {
  Score score;
  int64_t reached;
};

/// One that at most a quarter more than k reach, if a few trials find one; by counting, which has no
/// branch to mispredict.
template <typename Score>
Limit<Score> limit_near(const Score* score, int64_t size, int64_t k) {
  auto [low, high] = extremes(score, size);
  int64_t left = size;
  for (int probe = 0; probe < 16 && left > k + k / 4; ++probe) {
    const Score middle = low + (high - low) / 2;
    if (!(middle > low && middle < high)) break;
    int32_t count = 0;
    for (int64_t i = 0; i < size; ++i) count += score[i] >= middle;
    if (count < k)
      high = middle;
    else
      low = middle, left = count;
  }
  return {low, left};
}

/// The k best of what one row was offered. Its memory belongs to a SelectorPool.
template <typename Score>
class Selector {
 public:
  /// How much memory a row needs for k out of `items`.
  static int64_t capacity(int64_t k, int64_t items) {
    return (std::min(2 * k + 64, std::max<int64_t>(items, 1)) + kWide - 1) / kWide * kWide;
  }

  /// Begins a row of which `k` are wanted, none of them in `forbidden`.
  /// @param score, id   room for `capacity` each
  /// @param threshold   kept up to date: what is not above it cannot be chosen any more
  void begin(int64_t k, int64_t capacity, ForbiddenCursor forbidden, Score* score, int32_t* id,
             Score* threshold) {
    k_ = k;
    capacity_ = capacity;
    size_ = 0;
    forbidden_ = forbidden;
    score_ = score;
    id_ = id;
    threshold_ = threshold;
    const Score infinity = std::numeric_limits<Score>::infinity();
    *threshold_ = k > 0 ? -infinity : infinity;
  }

  Score threshold() const { return *threshold_; }

  /// Offers one score; ids must rise from call to call.
  void offer(Score score, int64_t id) {
    if (!(score > *threshold_) || forbidden_.forbids(id)) return;
    keep(score, static_cast<int32_t>(id));
  }

  /// Takes what another selector kept; its ids must be above all that this one was offered.
  void take(const Selector& other) {
    for (int64_t i = 0; i < other.size_; ++i) {
      if (other.score_[i] > *threshold_) keep(other.score_[i], other.id_[i]);
    }
  }

  /// Writes the best first, padded with -1 and -inf to `width`, which is at least the k of begin().
  void finish(int64_t width, int64_t* item, float* score) {
    if (size_ > k_ + k_ / 4) cut();
    std::fill(item, item + width, int64_t{-1});
    std::fill(score, score + width, -std::numeric_limits<float>::infinity());
    size_ > kMostCounted ? sort_out(item, score) : count_out(item, score);
  }

 private:
  static constexpr int64_t kMostCounted =
      512;                              // from here on sorting is faster than counting n² pairs
  static constexpr int64_t kWide = 32;  // loops over so many at once need no rest

  void keep(Score score, int32_t id) {
    if (size_ == capacity_) {
      cut();
      if (!(score > *threshold_)) return;
    }
    score_[size_] = score;
    id_[size_++] = id;
  }

  // Raises the threshold until at most a quarter more than k is kept.
  void cut() {
    const Limit<Score> limit = limit_near(score_, size_, k_);
    limit.reached > k_ + k_ / 4 ? cut_exactly() : drop_below(limit.score);
  }

  // Keeps what is at least `limit`, of which there are k or more.
  void drop_below(Score limit) {
    int64_t to = 0;
    for (int64_t i = 0; i < size_; ++i) {
      score_[to] = score_[i];
      id_[to] = id_[i];
      to += score_[i] >= limit;
    }
    size_ = to;
    *threshold_ = limit;
  }

  // For scores that counting does not tell apart (ties, infinities): keeps k, of the k-th best
  // score the smallest ids.
  void cut_exactly() {
    std::vector<Score> sorted(score_, score_ + size_);
    std::nth_element(sorted.begin(), sorted.begin() + (k_ - 1), sorted.end(),
                     std::greater<Score>());
    const Score last = sorted[static_cast<size_t>(k_ - 1)];
    int64_t equal_left = k_;
    for (int64_t i = 0; i < size_; ++i) equal_left -= score_[i] > last;
    int64_t to = 0;
    for (int64_t i = 0; i < size_; ++i) {
      const bool in = score_[i] > last || (score_[i] == last && equal_left-- > 0);
      score_[to] = score_[i];
      id_[to] = id_[i];
      to += in;
    }
    size_ = to;
    *threshold_ = last;
  }

  // Each score's place is the number of better ones. They are visited in the order of their ids, so
  // that of equal ones the smaller id finds the place free and the others move on.
  void count_out(int64_t* item, float* score) {
    const int64_t padded = (size_ + kWide - 1) / kWide * kWide;
    std::fill(score_ + size_, score_ + padded, -std::numeric_limits<Score>::infinity());
    for (int64_t i = 0; i < size_; ++i) {
      const Score own = score_[i];
      int32_t better = 0;
      for (int64_t j = 0; j < padded; ++j) better += score_[j] > own;
      int64_t place = better;
      while (place < k_ && item[place] >= 0) ++place;
      if (place >= k_) continue;
      item[place] = id_[i];
      score[place] = static_cast<float>(own);
    }
  }

  void sort_out(int64_t* item, float* score) const {
    std::vector<int32_t> order(static_cast<size_t>(size_));
    std::iota(order.begin(), order.end(), 0);
    const int64_t chosen = std::min(size_, k_);
    std::partial_sort(order.begin(), order.begin() + chosen, order.end(),
                      [&](int32_t a, int32_t b) {
                        return score_[a] > score_[b] || (score_[a] == score_[b] && a < b);
                      });
    for (int64_t i = 0; i < chosen; ++i) {
      item[i] = id_[order[static_cast<size_t>(i)]];
      score[i] = static_cast<float>(score_[order[static_cast<size_t>(i)]]);
    }
  }

  int64_t k_ = 0, capacity_ = 0, size_ = 0;
  ForbiddenCursor forbidden_;
  Score* score_ = nullptr;
  int32_t* id_ = nullptr;
  Score* threshold_ = nullptr;
};

/// Selectors for some rows at once, and their memory; made once a thread and call.
template <typename Score>
class SelectorPool {
 public:
  /// @param rows   how many selectors there are at a time
  /// @param lanes  the thresholds are padded to a multiple of so many, with +inf (nothing passes)
  SelectorPool(int64_t rows, int64_t k, int64_t items, int64_t lanes = 1)
      : k_(std::min(k, items)),
        capacity_(Selector<Score>::capacity(k_, items)),
        selectors_(rows),
        score_(rows * capacity_),
        id_(rows * capacity_),
        threshold_((rows + lanes - 1) / lanes * lanes, std::numeric_limits<Score>::infinity()) {}

  void begin(int64_t row, ForbiddenCursor forbidden) {
    selectors_[row].begin(k_, capacity_, forbidden, &score_[row * capacity_], &id_[row * capacity_],
                          &threshold_[row]);
  }
  /// Closes the rows from `first` on: nothing passes their thresholds.
  void close_from(int64_t first) {
    std::fill(threshold_.begin() + first, threshold_.end(), std::numeric_limits<Score>::infinity());
  }
  Selector<Score>& operator[](int64_t row) { return selectors_[row]; }
  const Score* thresholds(int64_t row) const { return &threshold_[row]; }

 private:
  int64_t k_, capacity_;
  std::vector<Selector<Score>> selectors_;
  std::vector<Score> score_;
  std::vector<int32_t> id_;
  std::vector<Score> threshold_;
};

}  // namespace assay::kernels

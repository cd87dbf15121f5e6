#pragma once

/// Choosing the k best of a stream of scores, one row at a time, on the CPU.
///
/// Ids come in rising order, so a score must be *above* the k-th best so far to matter: an equal one has the larger id
/// and loses the tie. That makes the common case one comparison with a threshold, for 32 scores at once.

#include <algorithm>
#include <bit>
#include <cstdint>
#include <limits>
#include <vector>

#ifdef __AVX2__
#include <immintrin.h>
#endif

namespace assay::detail {

/// A score with its id; `a < b` where a ranks before b (higher score, or the same and a smaller id).
template <typename Score>
struct Ranked;

template <>
struct Ranked<double> {
  double score;
  int64_t id;
  static Ranked of(double score, int64_t id) { return {score, id}; }
  friend bool operator<(const Ranked& a, const Ranked& b) {
    return a.score > b.score || (a.score == b.score && a.id < b.id);
  }
};

/// Both in one word: the bits of a float, made to fall as the float rises, above the id.
template <>
struct Ranked<float> {
  uint64_t word;

  static Ranked of(float score, int64_t id) {
    const uint32_t bits = std::bit_cast<uint32_t>(score + 0.0f);  // -0 and 0 are one score
    const uint32_t falling = bits & 0x80000000u ? bits : ~bits & 0x7FFFFFFFu;
    return {uint64_t{falling} << 32 | static_cast<uint32_t>(id)};
  }
  __attribute__((always_inline)) float value() const {
    const uint32_t falling = static_cast<uint32_t>(word >> 32);
    return std::bit_cast<float>(falling & 0x80000000u ? falling : ~falling & 0x7FFFFFFFu);
  }
  friend bool operator<(Ranked a, Ranked b) { return a.word < b.word; }
};

inline double score_of(const Ranked<double>& entry) { return entry.score; }
inline int64_t id_of(const Ranked<double>& entry) { return entry.id; }
inline float score_of(Ranked<float> entry) { return entry.value(); }
inline int64_t id_of(Ranked<float> entry) { return static_cast<uint32_t>(entry.word); }

/// How many scores `above` looks at.
inline constexpr int64_t kLanes = 32;

/// Bit i is set where scores[i] > threshold, for kLanes scores (never for NaN).
inline uint32_t above(const float* scores, float threshold) {
#ifdef __AVX2__
  const __m256 limit = _mm256_set1_ps(threshold);
  auto mask = [&](int64_t at) {
    const __m256 higher = _mm256_cmp_ps(_mm256_loadu_ps(scores + at), limit, _CMP_GT_OQ);
    return static_cast<uint32_t>(_mm256_movemask_ps(higher)) << at;
  };
  return mask(0) | mask(8) | mask(16) | mask(24);
#else
  uint32_t mask = 0;
  for (int i = 0; i < kLanes; ++i) mask |= uint32_t{scores[i] > threshold} << i;
  return mask;
#endif
}

inline uint32_t above(const double* scores, double threshold) {
  uint32_t mask = 0;
  for (int i = 0; i < kLanes; ++i) mask |= uint32_t{scores[i] > threshold} << i;
  return mask;
}

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

/// The k best of what it was offered.
template <typename Score>
class Selector {
 public:
  /// Begins a row of which `k` are wanted, none of them in `forbidden`.
  void begin(int64_t k, ForbiddenCursor forbidden) {
    k_ = k;
    size_ = 0;
    const Score infinity = std::numeric_limits<Score>::infinity();
    threshold_ = k > 0 ? -infinity : infinity;
    forbidden_ = forbidden;
    kept_.resize(static_cast<size_t>(2 * k + kLanes));
  }

  /// Offers scores[0 .. count), which belong to ids first, first + 1, ...
  void scan(const Score* scores, int64_t count, int64_t first) {
    int64_t i = 0;
    for (; i + kLanes <= count; i += kLanes) {
      for (uint32_t mask = above(scores + i, threshold_); mask; mask &= mask - 1) {
        const int64_t place = i + std::countr_zero(mask);
        offer(scores[place], first + place);
      }
    }
    for (; i < count; ++i) offer(scores[i], first + i);
  }

  /// Offers one score; ids must rise from call to call.
  void offer(Score score, int64_t id) {
    if (!(score > threshold_) || forbidden_.forbids(id)) return;
    add(Ranked<Score>::of(score, id));
  }

  /// Takes what another selector chose, whatever its ids.
  void merge(const Selector& other) {
    for (size_t i = 0; i < other.size_; ++i) add(other.kept_[i]);
  }

  /// Writes the best first, padded with -1 and -inf to `width`, which is at least the k of begin().
  void finish(int64_t width, int64_t* item, float* score) {
    if (size_ > static_cast<size_t>(k_)) shrink();
    std::sort(kept_.begin(), kept_.begin() + static_cast<std::ptrdiff_t>(size_));
    for (size_t i = 0; i < size_; ++i) {
      item[i] = id_of(kept_[i]);
      score[i] = static_cast<float>(score_of(kept_[i]));
    }
    std::fill(item + size_, item + width, int64_t{-1});
    std::fill(score + size_, score + width, -std::numeric_limits<float>::infinity());
  }

 private:
  void add(Ranked<Score> entry) {
    kept_[size_++] = entry;
    if (size_ == kept_.size()) shrink();
  }

  void shrink() {
    const auto worst = kept_.begin() + static_cast<std::ptrdiff_t>(k_ - 1);
    std::nth_element(kept_.begin(), worst, kept_.begin() + static_cast<std::ptrdiff_t>(size_));
    size_ = static_cast<size_t>(k_);
    threshold_ = score_of(*worst);
  }

  int64_t k_ = 0;
  size_t size_ = 0;
  Score threshold_ = 0;
  ForbiddenCursor forbidden_;
  std::vector<Ranked<Score>> kept_;
};

}  // namespace assay::detail

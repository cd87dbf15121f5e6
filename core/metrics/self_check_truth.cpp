#include <ATen/ops/arange.h>
#include <ATen/ops/empty.h>
#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "metrics/random_value.h"
#include "metrics/self_check_parts.h"
#include "rules/philox.h"

namespace assay::metrics {
namespace {

using rules::HitRule;

constexpr int64_t kChanceLists = 4096;  // about so many are scored for `chance`
constexpr int64_t kAmong = 4;           // relevant items are drawn among so many times the list
constexpr double kStandardErrors = 6;
constexpr uint32_t kStream = 0x5E1FC4EC;  // of the draws

struct RuledColumn {
  const HitRule* rule;
  int64_t cutoff;
  int64_t row;  // of the scores
};

std::vector<RuledColumn> ruled(const std::vector<MetricAtCutoff>& columns) {
  std::vector<RuledColumn> out;
  for (size_t c = 0; c < columns.size(); ++c) {
    if (const HitRule* rule = rules::find_hit_rule(columns[c].definition))
      out.push_back({rule, columns[c].cutoff, static_cast<int64_t>(c)});
  }
  return out;
}

int64_t widest(const std::vector<RuledColumn>& columns) {
  int64_t most = 0;
  for (const RuledColumn& column : columns) most = std::max(most, column.cutoff);
  return most;
}

/// Lists of one length and their relevant items, row by row.
class Constructed {
 public:
  explicit Constructed(int64_t length) : length_(length) {}

  void add(const std::vector<int64_t>& list, const std::vector<int64_t>& ascending) {
    items_.insert(items_.end(), list.begin(), list.end());
    truth_.insert(truth_.end(), ascending.begin(), ascending.end());
    offsets_.push_back(static_cast<int64_t>(truth_.size()));
  }
  int64_t relevant(size_t row) const { return offsets_[row + 1] - offsets_[row]; }
  int64_t rows() const { return std::ssize(offsets_) - 1; }

  CandidateBatch lists() const {
    CandidateBatch out;
    out.item = tensor(items_).reshape({rows(), length_});
    out.score = at::arange(length_, 0, -1, at::TensorOptions().dtype(at::kFloat))
                    .expand({rows(), length_})
                    .contiguous();
    return out;
  }
  Ragged truth() const { return {tensor(truth_), tensor(offsets_)}; }

 private:
  static at::Tensor tensor(const std::vector<int64_t>& values) {
    at::Tensor out = at::empty({std::ssize(values)}, at::kLong);
    std::ranges::copy(values, out.mutable_data_ptr<int64_t>());
    return out;
  }

  int64_t length_;
  std::vector<int64_t> items_, truth_, offsets_ = {0};
};

std::vector<int64_t> relevant_items(const Ragged& truth, int64_t row) {
  const auto* offset = truth.offsets.const_data_ptr<int64_t>();
  const auto* item = truth.values.const_data_ptr<int64_t>();
  return {item + offset[row], item + offset[row + 1]};
}

/// Others (lowest ids first) up to rank `above`, the relevant items, then others again.
std::vector<int64_t> list_with(const std::vector<int64_t>& relevant, int64_t above,
                               int64_t length) {
  std::vector<int64_t> list;
  int64_t item = 0;
  const auto fill = [&](int64_t up_to) {
    for (; std::ssize(list) < up_to; ++item)
      if (!std::ranges::binary_search(relevant, item)) list.push_back(item);
  };
  fill(above);
  list.insert(list.end(), relevant.begin(), relevant.end());
  fill(length);
  list.resize(static_cast<size_t>(length));
  return list;
}

class AgainstTruth {
 public:
  AgainstTruth(const std::vector<MetricAtCutoff>& columns, const TruthScorer& score,
               const Ragged& truth, int64_t items)
      : columns_(columns),
        score_(score),
        items_(items),
        ruled_(ruled(columns)),
        length_(std::min(items, 2 * widest(ruled_))) {
    for (int64_t row = 0; row < truth.rows(); ++row) {
      std::vector<int64_t> relevant = relevant_items(truth, row);
      if (!relevant.empty()) relevant_.push_back(std::move(relevant));
    }
  }

  std::vector<CheckedMetric> run() {
    if (ruled_.empty()) return {};
    if (relevant_.empty()) {
      for (const RuledColumn& column : ruled_)
        for (const Check check : {Check::ideal, Check::chance}) {
          out_.push_back(checked(columns_[static_cast<size_t>(column.row)], check, 0));
          leave(out_.back(), "no sampled request has a relevant item");
        }
      return std::move(out_);
    }
    check_ideal();
    check_chance();
    return std::move(out_);
  }

 private:
  void check_ideal() {
    Constructed ideal(length_);
    for (const auto& relevant : relevant_) ideal.add(list_with(relevant, 0, length_), relevant);
    const at::Tensor scores = score_(ideal.lists(), ideal.truth());
    for (const RuledColumn& column : ruled_) {
      CheckedMetric out =
          checked(columns_[static_cast<size_t>(column.row)], Check::ideal, ideal.rows());
      const std::span<const float> values = row_of(scores, column.row);
      Sums found, expected;
      for (size_t r = 0; r < values.size(); ++r) {
        const double ceiling =
            value_of_ideal(*column.rule, ideal.relevant(r), length_, column.cutoff);
        found.add(values[r]);
        expected.add(ceiling);
        if (std::abs(values[r] - ceiling) <= kRounding) continue;  // false of NaN too
        fail(out, fmt::format("the ideal list of a request with {} relevant items has {:.6g}, its "
                              "ceiling is {:.6g}",
                              ideal.relevant(r), values[r], ceiling));
      }
      check_beyond(column, out);
      close(out, found, expected.mean(), kRounding);
    }
  }

  /// Relevant items that all stand behind the cutoff are worth nothing.
  void check_beyond(const RuledColumn& column, CheckedMetric& out) {
    const auto [at, is_new] = beyond_.try_emplace(column.cutoff);
    if (is_new) at->second = scores_beyond(column.cutoff);
    if (!at->second.defined()) return;
    for (const float value : row_of(at->second, column.row)) {
      if (std::abs(value) <= kRounding) continue;
      fail(out, fmt::format("relevant items behind rank {} alone are worth {:.6g}, not 0",
                            column.cutoff, value));
    }
  }

  /// Of all columns, where the relevant items stand behind that rank; undefined where no list can be
  /// made.
  at::Tensor scores_beyond(int64_t cutoff) const {
    Constructed beyond(length_);
    for (const auto& relevant : relevant_) {
      if (length_ > cutoff && items_ - std::ssize(relevant) >= cutoff)
        beyond.add(list_with(relevant, cutoff, length_), relevant);
    }
    return beyond.rows() == 0 ? at::Tensor() : score_(beyond.lists(), beyond.truth());
  }

  /// Of as many as the universe holds, drawn without replacement.
  static std::vector<int64_t> drawn(std::vector<int64_t> universe, int64_t count, uint32_t request,
                                    uint32_t turn) {
    rules::PhiloxWords words{};
    for (int64_t i = 0; i < count; ++i) {
      if (i % 4 == 0)
        words = rules::philox({static_cast<uint32_t>(i / 4), request, turn, kStream},
                              rules::philox_key(1));
      const auto left = static_cast<uint64_t>(std::ssize(universe) - i);
      const auto step =
          static_cast<int64_t>(uint64_t{words[static_cast<size_t>(i % 4)]} * left >> 32);
      std::swap(universe[static_cast<size_t>(i)], universe[static_cast<size_t>(i + step)]);
    }
    universe.resize(static_cast<size_t>(count));
    std::ranges::sort(universe);
    return universe;
  }

  Constructed by_chance(int64_t among) const {
    const auto requests = std::ssize(relevant_);
    Constructed out(length_);
    const int64_t turns = std::max<int64_t>(1, kChanceLists / requests);
    for (int64_t turn = 0; turn < turns; ++turn) {
      for (int64_t r = 0; r < requests; ++r) {
        std::vector<int64_t> universe(static_cast<size_t>(among));
        for (int64_t t = 0; t < among; ++t)
          universe[static_cast<size_t>(t)] = (r * among + t) % items_;
        std::vector<int64_t> list(universe.begin(), universe.begin() + length_);
        const int64_t count =
            std::min<int64_t>(std::ssize(relevant_[static_cast<size_t>(r)]), among);
        out.add(list, drawn(std::move(universe), count, static_cast<uint32_t>(r),
                            static_cast<uint32_t>(turn)));
      }
    }
    return out;
  }

  void check_chance() {
    const int64_t among = std::min(items_, kAmong * length_);
    const Constructed lists = by_chance(among);
    const at::Tensor scores = score_(lists.lists(), lists.truth());
    for (const RuledColumn& column : ruled_) {
      CheckedMetric out =
          checked(columns_[static_cast<size_t>(column.row)], Check::chance, std::ssize(relevant_));
      std::map<int64_t, double> known;  // by the number of relevant items
      const std::span<const float> values = row_of(scores, column.row);
      Sums found, difference;
      for (size_t r = 0; r < values.size(); ++r) {
        const int64_t relevant = lists.relevant(r);
        const auto [at, is_new] = known.try_emplace(relevant, 0.0);
        if (is_new)
          at->second = value_at_random(*column.rule, among, relevant, length_, column.cutoff);
        found.add(values[r]);
        difference.add(values[r] - at->second);
      }
      const double tolerance = std::max(kRounding, kStandardErrors * difference.standard_error());
      const double expected = found.mean() - difference.mean();
      if (!(std::abs(difference.mean()) <= tolerance))
        fail(out, fmt::format("with relevant items drawn at random its mean is {:.6g}, that of "
                              "chance is {:.6g}",
                              found.mean(), expected));
      close(out, found, expected, tolerance);
    }
  }

  void close(CheckedMetric& out, const Sums& found, double expected, double tolerance) {
    if (std::isfinite(found.mean())) out.found = found.mean();
    if (std::isfinite(expected)) out.expected = expected;
    if (std::isfinite(tolerance)) out.tolerance = tolerance;
    out_.push_back(std::move(out));
  }

  const std::vector<MetricAtCutoff>& columns_;
  const TruthScorer& score_;
  int64_t items_;
  std::vector<RuledColumn> ruled_;
  int64_t length_;
  std::vector<std::vector<int64_t>> relevant_;  // of requests that have any
  std::map<int64_t, at::Tensor> beyond_;        // scores_beyond, by cutoff
  std::vector<CheckedMetric> out_;
};

}  // namespace

std::vector<MetricAtCutoff> with_rules(std::vector<MetricAtCutoff> columns) {
  std::erase_if(columns, [](const MetricAtCutoff& column) {
    return rules::find_hit_rule(column.definition) == nullptr;
  });
  return columns;
}

std::vector<CheckedMetric> check_against_truth(const std::vector<MetricAtCutoff>& columns,
                                               const TruthScorer& score, const Ragged& truth,
                                               int64_t items) {
  return AgainstTruth(columns, score, truth, items).run();
}

}  // namespace assay::metrics

#include "conformance/lists.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <set>

#include "conformance/tensors.h"

namespace assay::conformance {

namespace {

constexpr float kInfinity = std::numeric_limits<float>::infinity();
constexpr double kTie = 1e-5;

/// Asks `problem(row)` for each row until one has an answer.
template <typename Body>
RuleProblem each_row(const Lists& lists, Body problem) {
  for (int64_t row = 0; row < lists.rows; ++row)
    if (RuleProblem found = problem(row)) return fmt::format("request {} {}", row, *found);
  return std::nullopt;
}

/// Asks `problem(row, rank)` for each real item.
template <typename Body>
RuleProblem each_item(const Lists& lists, Body problem) {
  return each_row(lists, [&](int64_t row) -> RuleProblem {
    for (int64_t rank = 0; rank < lists.width; ++rank)
      if (lists.item_at(row, rank) != -1)
        if (RuleProblem found = problem(row, rank)) return found;
    return std::nullopt;
  });
}

std::string number_text(int64_t count) {
  static const char* const kWords[] = {"never", "once", "twice"};
  return count < 3 ? kWords[count] : fmt::format("{} times", count);
}

/// "item 0 17 times", for what stands where padding should.
std::string instead_of_padding(const Lists& got, int64_t row, int64_t from) {
  std::map<int64_t, int64_t> counts;
  for (int64_t rank = from; rank < got.width; ++rank)
    if (got.item_at(row, rank) != -1) ++counts[got.item_at(row, rank)];
  std::vector<std::string> parts;
  for (const auto& [item, count] : counts)
    parts.push_back(fmt::format("item {} {}", item, number_text(count)));
  if (parts.size() > 3) parts.resize(3);
  return fmt::format("{}", fmt::join(parts, ", "));
}

std::map<int64_t, float> scores_of(const Lists& lists, int64_t row) {
  std::map<int64_t, float> scores;
  for (int64_t rank = 0; rank < lists.length(row); ++rank)
    scores[lists.item_at(row, rank)] = lists.score_at(row, rank);
  return scores;
}

RuleProblem row_padding_problem(const Lists& got, int64_t row, int64_t eligible, int64_t slots) {
  const int64_t length = got.length(row);
  const int64_t expected = std::min(eligible, got.width);
  for (int64_t rank = expected; rank < got.width; ++rank)
    if (got.item_at(row, rank) != -1)
      return fmt::format("had {} candidates, {} slots; expected {} x -1 at the tail, got {}",
                         eligible, slots, got.width - expected,
                         instead_of_padding(got, row, expected));
  for (int64_t rank = length; rank < got.width; ++rank)
    if (got.item_at(row, rank) != -1)
      return fmt::format(
          "has padding (-1) at rank {} and item {} after it; expected padding at the tail only",
          length, got.item_at(row, rank));
  for (int64_t rank = length; rank < got.width; ++rank)
    if (got.score_at(row, rank) != -kInfinity)
      return fmt::format("has padding (-1) with score {} at rank {}; expected -inf",
                         got.score_at(row, rank), rank);
  return std::nullopt;
}

/// The largest score of the two rows, in size.
double scale(const Lists& a, const Lists& b, int64_t row) {
  double largest = 0;
  for (const Lists* lists : {&a, &b})
    for (int64_t rank = 0; rank < lists->length(row); ++rank)
      largest = std::max(largest, std::abs(static_cast<double>(lists->score_at(row, rank))));
  return largest;
}

bool close(float a, float b, double tolerance) {
  return a == b || std::abs(static_cast<double>(a) - static_cast<double>(b)) <= tolerance;
}

std::string rank_text(int64_t rank, int64_t expected_item, float expected_score, int64_t item,
                      float score) {
  return fmt::format("has item {} with score {} at rank {}; expected item {} with score {}", item,
                     score, rank, expected_item, expected_score);
}

}  // namespace

Lists::Lists(const CandidateBatch& batch)
    : rows(batch.size()),
      width(batch.width()),
      item(ids_of(batch.item)),
      score(floats_of(batch.score)) {}

int64_t Lists::length(int64_t row) const {
  int64_t count = 0;
  while (count < width && item_at(row, count) != -1) ++count;
  return count;
}

RuleProblem shape_problem(const CandidateBatch& got, int64_t requests, int64_t widest) {
  const auto is = [&](const at::Tensor& tensor, at::ScalarType type) {
    return tensor.defined() && tensor.dim() == 2 && tensor.size(0) == requests &&
           tensor.size(1) <= widest && tensor.scalar_type() == type && tensor.device().is_cpu();
  };
  if (!is(got.item, at::kLong))
    return fmt::format("item is {}; expected int64 [{}, at most {}]", tensor_text(got.item),
                       requests, widest);
  if (!is(got.score, at::kFloat) || got.score.sizes() != got.item.sizes())
    return fmt::format("score is {}; expected float32 [{}, {}], as item has it",
                       tensor_text(got.score), requests, got.width());
  if (got.source_score &&
      (!got.source_score->defined() || got.source_score->dim() != 3 ||
       got.source_score->scalar_type() != at::kFloat || got.source_score->size(0) != requests ||
       got.source_score->size(1) != got.width()))
    return fmt::format("source_score is {}; expected float32 [{}, {}, S]",
                       tensor_text(*got.source_score), requests, got.width());
  if (got.propensity &&
      (!is(*got.propensity, at::kFloat) || got.propensity->sizes() != got.item.sizes()))
    return fmt::format("propensity is {}; expected float32 [{}, {}], as item has it",
                       tensor_text(*got.propensity), requests, got.width());
  return std::nullopt;
}

RuleProblem padding_problem(const Lists& got, const std::vector<int64_t>& eligible, int64_t slots) {
  return each_row(got, [&](int64_t row) {
    return row_padding_problem(got, row, eligible[static_cast<size_t>(row)], slots);
  });
}

RuleProblem number_problem(const Lists& got) {
  return each_item(got, [&](int64_t row, int64_t rank) -> RuleProblem {
    if (std::isfinite(got.score_at(row, rank))) return std::nullopt;
    return fmt::format("has score {} at rank {} (item {}); expected a finite number",
                       got.score_at(row, rank), rank, got.item_at(row, rank));
  });
}

RuleProblem catalogue_problem(const Lists& got, int64_t items) {
  return each_item(got, [&](int64_t row, int64_t rank) -> RuleProblem {
    const int64_t item = got.item_at(row, rank);
    if (item >= 0 && item < items) return std::nullopt;
    return fmt::format("has item {} at rank {}; expected 0 to {}", item, rank, items - 1);
  });
}

RuleProblem duplicate_problem(const Lists& got) {
  return each_row(got, [&](int64_t row) -> RuleProblem {
    std::map<int64_t, int64_t> place;
    for (int64_t rank = 0; rank < got.width; ++rank) {
      const int64_t item = got.item_at(row, rank);
      if (item == -1) continue;
      const auto [first, fresh] = place.emplace(item, rank);
      if (!fresh)
        return fmt::format("has item {} at ranks {} and {}; expected each item once", item,
                           first->second, rank);
    }
    return std::nullopt;
  });
}

RuleProblem excluded_problem(const Lists& got, const Ragged& excluded) {
  const auto hidden = rows_of(excluded);
  return each_item(got, [&](int64_t row, int64_t rank) -> RuleProblem {
    const int64_t item = got.item_at(row, rank);
    if (!std::ranges::binary_search(hidden[static_cast<size_t>(row)], item)) return std::nullopt;
    return fmt::format("has item {} at rank {}, which is excluded for it", item, rank);
  });
}

RuleProblem allowed_problem(const Lists& got, const Ragged& allowed) {
  const auto open = rows_of(allowed);
  return each_item(got, [&](int64_t row, int64_t rank) -> RuleProblem {
    const int64_t item = got.item_at(row, rank);
    if (std::ranges::binary_search(open[static_cast<size_t>(row)], item)) return std::nullopt;
    return fmt::format("has item {} at rank {}, which is not among those allowed for it", item,
                       rank);
  });
}

RuleProblem falling_problem(const Lists& got) {
  return each_item(got, [&](int64_t row, int64_t rank) -> RuleProblem {
    if (rank == 0 || got.score_at(row, rank) <= got.score_at(row, rank - 1)) return std::nullopt;
    return fmt::format("has score {} at rank {} after {}; expected non-increasing scores",
                       got.score_at(row, rank), rank, got.score_at(row, rank - 1));
  });
}

RuleProblem kept_items_problem(const Lists& got, const Lists& given) {
  if (const RuleProblem other = candidates_problem(got, given)) return other;
  return each_row(got, [&](int64_t row) -> RuleProblem {
    const auto kept = scores_of(got, row);
    for (int64_t rank = 0; rank < given.length(row); ++rank)
      if (!kept.contains(given.item_at(row, rank)))
        return fmt::format("lost item {} (it was at rank {}); expected all {} candidates back",
                           given.item_at(row, rank), rank, given.length(row));
    return std::nullopt;
  });
}

RuleProblem candidates_problem(const Lists& got, const Lists& given) {
  return each_item(got, [&](int64_t row, int64_t rank) -> RuleProblem {
    if (scores_of(given, row).contains(got.item_at(row, rank))) return std::nullopt;
    return fmt::format("has item {} at rank {}, which was not among its {} candidates",
                       got.item_at(row, rank), rank, given.length(row));
  });
}

RuleProblem kept_scores_problem(const Lists& got, const Lists& given) {
  return each_item(got, [&](int64_t row, int64_t rank) -> RuleProblem {
    const auto scores = scores_of(given, row);
    const auto came = scores.find(got.item_at(row, rank));
    if (came == scores.end() || came->second == got.score_at(row, rank)) return std::nullopt;
    return fmt::format("has item {} with score {} at rank {}; expected the score it came with, {}",
                       came->first, got.score_at(row, rank), rank, came->second);
  });
}

RuleProblem bits_problem(const CandidateBatch& expected, const CandidateBatch& got) {
  if (same_bits(expected.item, got.item) && same_bits(expected.score, got.score)) {
    const at::Tensor none;
    if (same_bits(expected.propensity.value_or(none), got.propensity.value_or(none)))
      return std::nullopt;
    return "propensities differ";
  }
  const Lists before(expected), after(got);
  if (before.width != after.width)
    return fmt::format("lists are {} wide; expected {}", after.width, before.width);
  return each_row(after, [&](int64_t row) -> RuleProblem {
    for (int64_t rank = 0; rank < after.width; ++rank)
      if (before.item_at(row, rank) != after.item_at(row, rank) ||
          before.score_at(row, rank) != after.score_at(row, rank))
        return rank_text(rank, before.item_at(row, rank), before.score_at(row, rank),
                         after.item_at(row, rank), after.score_at(row, rank));
    return std::nullopt;
  });
}

RuleProblem tie_problem(const Lists& expected, const Lists& got, bool scores_order) {
  return each_row(got, [&](int64_t row) -> RuleProblem {
    if (got.length(row) != expected.length(row))
      return fmt::format("has {} items; expected {}", got.length(row), expected.length(row));
    const double tolerance = kTie * scale(expected, got, row);
    for (int64_t rank = 0; rank < got.length(row); ++rank) {
      const bool same_item = expected.item_at(row, rank) == got.item_at(row, rank);
      const bool same_score =
          close(expected.score_at(row, rank), got.score_at(row, rank), tolerance);
      if (!same_score || (!same_item && !scores_order))
        return rank_text(rank, expected.item_at(row, rank), expected.score_at(row, rank),
                         got.item_at(row, rank), got.score_at(row, rank));
    }
    return std::nullopt;
  });
}

}  // namespace assay::conformance

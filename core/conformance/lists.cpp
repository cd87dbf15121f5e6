#include "conformance/lists.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <map>

#include "conformance/tensors.h"
#include "conformance/tiny_world.h"

namespace assay::conformance {

namespace {

constexpr double kTie = 1e-5;

std::string number_text(int64_t count) {
  static const char* const kWords[] = {"never", "once", "twice"};
  return count < 3 ? kWords[count] : fmt::format("{} times", count);
}

/// "item 0 17 times", for what stands where padding should.
std::string instead_of_padding(const contract::Lists& got, int64_t row, int64_t from) {
  std::map<int64_t, int64_t> counts;
  for (int64_t rank = from; rank < got.width; ++rank)
    if (got.item_at(row, rank) != -1) ++counts[got.item_at(row, rank)];
  std::vector<std::string> parts;
  for (const auto& [item, count] : counts)
    parts.push_back(fmt::format("item {} {}", item, number_text(count)));
  if (parts.size() > 3) parts.resize(3);
  return fmt::format("{}", fmt::join(parts, ", "));
}

/// More items than candidates must be wrong ones: what stands in the way of padding says it best.
contract::Breach row_padding_problem(const contract::Lists& got, int64_t row, int64_t eligible,
                                     int64_t slots) {
  const int64_t expected = std::min(eligible, got.width);
  for (int64_t rank = expected; rank < got.width; ++rank)
    if (got.item_at(row, rank) != -1)
      return fmt::format("had {} candidates, {} slots; expected {} x -1 at the tail, got {}",
                         eligible, slots, got.width - expected,
                         instead_of_padding(got, row, expected));
  return contract::padding(got.row(row));
}

/// The largest score of the two rows, in size.
double scale(const contract::Lists& a, const contract::Lists& b, int64_t row) {
  double largest = 0;
  for (const contract::Lists* lists : {&a, &b})
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

contract::Breach padding_problem(const contract::Lists& got, const std::vector<int64_t>& eligible,
                                 int64_t slots) {
  return each_row(got, [&](int64_t row) {
    return row_padding_problem(got, row, eligible[static_cast<size_t>(row)], slots);
  });
}

contract::Breach number_problem(const contract::Lists& got) {
  return each_row(got, [&](int64_t row) { return contract::numbers(got.row(row)); });
}

contract::Breach catalogue_problem(const contract::Lists& got, int64_t items) {
  return each_row(got, [&](int64_t row) { return contract::catalogue(got.row(row), items); });
}

contract::Breach duplicate_problem(const contract::Lists& got) {
  contract::Marks marks(TinyWorld::kItems);
  return each_row(got, [&](int64_t row) { return contract::distinct(got.row(row), marks); });
}

contract::Breach excluded_problem(const contract::Lists& got, const Ragged& excluded) {
  const contract::IdRows hidden(excluded);
  contract::Marks marks;
  return each_row(
      got, [&](int64_t row) { return contract::excluded(got.row(row), hidden.row(row), marks); });
}

contract::Breach allowed_problem(const contract::Lists& got, const Ragged& allowed) {
  const contract::IdRows open(allowed);
  contract::Marks marks;
  return each_row(
      got, [&](int64_t row) { return contract::allowed(got.row(row), open.row(row), marks); });
}

contract::Breach falling_problem(const contract::Lists& got) {
  return each_row(got, [&](int64_t row) { return contract::falling(got.row(row)); });
}

contract::Breach kept_items_problem(const contract::Lists& got, const contract::Lists& given) {
  if (const contract::Breach other = candidates_problem(got, given)) return other;
  contract::Marks marks;
  return each_row(
      got, [&](int64_t row) { return contract::kept_items(got.row(row), given.row(row), marks); });
}

contract::Breach candidates_problem(const contract::Lists& got, const contract::Lists& given) {
  contract::Marks marks;
  return each_row(
      got, [&](int64_t row) { return contract::candidates(got.row(row), given.row(row), marks); });
}

contract::Breach kept_scores_problem(const contract::Lists& got, const contract::Lists& given) {
  return each_row(got,
                  [&](int64_t row) { return contract::kept_scores(got.row(row), given.row(row)); });
}

contract::Breach bits_problem(const CandidateBatch& expected, const CandidateBatch& got) {
  if (same_bits(expected.item, got.item) && same_bits(expected.score, got.score)) {
    const at::Tensor none;
    if (same_bits(expected.propensity.value_or(none), got.propensity.value_or(none)))
      return std::nullopt;
    return "propensities differ";
  }
  const contract::Lists before(expected), after(got);
  if (before.width != after.width)
    return fmt::format("lists are {} wide; expected {}", after.width, before.width);
  return each_row(after, [&](int64_t row) -> contract::Breach {
    for (int64_t rank = 0; rank < after.width; ++rank)
      if (before.item_at(row, rank) != after.item_at(row, rank) ||
          before.score_at(row, rank) != after.score_at(row, rank))
        return rank_text(rank, before.item_at(row, rank), before.score_at(row, rank),
                         after.item_at(row, rank), after.score_at(row, rank));
    return std::nullopt;
  });
}

contract::Breach tie_problem(const contract::Lists& expected, const contract::Lists& got,
                             bool scores_order) {
  return each_row(got, [&](int64_t row) -> contract::Breach {
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

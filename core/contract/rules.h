#pragma once

#include <fmt/format.h>

#include <cstdint>
#include <optional>
#include <span>
#include <string>

#include "contract/lists.h"
#include "contract/marks.h"

namespace assay::contract {

/// Nothing where a rule holds, else what was found and expected, in one sentence.
using Breach = std::optional<std::string>;

/// The rules of one list (assay/batch.h), each on its own. What is wrong follows the words "request
/// 7 ". A run asks them of every batch, `assay check` of those of its tiny data set, so both say
/// the same; where all hold, one costs a look at each candidate.

/// Padding is -1 with the score -inf, at the tail only. The rules below look at what is before it.
Breach padding(const Row& got);
/// Scores are finite.
Breach numbers(const Row& got);
/// Propensities of the items are above 0 and at most 1, up to rounding.
/// @param propensity  parallel to the row
Breach propensities(const Row& got, std::span<const float> propensity);
/// Ids from 0 to items - 1.
Breach catalogue(const Row& got, int64_t items);
/// No item twice.
Breach distinct(const Row& got, Marks& marks);
Breach excluded(const Row& got, std::span<const int64_t> ids, Marks& marks);
Breach allowed(const Row& got, std::span<const int64_t> ids, Marks& marks);
/// Recall and rank: scores do not rise along the list.
Breach falling(const Row& got);
/// Rank and rerank: items of the given list only.
Breach candidates(const Row& got, const Row& given, Marks& marks);
/// Rank: all items of the given list.
Breach kept_items(const Row& got, const Row& given, Marks& marks);
/// Rerank: each with the score it came with.
Breach kept_scores(const Row& got, const Row& given);

/// The first breach of `rule(row number)`, with the request's number in the batch.
template <typename Rule>
Breach each_row(const Lists& lists, Rule rule) {
  for (int64_t row = 0; row < lists.rows; ++row)
    if (Breach breach = rule(row)) return fmt::format("request {} {}", row, *breach);
  return std::nullopt;
}

}  // namespace assay::contract

#include <fmt/core.h>

#include <algorithm>

#include "error/error.h"
#include "results/connection.h"
#include "results/reader.h"

namespace assay::results {
namespace {

/// The part of a chunk's rows that lies in [first, last).
struct Overlap {
  int64_t begin = 0, end = 0;  ///< rows of the chunk
};

Overlap overlap(int64_t chunk_first, int64_t chunk_requests, int64_t first, int64_t last) {
  return {std::max(first - chunk_first, int64_t{0}), std::min(last - chunk_first, chunk_requests)};
}

template <typename T>
void append_rows(const QueryRows& rows, int column, const Overlap& wanted, int size,
                 std::vector<T>& out) {
  const auto cells = rows.blob<T>(column);
  out.insert(out.end(), cells.begin() + wanted.begin * size, cells.begin() + wanted.end * size);
}

int64_t requests_of(const Connection& connection, const std::string& trial_key) {
  QueryRows rows = connection.rows(
      "SELECT requests FROM trial WHERE trial_key = ? AND status = 'done' AND EXISTS "
      "(SELECT 1 FROM slate WHERE slate.trial_key = trial.trial_key)",
      trial_key);
  if (rows.next()) return rows.integer(0);
  throw error::UserError(connection.path(),
                         fmt::format("trial {} is not done, or has no served lists", trial_key));
}

}  // namespace

Slates Reader::slates(const std::string& trial_key, int64_t first, int64_t requests) const {
  const Connection& connection = *database_.connection_;
  const int64_t all = requests_of(connection, trial_key);
  const int64_t last = requests < 0 ? all : std::min(first + requests, all);
  QueryRows rows = connection.rows(
      "SELECT first_request, requests, size, items, scores, propensity FROM slate "
      "WHERE trial_key = ?1 AND first_request < ?3 AND first_request + requests > ?2 "
      "ORDER BY first_request",
      trial_key, first, last);
  Slates slates;
  while (rows.next()) {
    slates.size = static_cast<int>(rows.integer(2));
    const Overlap wanted = overlap(rows.integer(0), rows.integer(1), first, last);
    slates.requests += wanted.end - wanted.begin;
    append_rows(rows, 3, wanted, slates.size, slates.items);
    append_rows(rows, 4, wanted, slates.size, slates.scores);
    if (!rows.is_null(5)) append_rows(rows, 5, wanted, slates.size, slates.propensity);
  }
  error::require(slates.requests == std::max(last - first, int64_t{0}),
                 "a done trial has the served lists of all its requests");
  return slates;
}

}  // namespace assay::results

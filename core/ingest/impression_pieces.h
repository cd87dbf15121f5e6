#pragma once

/// Requests whose rows do not follow each other.

#include <cstdint>
#include <string>

#include "dataset/impressions.h"

namespace assay::ingest {

/// Rows of one request that follow each other in the table.
struct ImpressionPiece {
  uint64_t hash;  ///< of the request's id
  int64_t piece;
};

/// Puts the pieces of each request together, where its first one stands. A table in which each
/// piece is a request stays as it is.
/// @param pieces  one for each request of `table`, in its order
/// @param lines   line or row of the table at which each piece begins
/// @param path    of the table, with `unit` for messages
/// @return how many requests had several pieces
/// Throws UserError where two pieces of a request have another user, time or allowed set.
int64_t join_pieces(dataset::ImpressionColumn<ImpressionPiece>& pieces,
                    const dataset::ImpressionColumn<int64_t>& lines, const std::string& path,
                    const char* unit, dataset::ImpressionTable& table);

/// Columns that are the same in all rows of each request become columns of requests.
void find_request_columns(dataset::ImpressionTable& table);

}  // namespace assay::ingest

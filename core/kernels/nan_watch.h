#pragma once

/// Lists that are empty because their scores are NaN.

#include <assay/batch.h>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace assay::kernels {

/// Watches what top_k and top_k_dot choose in this thread, for as long as it lives.
///
/// They never choose NaN, so the list of a request whose scores are all NaN is empty, and looks like
/// one to which the strategy had nothing to say. A host that watches can tell the two apart, at no
/// cost where no list is empty. One watch at a time is open in a thread.
class ASSAY_API NanWatch {
 public:
  NanWatch();
  ~NanWatch();
  NanWatch(const NanWatch&) = delete;
  NanWatch& operator=(const NanWatch&) = delete;

  /// What is wrong with `lists`, which a strategy made for `requests` meanwhile: a list without
  /// items, for which top_k met NaN and nothing that it could choose. Nothing where there is none.
  /// Requests that only fill up a batch (-1) may be served anything.
  std::optional<std::string> breach(const CandidateBatch& lists,
                                    const RequestBatch& requests) const;

  /// Whether a watch is open in this thread: without one there is nothing to note.
  static bool is_open();
  /// Notes that nothing was chosen for the request in a row, although NaN stands where something
  /// could have been. Nothing happens without an open watch.
  static void note(const RequestBatch& requests, int64_t row);

 private:
  std::vector<int64_t> requests_;  // as RequestBatch::request has them
};

}  // namespace assay::kernels

#pragma once

#include <condition_variable>
#include <deque>
#include <exception>
#include <mutex>
#include <thread>
#include <vector>

#include "ingest/column_batch.h"

namespace assay::ingest {

/// Batches of a source, made ahead on threads of its own and handed out in their order. It holds
/// a few more than there are threads, and fills them again and again.
class BatchPipeline {
 public:
  explicit BatchPipeline(BatchSource& source);
  ~BatchPipeline();

  /// The next batch, good until the call after; null at the end. Throws what filling it threw.
  const ColumnBatch* next();

 private:
  struct Place {
    ColumnBatch batch;
    bool filled = false;
    bool end = false;
    std::exception_ptr error;
  };
  Place& place_of(int64_t k) { return places_[static_cast<size_t>(k) % places_.size()]; }
  void work();
  bool fill(int64_t k, Place& place);

  BatchSource& source_;
  std::deque<Place> places_;
  std::mutex mutex_;
  std::condition_variable changed_;
  int64_t started_ = 0;  ///< the next number to fill
  int64_t handed_out_ = 0;
  bool stopped_ = false;
  std::vector<std::thread> threads_;
};

}  // namespace assay::ingest

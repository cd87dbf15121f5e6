#include "ingest/batch_pipeline.h"

namespace assay::ingest {
namespace {

constexpr size_t kAhead = 4;  // batches, one of which is handed out

}  // namespace

BatchPipeline::BatchPipeline(BatchSource& source)
    : source_(source), places_(static_cast<size_t>(source.threads()) + kAhead) {
  for (int i = 0; i < source.threads(); ++i) threads_.emplace_back([this] { work(); });
}

BatchPipeline::~BatchPipeline() {
  {
    const std::lock_guard lock(mutex_);
    stopped_ = true;
  }
  changed_.notify_all();
  for (std::thread& thread : threads_) thread.join();
}

bool BatchPipeline::fill(int64_t k, Place& place) {
  try {
    place.end = !source_.fill(k, place.batch);
  } catch (...) {
    place.error = std::current_exception();
  }
  return !place.end && !place.error;
}

void BatchPipeline::work() {
  std::unique_lock lock(mutex_);
  for (;;) {
    // The one that was handed out last is still looked at.
    const auto has_room = [this] { return started_ - handed_out_ + 1 < std::ssize(places_); };
    changed_.wait(lock, [&] { return stopped_ || has_room(); });
    if (stopped_) return;
    const int64_t k = started_++;
    Place& place = place_of(k);
    lock.unlock();
    const bool goes_on = fill(k, place);
    lock.lock();
    place.filled = true;
    changed_.notify_all();
    if (!goes_on) stopped_ = true;  // others finish theirs, which come before or are ends too
  }
}

const ColumnBatch* BatchPipeline::next() {
  std::unique_lock lock(mutex_);
  Place& place = place_of(handed_out_);
  changed_.wait(lock, [&] { return place.filled; });
  if (place.error) std::rethrow_exception(place.error);
  if (place.end) return nullptr;
  place.filled = false;
  ++handed_out_;
  changed_.notify_all();
  return &place.batch;
}

}  // namespace assay::ingest

#pragma once
// Part of assay::extra, which promises no stable API or ABI: see assay/extra/README.md.

/// Progress and stops of a fit that goes through items on several threads.

#include <assay/context.h>

#include <atomic>
#include <cstdint>
#include <thread>

namespace assay::extra {

/// Tells the host how far a fit is and asks it whether to go on, from the thread that made this
/// alone: a FitContext is not for several threads. In a trial fit so many items are enough.
class FitProgress {
 public:
  /// @param total  items to be done
  FitProgress(int64_t total, FitContext& ctx)
      : total_(total), most_(ctx.trial() ? kTrial : total), ctx_(ctx) {}

  /// One more item is to be done; false where it is to be left out. From any thread.
  bool next() {
    const int64_t done = ++done_;
    if (std::this_thread::get_id() == owner_) {
      if (ctx_.stop_requested()) stop_ = true;
      ctx_.progress(done, total_);
    }
    return !stop_ && done <= most_;
  }

 private:
  static constexpr int64_t kTrial = 256;
  int64_t total_, most_;
  FitContext& ctx_;
  std::thread::id owner_ = std::this_thread::get_id();
  std::atomic<int64_t> done_ = 0;
  std::atomic<bool> stop_ = false;
};

}  // namespace assay::extra

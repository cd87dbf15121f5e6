#pragma once

#include <ATen/Parallel.h>
#include <ATen/ops/zeros.h>

#include <mutex>
#include <set>
#include <string>
#include <thread>

#include "every_item.h"

// Notes how many threads a loop of at::parallel_for had.
class ThreadsSeen : public EveryItem {
 public:
  void fit(const assay::TrainingView& data, assay::FitContext& ctx) override {
    score = at::zeros({data.items});
    std::mutex mutex;
    std::set<std::thread::id> seen;
    at::parallel_for(0, 100, 1, [&](int64_t, int64_t) {
      const std::scoped_lock lock(mutex);
      seen.insert(std::this_thread::get_id());
    });
    ctx.note("threads", std::to_string(seen.size()));
  }
};

// A recall and a rerank strategy that serve well and take their time, for the timing pass.
#include <unistd.h>

#include <algorithm>
#include <atomic>

#include "fake_popular.h"

namespace {

struct Slowness {
  double ms = 200;
  int64_t every = 1;
  bool hurries = false;

  static void describe(assay::ParamList<Slowness>& p) {
    p.add("ms", &Slowness::ms, "What a slow call takes on top.").unit("ms").range(0, 10000);
    p.add("every", &Slowness::every, "One call in so many is slow.").at_least(1);
    p.add("hurries", &Slowness::hurries,
          "Whether a slow call takes a quarter of what its deadline leaves, where it has one.");
  }

  void wait(std::atomic<int64_t>& calls, const assay::ServeContext& ctx) const {
    if (++calls % every != 0) return;
    const bool short_of_time = hurries && ctx.remaining_ms() >= 0;
    const double taken = short_of_time ? std::min(ms, ctx.remaining_ms() / 4) : ms;
    ::usleep(static_cast<useconds_t>(taken * 1000));
  }
};

class SlowRecall : public fake::Recall {
 public:
  using Params = Slowness;
  explicit SlowRecall(const Params& params) : params_(params) {}
  static void describe(assay::ParamList<Params>& p) { Params::describe(p); }

  assay::CandidateBatch recall(const assay::RequestBatch& requests, int64_t k,
                               const assay::ServeContext& ctx) const override {
    params_.wait(calls_, ctx);
    return fake::Recall::recall(requests, k, ctx);
  }

 private:
  Params params_;
  mutable std::atomic<int64_t> calls_ = 0;
};

class SlowRerank : public fake::Rerank {
 public:
  using Params = Slowness;
  explicit SlowRerank(const Params& params) : params_(params) {}
  static void describe(assay::ParamList<Params>& p) { Params::describe(p); }

  assay::CandidateBatch rerank(const assay::RequestBatch& requests,
                               const assay::CandidateBatch& candidates, int64_t n,
                               const assay::ServeContext& ctx) const override {
    params_.wait(calls_, ctx);
    return fake::Rerank::rerank(requests, candidates, n, ctx);
  }

 private:
  Params params_;
  mutable std::atomic<int64_t> calls_ = 0;
};

}  // namespace

ASSAY_PLUGINS(
    assay::plugin<SlowRecall>({.name = "slow_recall", .doc = "Takes its time while it recalls."}),
    assay::plugin<SlowRerank>({.name = "slow_rerank", .doc = "Takes its time while it reranks."}))

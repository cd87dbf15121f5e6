// A recall strategy whose every request costs a given amount of arithmetic: what is planted in it is
// known. `name` changes nothing: two stages that differ in it are two trials with the same work.
#include "fake_popular.h"

namespace {

struct Work {
  int64_t loops = 200'000;
  int64_t name = 0;
};

class BusyWork : public fake::Recall {
 public:
  using Params = Work;
  explicit BusyWork(const Params& params) : params_(params) {}
  static void describe(assay::ParamList<Params>& p) {
    p.add("loops", &Params::loops, "Multiplications a request.").range(0, 1'000'000'000);
    p.add("name", &Params::name, "Tells stages apart; changes nothing.").at_least(0);
  }

  assay::CandidateBatch recall(const assay::RequestBatch& requests, int64_t k,
                               const assay::ServeContext& ctx) const override {
    volatile double value = 1;
    for (int64_t i = 0; i < params_.loops * requests.size(); ++i) value = value * 1.0000001;
    return fake::Recall::recall(requests, k, ctx);
  }

 private:
  Params params_;
};

}  // namespace

ASSAY_PLUGINS(assay::plugin<BusyWork>({.name = "busy_work", .doc = "Costs what it is told."}))

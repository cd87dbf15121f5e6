// Strategies that decide by their parameters whether they validate, need times, and how much memory
// they take; some in ways that go wrong.
#include <unistd.h>

#include <csignal>
#include <stdexcept>

#include "fake_popular.h"

namespace {

struct Params {
  int64_t patience = 2;
  bool ages = false;
  int64_t gib = 0;
  std::string mode = "none";

  static void describe(assay::ParamList<Params>& p) {
    p.add("patience", &Params::patience, "Rounds without a better value; 0 never validates.")
        .at_least(0);
    p.add("ages", &Params::ages, "Whether old events count less.");
    p.add("gib", &Params::gib, "What it says that it needs beside 8 bytes a pair of items.")
        .unit("GiB");
    p.add("mode", &Params::mode, "What goes wrong while it decides.")
        .choices({"none", "crashes", "loops", "throws", "negative"});
  }
};

void act(const Params& params) {
  if (params.mode == "crashes") ::raise(SIGSEGV);
  if (params.mode == "throws") throw std::runtime_error("index 12 is out of range");
  while (params.mode == "loops") ::usleep(1000);
}

class Decides : public fake::Recall {
 public:
  using Params = ::Params;
  static void describe(assay::ParamList<Params>& p) { Params::describe(p); }
  explicit Decides(const Params& params) : params_(params) {}

  static bool validates(const Params& params) {
    act(params);
    return params.patience > 0;
  }
  static bool needs_time(const Params& params) { return params.ages; }
  static assay::MemoryUse memory(const assay::DataSizes& sizes, const Params& params) {
    act(params);
    if (params.mode == "negative") return {.fit = -3};
    const int64_t bytes = sizes.items * sizes.items * 8 + (params.gib << 30);
    return {.fit = bytes, .serve = bytes / 2};
  }

  void fit(const assay::TrainingView& data, assay::FitContext& ctx) override {
    learn(data);
    if (params_.patience > 0 && ctx.chosen("rounds").empty()) {
      ctx.validate();
      ctx.note("chosen.rounds", "1");
    }
  }

 private:
  Params params_;
};

}  // namespace

ASSAY_PLUGINS(assay::plugin<Decides>({.name = "decides",
                                      .doc = "Decides by its parameters what it needs.",
                                      .traits = {.validates = true, .needs_time = true}}))

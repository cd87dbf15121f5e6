// A recall strategy that cannot be loaded without a library that lies beside it.
#include "fake_popular.h"

int brought_number();

namespace {

class BringsLibrary : public fake::Recall {
 public:
  void fit(const assay::TrainingView& data, assay::FitContext& ctx) override {
    fake::Recall::fit(data, ctx);
    score_ += brought_number();
  }
};

}  // namespace

ASSAY_PLUGINS(assay::plugin<BringsLibrary>({.name = "brings_library",
                                            .doc = "Needs a library of its own."}))

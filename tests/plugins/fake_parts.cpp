// A strategy with a declared part: counts that all members of a grid share.
#include <ATen/ops/log1p.h>
#include <ATen/ops/pow.h>

#include "fake_popular.h"

namespace {

class SharedCounts : public fake::Recall {
 public:
  struct Params {
    bool log_counts = false;
    double power = 1;
    bool shared = true;
  };
  static void describe(assay::ParamList<Params>& p) {
    p.add("log_counts", &Params::log_counts, "Whether counts are taken by their logarithm.");
    p.add("power", &Params::power, "Power of a count.").range(0, 10);
    p.add("shared", &Params::shared, "Whether fit takes the part, or counts for itself.");
    p.part("counts", {"log_counts"}, "How many users chose each item.");
  }
  explicit SharedCounts(const Params& params) : params_(params) {}

  void fit_part(const std::string& name, const assay::TrainingView& data, assay::FitContext& ctx,
                assay::Archive& part) const override {
    // Only the part's own parameters are set.
    if (params_.power != 1) throw std::logic_error("a part of \"" + name + "\" has a power");
    ctx.note("made", name);
    part.put("counts", counted(data));
  }
  void fit(const assay::TrainingView& data, assay::FitContext& ctx) override {
    const at::Tensor counts =
        params_.shared ? ctx.inputs().part("counts").tensor("counts") : counted(data);
    score_ = at::pow(counts, params_.power);
  }

 private:
  /// float32 [N].
  at::Tensor counted(const assay::TrainingView& data) const {
    const at::Tensor counts = data.by_item.lengths().to(at::kFloat);
    return params_.log_counts ? at::log1p(counts) : counts;
  }

  Params params_;
};

/// Its part draws, which a part must not.
class DrawingPart : public SharedCounts {
 public:
  using SharedCounts::SharedCounts;
  void fit_part(const std::string& name, const assay::TrainingView& data, assay::FitContext& ctx,
                assay::Archive& part) const override {
    ctx.generator();
    SharedCounts::fit_part(name, data, ctx, part);
  }
};

}  // namespace

ASSAY_PLUGINS(assay::plugin<SharedCounts>({.name = "shared_counts",
                                           .doc = "The most popular items, counted once."}),
              assay::plugin<DrawingPart>({.name = "drawing_part",
                                          .doc = "Makes its part by chance.",
                                          .traits = {.draws_in_fit = true}}))

// A metric that breaks in the way that its parameter names.
#include <ATen/ops/full.h>
#include <assay/plugin.h>

#include <limits>
#include <stdexcept>
#include <string>

namespace {

class BadMetric : public assay::Metric {
 public:
  struct Params {
    std::string mode = "none";
  };
  static void describe(assay::ParamList<Params>& p) {
    p.add("mode", &Params::mode, "What goes wrong.")
        .choices({"none", "throws", "other_shape", "infinite", "random_fit"});
  }
  explicit BadMetric(const Params& params) : params_(params) {}

  void fit(const assay::TrainingView&, assay::FitContext& ctx) override {
    if (params_.mode == "random_fit") ctx.generator();
  }
  at::Tensor values(const assay::RequestBatch& requests, const assay::CandidateBatch&,
                    const assay::Ragged&, const assay::ServeContext&) const override {
    if (params_.mode == "throws") throw std::runtime_error("no such measure");
    const int64_t rows = requests.size() + (params_.mode == "other_shape");
    const bool infinite = params_.mode == "infinite";
    return at::full({rows}, infinite ? std::numeric_limits<double>::infinity() : 0.5, at::kFloat);
  }

 private:
  Params params_;
};

}  // namespace

ASSAY_PLUGINS(assay::plugin<BadMetric>({.name = "bad_metric", .doc = "Half, or nothing good."}))

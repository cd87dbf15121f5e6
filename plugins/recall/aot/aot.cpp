#include <assay/extra/exported/exported_strategies.h>
#include <assay/plugin.h>

namespace {

/// A model from elsewhere; exported_strategies.h says what it takes and gives.
class Aot : public assay::extra::ExportedRecall {
 public:
  using Params = assay::extra::ExportedParams;
  static void describe(assay::ParamList<Params>& p) { assay::extra::describe_exported(p); }
  explicit Aot(const Params& params)
      : ExportedRecall(assay::extra::ModelFormat::aot, params, "aot") {}
};

}  // namespace

ASSAY_PLUGINS(assay::plugin<Aot>({
    .name = "aot",
    .doc = "Scores of all items by a model that was exported from Python as a package of "
           "AOTInductor (.pt2).",
}))

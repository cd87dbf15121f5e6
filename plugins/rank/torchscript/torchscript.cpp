#include <assay/extra/exported/exported_strategies.h>
#include <assay/plugin.h>

namespace {

/// A model from elsewhere; exported_strategies.h says what it takes and gives.
class TorchScript : public assay::extra::ExportedRank {
 public:
  using Params = assay::extra::ExportedParams;
  static void describe(assay::ParamList<Params>& p) { assay::extra::describe_exported(p); }
  explicit TorchScript(const Params& params)
      : ExportedRank(assay::extra::ModelFormat::torchscript, params, "torchscript") {}
};

}  // namespace

ASSAY_PLUGINS(assay::plugin<TorchScript>({
    .name = "torchscript",
    .doc = "New scores of candidates by a model that was exported from Python as a TorchScript "
           "module.",
}))

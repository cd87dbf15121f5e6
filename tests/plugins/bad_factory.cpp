// Factories that throw: on settings that only the constructor can judge, on any settings, and one
// that makes nothing.
#include "fake_popular.h"

namespace {

class Throws : public fake::Recall {
 public:
  Throws() { throw std::runtime_error("cannot open /etc/model.bin"); }
};

class Refuses : public fake::Recall {
 public:
  struct Params {
    int64_t dimensions = 10;
    int64_t heads = 2;
  };
  static void describe(assay::ParamList<Params>& p) {
    p.add("dimensions", &Params::dimensions, "Width.").range(1, 64);
    p.add("heads", &Params::heads, "Attention heads.").range(1, 8);
  }
  explicit Refuses(const Params& params) {
    if (params.dimensions % params.heads != 0)
      throw assay::InvalidInput("dimensions must be a multiple of heads");
  }
};

assay::PluginEntry makes_nothing() {
  assay::PluginEntry entry =
      assay::plugin<fake::Recall>({.name = "makes_nothing", .doc = "Its factory makes nothing."});
  entry.make_strategy = [](const assay::ParamMap&) { return std::unique_ptr<assay::Strategy>(); };
  return entry;
}

assay::PluginEntry makes_another() {
  assay::PluginEntry entry = assay::plugin<fake::Recall>(
      {.name = "makes_another", .doc = "Its factory makes a rank strategy."});
  entry.make_strategy = [](const assay::ParamMap&) { return std::make_unique<fake::Rank>(); };
  return entry;
}

}  // namespace

ASSAY_PLUGINS(assay::plugin<Throws>({.name = "throws", .doc = "Throws in its constructor."}),
              assay::plugin<Refuses>({.name = "refuses", .doc = "Refuses some settings."}),
              makes_nothing(), makes_another())

// A ranker whose name is a recall strategy's too; what it saves no recall strategy can read.
#include "fake_popular.h"

namespace {

class Twin : public fake::Rank {
 public:
  struct Params {
    double weight = 1;
  };
  static void describe(assay::ParamList<Params>& p) {
    p.add("weight", &Params::weight, "Nothing comes of it.").range(0, 9);
  }
  explicit Twin(const Params&) {}
  void save(assay::Archive& archive) const override { archive.put("ranked", score_); }
  void load(const assay::Archive& archive, const assay::LoadContext&) override {
    score_ = archive.tensor("ranked");
  }
};

}  // namespace

ASSAY_PLUGINS(assay::plugin<Twin>({.name = "twin", .version = "2.2", .doc = "By popularity."}))

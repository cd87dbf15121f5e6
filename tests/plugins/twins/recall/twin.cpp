// A recall strategy whose name is a ranker's too; what it saves no ranker can read.
#include "fake_popular.h"

namespace {

class Twin : public fake::Recall {
 public:
  struct Params {
    int64_t skipped = 0;
  };
  static void describe(assay::ParamList<Params>& p) {
    p.add("skipped", &Params::skipped, "Nothing comes of it.").range(0, 9);
  }
  explicit Twin(const Params&) {}
  void save(assay::Archive& archive) const override { archive.put("recalled", score_); }
  void load(const assay::Archive& archive, const assay::LoadContext&) override {
    score_ = archive.tensor("recalled");
  }
};

}  // namespace

ASSAY_PLUGINS(assay::plugin<Twin>({.name = "twin", .version = "1.1", .doc = "Popular items."}))

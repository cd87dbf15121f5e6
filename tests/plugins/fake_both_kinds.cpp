// One name in two kinds of one library, with the same parameters: nothing but the kind tells them
// apart. What each saves the other cannot read.
#include "fake_popular.h"

namespace {

class RecallBoth : public fake::Recall {
 public:
  void save(assay::Archive& archive) const override { archive.put("recalled", score_); }
  void load(const assay::Archive& archive, const assay::LoadContext&) override {
    score_ = archive.tensor("recalled");
  }
};

class RankBoth : public fake::Rank {
 public:
  void save(assay::Archive& archive) const override { archive.put("ranked", score_); }
  void load(const assay::Archive& archive, const assay::LoadContext&) override {
    score_ = archive.tensor("ranked");
  }
};

}  // namespace

ASSAY_PLUGINS(assay::plugin<RecallBoth>({.name = "both", .doc = "Popular items."}),
              assay::plugin<RankBoth>({.name = "both", .doc = "By popularity."}))

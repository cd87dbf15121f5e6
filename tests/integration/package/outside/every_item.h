#pragma once

#include <assay/plugin.h>

// A strategy in which an item has one score for everybody; those that derive from it fill `score`.
class EveryItem : public assay::RecallStrategy {
 public:
  assay::CandidateBatch recall(const assay::RequestBatch& requests, int64_t k,
                               const assay::ServeContext&) const override {
    return assay::top_k(score.expand({requests.size(), -1}), k, requests);
  }
  void save(assay::Archive& archive) const override { archive.put("score", score); }
  void load(const assay::Archive& archive, const assay::LoadContext&) override {
    score = archive.tensor("score");
  }

 protected:
  at::Tensor score;  // float32 [N]
};

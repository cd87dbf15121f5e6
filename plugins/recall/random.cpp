#include <assay/plugin.h>

namespace {

/// Items drawn uniformly, without replacement, from those that may be served.
class Random : public assay::RecallStrategy {
 public:
  void fit(const assay::TrainingView& data, assay::FitContext&) override { items_ = data.items; }

  /// The k largest of one uniform number an item are a uniform draw of k items in random order. The
  /// numbers belong to the request, so it gets the same list in any batch.
  assay::CandidateBatch recall(const assay::RequestBatch& requests, int64_t k,
                               const assay::ServeContext& ctx) const override {
    return assay::top_k(ctx.uniform(requests, items_), k, requests);
  }

  void save(assay::Archive& archive) const override {
    archive.put_text("items", std::to_string(items_));
  }
  void load(const assay::Archive& archive, const assay::LoadContext&) override {
    items_ = std::stoll(archive.text("items"));
  }

 private:
  int64_t items_ = 0;
};

}  // namespace

ASSAY_PLUGINS(assay::plugin<Random>({
    .name = "random",
    .doc = "Items drawn uniformly at random from those that may be served. The lower bound of "
           "every comparison, and a logging policy with full support for off-policy estimates.",
    .traits = {.draws_in_serving = true},
}))

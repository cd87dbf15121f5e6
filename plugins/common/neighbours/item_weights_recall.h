#pragma once
// Part of assay::extra, which promises no stable API or ABI: see assay/extra/README.md.

/// Recall by sparse weights from items of the history to items: all but the fit.

#include <assay/abi.h>
#include <assay/context.h>
#include <assay/extra/interactions/pair_weights.h>
#include <assay/extra/neighbours/item_weights.h>
#include <assay/extra/neighbours/rounding.h>
#include <assay/strategy.h>

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>

namespace assay::extra {

/// A strategy whose fit ends in a sparse matrix of weights (item_weights.h): it hands that over with
/// keep(). Serving, explanations, save and load are here.
class ItemWeightsRecall : public RecallStrategy {
 public:
  ItemWeightsRecall(Repeats repeats, int64_t round_decimals)
      : repeats_(repeats), round_(round_decimals) {}

  CandidateBatch recall(const RequestBatch& requests, int64_t k,
                        const ServeContext&) const override {
    return weights_.recall(counted_requests(requests, repeats_), k, round_);
  }
  std::optional<Explanation> explain(const RequestBatch& requests, const CandidateBatch& candidates,
                                     const ServeContext&) const override {
    return weights_.explain(counted_requests(requests, repeats_), candidates);
  }
  void save(Archive& archive) const override { weights_.save(archive); }
  void load(const Archive& archive, const LoadContext& ctx) override {
    weights_ = ItemWeights::load(archive, ctx.device);
  }

 protected:
  /// The end of a fit. The note `weights` says how many there are.
  void keep(const ItemWeights& weights, FitContext& ctx) {
    ctx.note("weights", std::to_string(weights.weight.size(0)));
    weights_ = {.offsets = weights.offsets.to(ctx.device()),
                .target = weights.target.to(ctx.device()),
                .weight = weights.weight.to(ctx.device())};
  }
  Repeats repeats() const { return repeats_; }
  const Rounding& round() const { return round_; }

 private:
  Repeats repeats_;
  Rounding round_;
  ItemWeights weights_;
};

/// Memory of a strategy that keeps at most `neighbours` weights for each item (0: as many as there
/// are pairs of items with a common user): rows while they are found, then one block.
inline MemoryUse item_weights_memory(const DataSizes& sizes, int64_t neighbours) {
  const auto items = static_cast<double>(sizes.items);
  const double limit = neighbours > 0 ? static_cast<double>(neighbours) : items;
  const double pairs = std::min(items * std::min(limit, items), sizes.squared_lengths);
  const auto kept = static_cast<int64_t>(12 * pairs) + 8 * sizes.items;
  return {.fit = static_cast<int64_t>(28 * pairs) + 32 * sizes.items, .serve = kept};
}

}  // namespace assay::extra

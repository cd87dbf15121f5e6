#include <ATen/TensorOperators.h>
#include <assay/error.h>
#include <assay/extra/interactions/pair_weights.h>
#include <assay/extra/similarity/item_comparison.h>
#include <assay/strategy.h>

namespace assay::extra {
namespace {

const Feature& named_feature(const std::string& who, const std::string& name,
                             const FeatureTable& items, const char* types) {
  if (name.empty()) {
    throw InvalidInput(who +
                       ": similarity: feature needs the name of a feature; set `feature` to " +
                       types + " of the items.");
  }
  return items.at(name);
}

at::Tensor vectors_of_model(const std::string& who, const Inputs& inputs) {
  const VectorModel* const model = inputs.at("model").vectors();
  if (model == nullptr) {
    throw InvalidInput(who +
                       ": the strategy that `model` names has no item vectors. Name one that "
                       "scores by vectors, or use another similarity.");
  }
  return model->item_vectors();
}

}  // namespace

at::Tensor vectors_of_items(const std::string& who, Comparison by, const std::string& feature,
                            const Features& features, const Inputs& inputs) {
  if (by == Comparison::vectors) return vectors_of_model(who, inputs);
  const Feature& named = named_feature(who, feature, features.item, "a vector");
  if (named.type != FeatureType::vector) {
    throw InvalidInput(who + ": the item feature \"" + named.name +
                       "\" is no vector; name one that is, or use similarity: vectors.");
  }
  return named.values;
}

void ItemComparison::fit(const TrainingView& data, FitContext& ctx) {
  if (by_ == Comparison::co_occurrence) {
    expect_no_weights(data, who_.c_str(), "compares items by the sets of their users");
    users_ = data.by_item;
  }
  members_ = data.users;
  prepare(ctx.features(), ctx.inputs());
  warn_of_missing(data, ctx);
}

void ItemComparison::save(Archive& archive) const {
  archive.put_text("members", std::to_string(members_));
  if (users_.rows() > 0) archive.put_ragged("users", users_);
}

void ItemComparison::load(const Archive& archive, const LoadContext& ctx) {
  members_ = std::stoll(archive.text("members"));
  if (by_ == Comparison::co_occurrence) users_ = archive.ragged("users");
  prepare(*ctx.features, *ctx.inputs);
}

void ItemComparison::prepare(const Features& features, const Inputs& inputs) {
  switch (by_) {
    case Comparison::vectors:
      vectors_ = vectors_of_model(who_, inputs);
      similarity_ = ItemSimilarity::of_vectors(vectors_);
      if (!vectors_.is_cpu()) unit_ = unit_rows(vectors_);
      return;
    case Comparison::feature: {
      const Feature& named =
          named_feature(who_, feature_, features.item, "a category, set or vector");
      if (named.type == FeatureType::vector) vectors_ = named.values;
      similarity_ = ItemSimilarity::of_feature(named);
      return;
    }
    case Comparison::co_occurrence:
      similarity_ = ItemSimilarity::of_sets(users_, members_);
  }
}

void ItemComparison::warn_of_missing(const TrainingView& data, FitContext& ctx) const {
  if (!vectors_.defined()) return;
  const at::Tensor seen = data.item_seen.to(vectors_.device());
  const at::Tensor without = unit_rows(vectors_).eq(0).all(1).logical_and(seen);
  const auto count = without.sum().item<int64_t>();
  if (count == 0) return;
  ctx.note("warning", std::to_string(count) + " of " + std::to_string(seen.sum().item<int64_t>()) +
                          " items with events have no vector to compare by; they count as unlike "
                          "any other item");
}

}  // namespace assay::extra

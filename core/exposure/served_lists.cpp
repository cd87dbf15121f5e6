#include "exposure/served_lists.h"

#include <algorithm>
#include <cmath>

#include "error/error.h"

namespace assay::exposure {
namespace {

// The sum of all pairs' similarities is that of the lists' unit vectors, squared.
class CosinePersonalisation : public ListsMeasure {
 public:
  explicit CosinePersonalisation(const ListsWorld& world)
      : cutoff_(world.cutoff), weight_(static_cast<size_t>(world.items)) {}

  void add(const ServedLists& served) override {
    for (int64_t l = 0; l < served.lists(); ++l) {
      const auto list = served.list(l, cutoff_);
      if (!list.empty()) ++lists_;
      for (const int32_t item : list)
        weight_[item] += 1 / std::sqrt(static_cast<double>(list.size()));
    }
  }

  std::optional<double> value() const override {
    if (lists_ < 2) return std::nullopt;
    double squares = 0;
    for (const double own : weight_) squares += own * own;
    return 1 - (squares - lists_) / (lists_ * (lists_ - 1));
  }

 private:
  int64_t cutoff_;
  std::vector<double> weight_;
  double lists_ = 0;
};

}  // namespace

std::span<const int32_t> ServedLists::list(int64_t l, int64_t k) const {
  const auto whole = items.subspan(l * size, std::min(size, k));
  return whole.first(static_cast<size_t>(std::ranges::find(whole, -1) - whole.begin()));
}

bool ServedLists::is_relevant(int64_t l, int32_t item) const {
  return std::ranges::binary_search(relevant(l), item);
}

std::unique_ptr<ListsMeasure> make_cosine_personalisation(const ListsWorld& world) {
  return std::make_unique<CosinePersonalisation>(world);
}

std::unique_ptr<ListsMeasure> make_lists_measure(std::string_view definition,
                                                 const ListsWorld& world) {
  const std::string_view name = definition.substr(0, definition.find('{'));
  if (definition == "personalisation{similarity=cosine}") return make_cosine_personalisation(world);
  if (name == "pooled_auc") return make_pooled_auc(world);
  if (name == "calibration_error") return make_calibration_error(definition, world);
  if (name == "item_opportunity_gap") return make_opportunity_gap(definition, world);
  if (name == "user_group_gap" || name == "worst_user_group")
    return make_user_group_quality(definition, world);
  if (name == "user_group_exposure") return make_user_group_exposure(definition, world);
  throw error::InternalError("no metric of kept lists is called " + std::string(definition));
}

}  // namespace assay::exposure

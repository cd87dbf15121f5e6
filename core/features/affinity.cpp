#include "features/affinity.h"

#include <ATen/core/Tensor.h>

#include <cmath>
#include <limits>
#include <vector>

namespace assay::features {
namespace {

constexpr float kMissing = std::numeric_limits<float>::quiet_NaN();
constexpr double kMicrosecondsADay = 86400e6;

/// The categories of items, read without tensors.
class Categories {
 public:
  explicit Categories(const Feature& feature) {
    if (feature.type == FeatureType::set) {
      values_ = feature.sets.values.const_data_ptr<int64_t>();
      offsets_ = feature.sets.offsets.const_data_ptr<int64_t>();
    } else {
      codes_ = feature.values.const_data_ptr<int32_t>();
    }
  }

  template <typename Body>
  void each(int64_t item, const Body& body) const {
    if (codes_ != nullptr && codes_[item] >= 0) body(codes_[item]);
    for (int64_t at = codes_ ? 0 : offsets_[item]; !codes_ && at < offsets_[item + 1]; ++at)
      body(values_[at]);
  }

 private:
  const int64_t* values_ = nullptr;
  const int64_t* offsets_ = nullptr;
  const int32_t* codes_ = nullptr;
};

/// What a user was positive about, by category.
class Profile {
 public:
  explicit Profile(int64_t categories) : weight_(static_cast<size_t>(categories), 0) {}

  void read(const LogIndex& log, std::span<const int32_t> places, const Categories& categories,
            int64_t time_us, double half_life_days) {
    // What the request before touched: there can be far more categories than that.
    for (const int64_t id : touched_) weight_[id] = 0;
    touched_.clear();
    total_ = 0;
    for (const int32_t place : places) {
      if (!log.positive(place)) continue;
      const double days =
          static_cast<double>(time_us - log.log().time_us[place]) / kMicrosecondsADay;
      const double counts = half_life_days > 0 ? std::exp2(-days / half_life_days) : 1;
      total_ += counts;
      categories.each(log.log().item[place], [&](int64_t id) {
        weight_[id] += counts;
        touched_.push_back(id);
      });
    }
  }

  float of(int64_t item, const Categories& categories) const {
    double sum = 0;
    int64_t count = 0;
    if (item >= 0 && total_ > 0) {
      categories.each(item, [&](int64_t id) {
        sum += weight_[id];
        ++count;
      });
    }
    return count == 0 ? kMissing : static_cast<float>(sum / total_ / static_cast<double>(count));
  }

 private:
  std::vector<double> weight_;    // of each category
  std::vector<int64_t> touched_;  // categories whose weight is not 0, some repeatedly
  double total_ = 0;
};

}  // namespace

void fill_affinity(const LogIndex& log, const Feature& feature, double half_life_days,
                   const Moments& moments, float* to) {
  const Categories categories(feature);
  Profile profile(feature.cardinality);
  for (size_t request = 0; request < moments.user.size(); ++request) {
    const int64_t user = moments.user[request], time_us = moments.time_us[request];
    std::span<const int32_t> places;
    if (user >= 0 && time_us >= 0) places = log.places(user, log.before(time_us));
    profile.read(log, places, categories, time_us, half_life_days);
    const int64_t first = static_cast<int64_t>(request) * moments.width;
    for (int64_t row = first; row < first + moments.width; ++row)
      to[row] = profile.of(moments.item[row], categories);
  }
}

}  // namespace assay::features

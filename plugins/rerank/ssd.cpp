#include <ATen/TensorOperators.h>
#include <ATen/ops/constant_pad_nd.h>
#include <assay/extra/lists/choose_each_list.h>
#include <assay/extra/lists/relevance.h>
#include <assay/extra/similarity/best_place.h>
#include <assay/extra/similarity/item_comparison.h>
#include <assay/plugin.h>

#include <algorithm>
#include <cmath>
#include <deque>
#include <limits>
#include <string>
#include <vector>

namespace {

using assay::extra::Comparison;

enum class Volume { product, own };

struct Settings {
  double gamma = 0.25;
  int64_t window = 10;
  Volume volume = Volume::product;
};

/// Directions of the items above, orthogonal to each other, and what is left of the candidates
/// beside those in the window: a queue of projections, so that what leaves the window is given back
/// (Huang et al. 2021, algorithm 1).
class SlidingSpectrum {
 public:
  explicit SlidingSpectrum(const Settings& settings) : settings_(settings) {}

  /// @param unit   rows of all items, padded to a multiple of kDoubleStep
  void begin(std::span<const int64_t> items, const double* unit, int64_t width) {
    width_ = width;
    left_.clear();
    for (const int64_t item : items)
      left_.insert(left_.end(), unit + item * width, unit + (item + 1) * width);
    window_.clear();
    scale_ = settings_.gamma;
  }

  double gain(size_t i) const { return scale_ * std::sqrt(squared_length(i)); }

  /// Places the candidate: takes its direction from the others.
  void put(size_t place) {
    const double length = std::sqrt(squared_length(place));
    if (settings_.volume == Volume::product) scale_ *= length;
    if (settings_.window == 1) return;
    // Orthogonal to the oldest too, which is given back: with the next item there are `window`.
    Direction next{{row(place), row(place) + width_}, std::vector<double>(candidates(), 0.0)};
    if (std::ssize(window_) == settings_.window - 1) give_back();
    if (length > kShortest) {
      for (double& value : next.unit) value /= length;
      for (size_t i = 0; i < candidates(); ++i) {
        next.taken[i] = assay::extra::dot(row(i), next.unit.data(), width_);
        add_scaled(-next.taken[i], next.unit, row(i));
      }
    }
    window_.push_back(std::move(next));
  }

 private:
  struct Direction {
    std::vector<double> unit, taken;  // taken: how much of it each candidate had
  };
  // What is left of a repetition is rounding, and has no direction.
  static constexpr double kShortest = 1e-7;

  size_t candidates() const { return left_.size() / static_cast<size_t>(width_); }
  double* row(size_t i) { return left_.data() + static_cast<int64_t>(i) * width_; }
  double squared_length(size_t i) const {
    const double* const own = left_.data() + static_cast<int64_t>(i) * width_;
    return assay::extra::dot(own, own, width_);
  }
  void add_scaled(double factor, const std::vector<double>& from, double* to) const {
    for (int64_t d = 0; d < width_; ++d) to[d] += factor * from[d];
  }
  void give_back() {
    if (window_.empty()) return;
    const Direction& oldest = window_.front();
    for (size_t i = 0; i < candidates(); ++i) add_scaled(oldest.taken[i], oldest.unit, row(i));
    window_.pop_front();
  }

  Settings settings_;
  int64_t width_ = 1;
  double scale_ = 1;
  std::vector<double> left_;  // [K, width]: the candidates without the directions of the window
  std::deque<Direction> window_;
};

/// Sliding spectrum decomposition: each place goes to the candidate with the largest
///
///     relevance(i) + gamma * volume above * length of what is left of i beside the items above
///
/// Vectors have length 1. What is left is orthogonal to the items in the window; the volume above is
/// the product of what was left of each item when it was placed, also of those that have left the
/// window, or 1 with `volume: own`. The first place goes by relevance alone.
class Ssd : public assay::RerankStrategy {
 public:
  struct Params : Settings {
    Comparison similarity = Comparison::vectors;
    std::string feature;
    assay::extra::Relevance relevance = assay::extra::Relevance::minmax;
  };
  static void describe(assay::ParamList<Params>& p) {
    using P = Params;
    p.add("gamma", static_cast<double P::*>(&P::gamma),
          "Weight of the volume, in units of relevance: 0 keeps the order.")
        .range(0, 1e6)
        .tune(0.01, 2);
    p.add("window", static_cast<int64_t P::*>(&P::window),
          "Number of consecutive items that are compared with each other.")
        .unit("items")
        .range(1, 1e6);
    p.choice("volume", static_cast<Volume P::*>(&P::volume),
             {{"product", Volume::product}, {"own", Volume::own}},
             "What the length that is left of a candidate is multiplied by: the lengths of all "
             "items above (`product`), which fade down the slate, or nothing (`own`).");
    p.choice("similarity", &Params::similarity,
             {{"vectors", Comparison::vectors}, {"feature", Comparison::feature}},
             "Vectors of the items: those of the input `model` (`vectors`), or those of the item "
             "feature named by `feature`.");
    p.add("feature", &Params::feature,
          "With similarity: feature, the item feature to use: a vector.")
        .feature_of("item", {"vector"});
    p.input("model", assay::PluginKind::recall,
            "With similarity: vectors, a fitted strategy whose item vectors are used.");
    assay::extra::describe_relevance(p, &Params::relevance);
  }
  explicit Ssd(const Params& params) : params_(params) {}

  void fit(const assay::TrainingView&, assay::LabelledCandidates&,
           assay::FitContext& ctx) override {
    prepare(ctx.features(), ctx.inputs());
  }
  void load(const assay::Archive&, const assay::LoadContext& ctx) override {
    prepare(*ctx.features, *ctx.inputs);
  }

  assay::CandidateBatch rerank(const assay::RequestBatch&, const assay::CandidateBatch& candidates,
                               int64_t n, const assay::ServeContext&) const override {
    const at::Tensor worth = assay::extra::relevance(candidates, params_.relevance);
    return assay::extra::choose_each_list(candidates, worth, n, [&] {
      return [&, spectrum = SlidingSpectrum(params_)](
                 const assay::extra::ListToChoose& list) mutable { choose(list, spectrum); };
    });
  }

 private:
  void prepare(const assay::Features& features, const assay::Inputs& inputs) {
    const at::Tensor unit = assay::extra::unit_rows(
        assay::extra::vectors_of_items("ssd", params_.similarity, params_.feature, features, inputs)
            .cpu());
    const int64_t more = assay::extra::padded_width(unit.size(1)) - unit.size(1);
    unit_ = at::constant_pad_nd(unit, {0, more}).contiguous();
  }

  void choose(const assay::extra::ListToChoose& list, SlidingSpectrum& spectrum) const {
    spectrum.begin(list.items, unit_.const_data_ptr<double>(), unit_.size(1));
    std::vector<double> value(list.worth.begin(), list.worth.end());
    std::vector<bool> taken(value.size(), false);
    for (size_t pick = 0; pick < std::min(value.size(), list.places.size()); ++pick) {
      for (size_t i = 0; pick > 0 && i < value.size(); ++i) {
        value[i] =
            taken[i] ? -std::numeric_limits<double>::infinity() : list.worth[i] + spectrum.gain(i);
      }
      const int64_t best = assay::extra::best_place(value, list.items);
      list.places[pick] = best;
      taken[best] = true;
      spectrum.put(static_cast<size_t>(best));
    }
  }

  Params params_;
  at::Tensor unit_;  // float64 [N, D padded], on the CPU
};

}  // namespace

ASSAY_PLUGINS(assay::plugin<Ssd>({
    .name = "ssd",
    .doc = "Sliding spectrum decomposition: relevant items that are unlike the last ones above "
           "them, by the volume of their vectors.",
    .paper = "Huang, Wang, Zhang & Xu 2021, Sliding Spectrum Decomposition for Diversified "
             "Recommendation (KDD)",
}))

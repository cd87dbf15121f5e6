#include <ATen/ops/empty.h>
#include <assay/extra/lists/score_scaling.h>
#include <assay/extra/threads/parallel.h>
#include <assay/plugin.h>

#include <algorithm>
#include <cmath>
#include <span>
#include <sstream>
#include <string>
#include <vector>

namespace {

/// One score of the scores of all recall sources (Fox & Shaw 1994):
///
///     CombSUM(j) = sum over the sources s that brought j of weight_s normalised score_s(j)
///     CombMNZ(j) = CombSUM(j) * how many sources brought j
///
/// Scores are normalised within a request and a source, over what it brought; a source adds nothing
/// to what it did not bring. Nothing is learnt. Where the candidates have no source scores, the
/// score that they came with is the one source.
class ScoreFusion : public assay::RankStrategy {
 public:
  enum class Method { sum, mnz };
  struct Params {
    Method method = Method::sum;
    assay::extra::Scaling normalise = assay::extra::Scaling::minmax;
    std::vector<double> weights;
  };
  static void describe(assay::ParamList<Params>& p) {
    p.choice("method", &Params::method, {{"sum", Method::sum}, {"mnz", Method::mnz}},
             "`sum` adds the scores of the sources (CombSUM); `mnz` multiplies the sum by the "
             "number of sources that retrieved the candidate (CombMNZ), which favours agreement.");
    using assay::extra::Scaling;
    p.choice("normalise", &Params::normalise,
             {{"minmax", Scaling::minmax},
              {"z", Scaling::z},
              {"rank", Scaling::rank},
              {"raw", Scaling::raw}},
             "Normalisation of the scores of a source: to 0 for its worst and 1 for its best "
             "candidate (`minmax`), to mean 0 and standard deviation 1 (`z`), by rank from 1 for "
             "the first down to 0 (`rank`), or none (`raw`).");
    p.add(
         "weights", &Params::weights,
         "One weight for each recall source, in the order of the experiment; empty: equal weights.")
        .range(0, 1e9);
  }
  explicit ScoreFusion(const Params& params) : params_(params) {}

  void fit(const assay::TrainingView&, assay::LabelledCandidates& candidates,
           assay::FitContext&) override {
    expect_weights(std::ssize(candidates.sources()));
  }

  assay::CandidateBatch rank(const assay::RequestBatch&, const assay::CandidateBatch& candidates,
                             const assay::ServeContext&) const override {
    return assay::by_score(candidates, fused(candidates).to(candidates.item.device()));
  }

 private:
  // What one source brought in one request.
  struct Brought {
    std::vector<int64_t> place;
    std::vector<double> value;
  };

  static std::string counted(int64_t count, const std::string& noun) {
    return std::to_string(count) + noun + (count == 1 ? "" : "s");
  }

  void expect_weights(int64_t sources) const {
    if (params_.weights.empty() || sources == 0 || std::ssize(params_.weights) == sources) return;
    throw assay::InvalidInput("score_fusion: weights has " +
                              counted(std::ssize(params_.weights), " number") + " for " +
                              counted(sources, " recall source") + "; give one for each, or none.");
  }

  at::Tensor fused(const assay::CandidateBatch& candidates) const {
    const at::Tensor items = candidates.item.cpu().contiguous();
    const at::Tensor given =
        (candidates.source_score ? *candidates.source_score : candidates.score.unsqueeze(2))
            .cpu()
            .contiguous();
    const int64_t width = given.size(1), sources = given.size(2);
    expect_weights(sources);
    at::Tensor scores = at::empty({given.size(0), width}, at::kFloat);
    const int64_t* const item = items.const_data_ptr<int64_t>();
    const float* const from = given.const_data_ptr<float>();
    float* const to = scores.mutable_data_ptr<float>();
    assay::extra::parallel_blocks(given.size(0), assay::extra::kRequestsPerBlock,
                                  [&](int64_t first, int64_t last) {
                                    for (int64_t row = first; row < last; ++row) {
                                      fuse({item + row * width, static_cast<size_t>(width)},
                                           from + row * width * sources, sources, to + row * width);
                                    }
                                  });
    return scores;
  }

  [[noreturn]] static void too_large(int64_t item, double value) {
    std::ostringstream text;
    text << "score_fusion: the fused score of item " << item << " is " << value
         << ", which 32 bits do not hold; set normalise to minmax, z or rank, or smaller weights.";
    throw assay::InvalidInput(text.str());
  }

  void fuse(std::span<const int64_t> items, const float* from, int64_t sources, float* to) const {
    std::vector<double> sum(items.size(), 0), count(items.size(), 0);
    for (int64_t s = 0; s < sources; ++s) {
      Brought brought;
      for (size_t j = 0; j < items.size(); ++j) {
        const float value = from[static_cast<int64_t>(j) * sources + s];
        if (items[j] < 0 || !std::isfinite(value)) continue;
        brought.place.push_back(static_cast<int64_t>(j));
        brought.value.push_back(value);
      }
      assay::extra::scale(brought.value, params_.normalise);
      const double weight = params_.weights.empty() ? 1 : params_.weights[s];
      for (size_t n = 0; n < brought.place.size(); ++n) {
        sum[brought.place[n]] += weight * brought.value[n];
        ++count[brought.place[n]];
      }
    }
    for (size_t j = 0; j < items.size(); ++j) {
      const double value = params_.method == Method::mnz ? sum[j] * count[j] : sum[j];
      to[j] = static_cast<float>(value);
      if (!std::isfinite(to[j])) too_large(items[j], value);
    }
  }

  Params params_;
};

}  // namespace

ASSAY_PLUGINS(assay::plugin<ScoreFusion>({
    .name = "score_fusion",
    .doc = "Adds the normalised scores of all recall sources, with a weight for each: a ranker "
           "that needs no labels.",
    .paper = "Fox & Shaw 1994, Combination of Multiple Searches",
}))

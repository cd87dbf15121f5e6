#include <assay/extra/neighbours/item_walks.h>
#include <assay/extra/neighbours/item_weights_recall.h>
#include <assay/plugin.h>

namespace {

/// Three-step random walks over users and items (Cooper et al. 2014, section 3):
///
///     W_ij = sum over u of (1 / |U_i|)^alpha (1 / |I_u|)^alpha, W_ii = 0
///     score(u, j) = sum over i in the history of u of x_ui W_ij
///
/// where U_i are the users of item i and I_u the items of user u; with repeats: each and with
/// weights of event types the probabilities are shares of what pairs count (item_walks.h). Of each
/// item of the history the `neighbours` largest weights are kept, as in the code of Ferrari Dacrema
/// et al. (2019, 2021), who search neighbours 5 to 1000 and alpha 0 to 2; ties go to the smaller id.
class P3Alpha : public assay::extra::ItemWeightsRecall {
 public:
  struct Params {
    double alpha = 1;
    int64_t neighbours = 100;
    bool normalise = false;
    assay::Repeats repeats = assay::Repeats::once;
    int64_t round_decimals = 10;
  };
  static void describe(assay::ParamList<Params>& p) {
    p.add("alpha", &Params::alpha,
          "Power of the transition probabilities: below 1 favours walks over popular items and "
          "over users with many items, above 1 the rare ones.")
        .range(0, 4)
        .tune(0, 2);
    p.add("neighbours", &Params::neighbours,
          "Number of items that each item of the history speaks for; fewer reduce noise and "
          "memory. 0: all.")
        .unit("items")
        .at_least(0)
        .tune_log(5, 1000);
    p.add("normalise", &Params::normalise,
          "The kept weights of each item of the history are divided by their sum, so that all "
          "items of the history speak with the same strength.");
    p.repeats(&Params::repeats);
    assay::extra::describe_rounding(p, &Params::round_decimals, "Scores and weights");
  }
  explicit P3Alpha(const Params& params)
      : ItemWeightsRecall(params.repeats, params.round_decimals), params_(params) {}

  static assay::MemoryUse memory(const assay::DataSizes& sizes, const Params& params) {
    return assay::extra::item_weights_memory(sizes, params.neighbours);
  }

  void fit(const assay::TrainingView& data, assay::FitContext& ctx) override {
    keep(assay::extra::item_walks(data,
                                  {.alpha = params_.alpha,
                                   .neighbours = params_.neighbours,
                                   .normalise = params_.normalise,
                                   .repeats = params_.repeats},
                                  round()),
         ctx);
  }

 private:
  Params params_;
};

}  // namespace

ASSAY_PLUGINS(assay::plugin<P3Alpha>({
    .name = "p3_alpha",
    .doc = "Three-step random walks over users and items, with transition probabilities to a "
           "power.",
    .paper = "Cooper, Lee, Radzik & Siantos 2014, Random Walks in Recommender Systems: Exact "
             "Computation and Simulations",
    .traits = {.additive = true},
}))

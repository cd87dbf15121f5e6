#include <assay/extra/neural/next_item_recall.h>
#include <assay/extra/neural/training_params.h>
#include <assay/plugin.h>

namespace {

using assay::extra::NegativeItems;
using assay::extra::NextItemLoss;
using assay::extra::Precision;

/// The next item of a sequence by attention without a softmax, whose strength says how much of
/// something there was, and with gates (Zhai et al. 2024; hstu_encoder.h has the formulas). It looks
/// at the order of items and, with time_buckets, at how long ago each was. A request without a history
/// gets an empty list.
class Hstu : public assay::extra::NextItemRecall {
 public:
  struct Params {
    int64_t factors = 64;
    int64_t length = 50;
    int64_t layers = 2;
    int64_t heads = 1;
    int64_t time_buckets = 0;
    NextItemLoss loss = NextItemLoss::cross_entropy;
    int64_t negatives = 128;
    NegativeItems negatives_from = NegativeItems::uniform;
    double calibration = 0.75;
    double dropout = 0.2;
    double learning_rate = 1e-3;
    double weight_decay = 0;
    int64_t batch_size = 128;
    int64_t accumulate = 1;
    Precision precision = Precision::fp32;
    int64_t epochs = 50;
    int64_t patience = 0;
    int64_t validate_every = 1;
    double initial_deviation = 0.02;
  };
  static void describe(assay::ParamList<Params>& p);
  explicit Hstu(const Params& params) : NextItemRecall("hstu", settings(params)) {
    if (params.factors % params.heads == 0) return;
    throw assay::InvalidInput("hstu: factors is " + std::to_string(params.factors) +
                              ", which is no multiple of heads, " + std::to_string(params.heads) +
                              "; choose one of them otherwise.");
  }

  static bool validates(const Params& params) { return params.patience > 0; }
  static bool needs_time(const Params& params) { return params.time_buckets > 0; }

 private:
  static assay::extra::SequenceSettings settings(const Params& params) {
    return assay::extra::training_settings(params,
                                           {.kind = assay::extra::EncoderSettings::Kind::hstu,
                                            .width = params.factors,
                                            .length = params.length,
                                            .layers = params.layers,
                                            .heads = params.heads,
                                            .time_buckets = params.time_buckets});
  }
};

void Hstu::describe(assay::ParamList<Params>& p) {
  p.add("factors", &Params::factors,
        "Width of the vectors of items and places; a multiple of heads. The authors' "
        "settings for MovieLens 1M have 50.")
      .range(1, 4096);
  p.add("length", &Params::length,
        "Latest items of a history that are looked at; 200 in the authors' settings for "
        "MovieLens 1M.")
      .unit("items")
      .range(1, 4096);
  p.add("layers", &Params::layers,
        "Layers; 2 in the authors' settings for MovieLens 1M, 8 in those of their large "
        "model.")
      .range(1, 64);
  p.add("heads", &Params::heads,
        "Heads of each layer; 1 in the authors' settings for MovieLens 1M, 2 in those of "
        "their large model.")
      .range(1, 64);
  p.add("time_buckets", &Params::time_buckets,
        "Looks at how long before an item others were, in so many buckets, of which each "
        "is wider by a third than the one before (128 in the authors' code; 64 hold 6 "
        "years). 0: at their order alone, and the data need no times.")
      .range(0, 1024);
  assay::extra::describe_training(p);
}

}  // namespace

ASSAY_PLUGINS(assay::plugin<Hstu>({
    .name = "hstu",
    .doc =
        "The next item by gated attention without a softmax, which may know how long ago each item "
        "was.",
    .paper =
        "Zhai, Liao, Liu, Wang, Li, Cao, Gao, Gong, Gu, He, Lu & Shi 2024, Actions Speak Louder "
        "than "
        "Words: Trillion-Parameter Sequential Transducers for Generative Recommendations, ICML",
    .traits = {.draws_in_fit = true, .validates = true, .needs_time = true},
}))

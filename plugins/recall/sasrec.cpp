#include <assay/extra/neural/next_item_recall.h>
#include <assay/extra/neural/training_params.h>
#include <assay/plugin.h>

namespace {

using assay::extra::NegativeItems;
using assay::extra::NextItemLoss;
using assay::extra::Precision;

/// The next item of a sequence by causal self-attention (Kang & McAuley 2018), with normalisation
/// before each layer. The loss can be that of the paper (one negative a place), a softmax over all
/// items or over a sample, or a calibrated one (Petrov & Macdonald 2023). A request without a history
/// gets an empty list.
class SasRec : public assay::extra::NextItemRecall {
 public:
  struct Params {
    int64_t factors = 64;
    int64_t length = 50;
    int64_t layers = 2;
    int64_t heads = 2;
    int64_t hidden = 256;
    NextItemLoss loss = NextItemLoss::cross_entropy;
    int64_t negatives = 256;
    NegativeItems negatives_from = NegativeItems::uniform;
    double calibration = 0.75;
    double dropout = 0.5;
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
  explicit SasRec(const Params& params) : NextItemRecall("sasrec", settings(params)) {
    if (params.factors % params.heads != 0) {
      throw assay::InvalidInput("sasrec: factors is " + std::to_string(params.factors) +
                                ", which is no multiple of heads, " + std::to_string(params.heads) +
                                "; choose one of them otherwise.");
    }
  }

  static bool validates(const Params& params) { return params.patience > 0; }

 private:
  static assay::extra::SequenceSettings settings(const Params& params) {
    return assay::extra::training_settings(
        params, {.kind = assay::extra::EncoderSettings::Kind::transformer,
                 .width = params.factors,
                 .length = params.length,
                 .layers = params.layers,
                 .heads = params.heads,
                 .hidden = params.hidden});
  }
};

void SasRec::describe(assay::ParamList<Params>& p) {
  p.add("factors", &Params::factors,
        "Width of the vectors of items and places; a multiple of heads.")
      .range(1, 4096);
  p.add("length", &Params::length, "Latest items of a history that are looked at.")
      .unit("items")
      .range(1, 4096);
  p.add("layers", &Params::layers, "Layers of self-attention.").range(1, 64);
  p.add("heads", &Params::heads, "Heads of each layer.").range(1, 64);
  p.add("hidden", &Params::hidden, "Width of the feed-forward part of each layer.").range(1, 65536);
  assay::extra::describe_training(p);
}

}  // namespace

ASSAY_PLUGINS(assay::plugin<SasRec>({
    .name = "sasrec",
    .doc = "The next item by self-attention over the latest ones: strong where the order of events "
           "says something.",
    .paper =
        "Kang & McAuley 2018, Self-Attentive Sequential Recommendation; Petrov & Macdonald 2023, "
        "gSASRec: Reducing Overconfidence in Sequential Recommendation Trained with Negative "
        "Sampling",
    .traits = {.draws_in_fit = true, .validates = true},
}))

#include <assay/extra/neural/next_item_recall.h>
#include <assay/extra/neural/training_params.h>
#include <assay/plugin.h>

namespace {

using assay::extra::NegativeItems;
using assay::extra::NextItemLoss;
using assay::extra::Precision;

/// The next item as the masked one behind a sequence, told by self-attention from both sides (Sun et
/// al. 2019). Unlike the paper's, layers are normalised before they are entered, items have no bias,
/// so that vectors alone rank them, and a tenth of the sequences has its last item masked and no
/// other, as a request has. A request without a history gets an empty list.
class Bert4Rec : public assay::extra::NextItemRecall {
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
    double mask_share = 0.4;
    double dropout = 0.2;
    double learning_rate = 1e-3;
    double weight_decay = 0;
    int64_t batch_size = 128;
    int64_t accumulate = 1;
    Precision precision = Precision::fp32;
    int64_t epochs = 100;
    int64_t patience = 0;
    int64_t validate_every = 1;
    double initial_deviation = 0.02;
  };
  static void describe(assay::ParamList<Params>& p);
  explicit Bert4Rec(const Params& params) : NextItemRecall("bert4rec", settings(params)) {
    if (params.factors % params.heads != 0) {
      throw assay::InvalidInput("bert4rec: factors is " + std::to_string(params.factors) +
                                ", which is no multiple of heads, " + std::to_string(params.heads) +
                                "; choose one of them otherwise.");
    }
  }

  static bool validates(const Params& params) { return params.patience > 0; }

 private:
  static assay::extra::SequenceSettings settings(const Params& params) {
    assay::extra::SequenceSettings all = assay::extra::training_settings(
        params, {.kind = assay::extra::EncoderSettings::Kind::bidirectional,
                 .width = params.factors,
                 .length = params.length,
                 .layers = params.layers,
                 .heads = params.heads,
                 .hidden = params.hidden});
    all.mask_share = params.mask_share;
    return all;
  }
};

void Bert4Rec::describe(assay::ParamList<Params>& p) {
  p.add("factors", &Params::factors,
        "Width of the vectors of items and places; a multiple of heads.")
      .range(1, 4096);
  p.add("length", &Params::length,
        "Latest items of a sequence that are looked at, the masked one among them.")
      .unit("items")
      .range(2, 4096);
  p.add("layers", &Params::layers, "Layers of self-attention.").range(1, 64);
  p.add("heads", &Params::heads, "Heads of each layer.").range(1, 64);
  p.add("hidden", &Params::hidden, "Width of the feed-forward part of each layer.").range(1, 65536);
  p.add("mask_share", &Params::mask_share,
        "Share of the items of a sequence that are masked while learning: more give more to learn "
        "from in an epoch, and less to tell it by.")
      .range(0.01, 0.99);
  assay::extra::describe_training(p);
}

}  // namespace

ASSAY_PLUGINS(assay::plugin<Bert4Rec>({
    .name = "bert4rec",
    .doc =
        "The next item by self-attention to both sides, learnt by telling masked items: needs more "
        "epochs than sasrec.",
    .paper = "Sun, Liu, Wu, Pei, Lin, Ou & Jiang 2019, BERT4Rec: Sequential Recommendation with "
             "Bidirectional Encoder Representations from Transformer (CIKM)",
    .traits = {.draws_in_fit = true, .validates = true},
}))

#include <assay/extra/neural/next_item_recall.h>
#include <assay/extra/neural/training_params.h>
#include <assay/plugin.h>

namespace {

using assay::extra::NegativeItems;
using assay::extra::NextItemLoss;
using assay::extra::Precision;

/// The next item of a sequence by gated recurrent units (Hidasi et al. 2016), learnt at every place
/// of a sequence. A request without a history gets an empty list.
class Gru4Rec : public assay::extra::NextItemRecall {
 public:
  struct Params {
    int64_t factors = 64;
    int64_t length = 50;
    int64_t layers = 1;
    int64_t hidden = 128;
    NextItemLoss loss = NextItemLoss::cross_entropy;
    int64_t negatives = 256;
    NegativeItems negatives_from = NegativeItems::uniform;
    double calibration = 0.75;
    double dropout = 0.3;
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
  explicit Gru4Rec(const Params& params) : NextItemRecall("gru4rec", settings(params)) {}

  static bool validates(const Params& params) { return params.patience > 0; }

 private:
  static assay::extra::SequenceSettings settings(const Params& params) {
    return assay::extra::training_settings(params,
                                           {.kind = assay::extra::EncoderSettings::Kind::gru,
                                            .width = params.factors,
                                            .length = params.length,
                                            .layers = params.layers,
                                            .heads = 1,
                                            .hidden = params.hidden});
  }
};

void Gru4Rec::describe(assay::ParamList<Params>& p) {
  p.add("factors", &Params::factors, "Width of the vectors of items.").range(1, 4096);
  p.add("length", &Params::length, "Latest items of a history that are looked at.")
      .unit("items")
      .range(1, 4096);
  p.add("layers", &Params::layers, "Layers of recurrent units.").range(1, 16);
  p.add("hidden", &Params::hidden, "Width of the state.").range(1, 65536);
  assay::extra::describe_training(p);
}

}  // namespace

ASSAY_PLUGINS(assay::plugin<Gru4Rec>({
    .name = "gru4rec",
    .doc = "The next item by recurrent units over the latest ones: for short sessions, where order "
           "matters more than a long past.",
    .paper = "Hidasi, Karatzoglou, Baltrunas & Tikk 2016, Session-based Recommendations with "
             "Recurrent Neural Networks",
    .traits = {.draws_in_fit = true, .validates = true},
}))

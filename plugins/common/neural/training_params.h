#pragma once
// Part of assay::extra, which promises no stable API or ABI: see assay/extra/README.md.

/// The parameters of training that models of the next item share.

#include <assay/extra/fits/patience.h>
#include <assay/extra/neural/sequence_losses.h>
#include <assay/extra/neural/sequence_model.h>
#include <assay/params.h>

namespace assay::extra {

/// Declares loss, negatives, negatives_from, calibration, dropout, learning_rate, weight_decay, batch_size, accumulate, precision, epochs,
/// patience, validate_every and initial_deviation, members of the same names.
template <typename P>
void describe_training(ParamList<P>& p) {
  p.choice("loss", &P::loss,
           {{"bce", NextItemLoss::bce},
            {"sampled_softmax", NextItemLoss::sampled_softmax},
            {"cross_entropy", NextItemLoss::cross_entropy},
            {"gbce", NextItemLoss::gbce}},
           "What the next item is held against: single negatives (`bce`), a sample that a batch "
           "shares (`sampled_softmax`), all items (`cross_entropy`, the most accurate, and the "
           "dearest with many items), or many negatives with calibrated confidence (`gbce`).");
  p.add("negatives", &P::negatives,
        "Items drawn uniformly: for each place with bce (1 in the paper) and gbce, for each batch "
        "with "
        "sampled_softmax; not used by cross_entropy.")
      .unit("items")
      .range(1, 1000000);
  p.choice(
      "negatives_from", &P::negatives_from,
      {{"uniform", NegativeItems::uniform},
       {"popularity", NegativeItems::popularity},
       {"in_batch", NegativeItems::in_batch},
       {"mixed", NegativeItems::mixed}},
      "Draws negatives uniformly or in proportion to events; with sampled_softmax also takes "
      "the items of the batch (`in_batch`), or those and uniform ones (`mixed`), corrected for "
      "how likely each is. What a user had is never its negative.");
  p.add("calibration", &P::calibration,
        "With gbce: 0 is bce, 1 takes back all of the overconfidence that sampling brings.")
      .range(0, 1);
  p.add("dropout", &P::dropout, "Share of values that a step leaves out: more for little data.")
      .range(0, 0.95);
  p.add("learning_rate", &P::learning_rate, "Of Adam.").range(1e-8, 10);
  p.add("weight_decay", &P::weight_decay,
        "Of the dense layers, decoupled (AdamW); vectors of items do not decay.")
      .range(0, 1);
  p.add("batch_size", &P::batch_size, "Sequences a step.").unit("sequences").range(1, 100000);
  p.add("accumulate", &P::accumulate,
        "Batches whose gradients are averaged for a step: as a larger batch in the memory of a "
        "small one.")
      .unit("batches")
      .range(1, 10000);
  p.choice("precision", &P::precision, {{"fp32", Precision::fp32}, {"auto", Precision::automatic}},
           "What dense layers multiply in while learning: float32, or bfloat16 where a measurement "
           "at the start of the fit says that it pays (`auto`). With `auto` a fit repeats bit by "
           "bit where it measures alike.");
  p.add("epochs", &P::epochs,
        "Passes over the sequences. With patience above 0 the most there may be.")
      .unit("epochs")
      .range(1, 100000);
  describe_patience(p);
  p.add("initial_deviation", &P::initial_deviation,
        "Standard deviation of the normally distributed first weights.")
      .range(1e-9, 10);
}

/// What they say of the training.
template <typename P>
SequenceSettings training_settings(const P& params, EncoderSettings encoder) {
  encoder.initial_deviation = params.initial_deviation;
  return {.encoder = encoder,
          .loss = params.loss,
          .negatives = params.negatives,
          .negatives_from = params.negatives_from,
          .calibration = params.calibration,
          .dropout = params.dropout,
          .learning_rate = params.learning_rate,
          .weight_decay = params.weight_decay,
          .batch_size = params.batch_size,
          .accumulate = params.accumulate,
          .precision = params.precision,
          .epochs = params.epochs,
          .patience = params.patience,
          .validate_every = params.validate_every};
}

}  // namespace assay::extra

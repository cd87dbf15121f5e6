#include "params.h"

#include <assay/extra/fits/patience.h>

namespace assay::two_tower {

void describe_params(ParamList<Params>& p) {
  p.add("factors", &Params::factors, "Width of the vectors.").range(1, 4096);
  p.add("layers", &Params::layers,
        "Dense layers of each tower, with ReLU between them. 0 adds the inputs up: least to learn, "
        "and hard to beat where ids say most.")
      .range(0, 16);
  p.add("hidden", &Params::hidden, "Width between dense layers.").range(1, 65536);
  p.add("user_id", &Params::user_id,
        "Whether users have vectors of their own; without, they are their history and features.");
  p.add("history_length", &Params::history_length,
        "Latest items of a history whose mean is an input of the user. 0 does not look at "
        "histories.")
      .unit("items")
      .range(0, 100000);
  p.choice("similarity", &Params::similarity,
           {{"cosine", Similarity::cosine}, {"dot", Similarity::dot}},
           "How vectors are compared: with length 1, or as they are.");
  p.add("temperature", &Params::temperature,
        "What scores are divided by while learning: with cosine 0.05 to 0.2, lower learns from the "
        "hardest negatives; with dot 1.")
      .range(1e-4, 100);
  p.add("correction", &Params::correction,
        "Corrects the softmax for how likely an item is in a batch. Without it popular items are "
        "pushed down.");
  p.add("negatives", &Params::negatives,
        "Items drawn for each batch beside its own and shared by it (mixed negatives, Yang et al. "
        "2020): they bring rare items in. Positives of a user are never its negatives.")
      .unit("items")
      .range(0, 1000000);
  p.choice("negatives_from", &Params::negatives_from,
           {{"uniform", NegativeSource::uniform}, {"popularity", NegativeSource::popularity}},
           "Draws them uniformly from the catalogue, or in proportion to their positives.");
  p.add("id_dropout", &Params::id_dropout,
        "Share of users, and of items with features, whose own vector a step leaves out, so that "
        "history and features serve where there is none (DropoutNet, Volkovs et al. 2017).")
      .range(0, 0.95);
  p.add("hash_above", &Params::hash_above,
        "Categories of a feature above which they share so many vectors.")
      .unit("categories")
      .range(1, 100000000);
  p.add("text_buckets", &Params::text_buckets, "Vectors that the words of a text feature share.")
      .range(1, 100000000);
  p.add("batch_size", &Params::batch_size,
        "Positive pairs a step: more give more negatives, and fewer steps.")
      .unit("pairs")
      .range(1, 1000000);
  p.add("learning_rate", &Params::learning_rate, "Of Adam.").range(1e-8, 10);
  p.add("lambda", &Params::lambda,
        "L2 penalty of the rows of tables that a step touches; other rows do not decay.")
      .range(0, 10);
  p.add("weight_decay", &Params::weight_decay, "Of the dense layers, decoupled (AdamW).")
      .range(0, 1);
  p.add("epochs", &Params::epochs,
        "Passes over the positives. With patience above 0 the most there may be.")
      .unit("epochs")
      .range(1, 100000);
  extra::describe_patience(p);
  p.repeats(&Params::repeats);
  p.add("initial_deviation", &Params::initial_deviation,
        "Standard deviation of the normally distributed first vectors.")
      .range(1e-9, 10);
}

Settings tower_settings(const Params& params) {
  return {.factors = params.factors,
          .layers = params.layers,
          .hidden = params.hidden,
          .user_id = params.user_id,
          .history_length = params.history_length,
          .similarity = params.similarity,
          .temperature = params.temperature,
          .correction = params.correction,
          .id_dropout = params.id_dropout,
          .learning_rate = params.learning_rate,
          .lambda = params.lambda,
          .weight_decay = params.weight_decay,
          .initial_deviation = params.initial_deviation};
}

}  // namespace assay::two_tower

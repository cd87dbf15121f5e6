#pragma once
// Part of assay::extra, which promises no stable API or ABI: see assay/extra/README.md.

/// What rankers by fields are told.

#include <assay/extra/features/teacher_scores.h>
#include <assay/extra/fields/field_codes.h>
#include <assay/extra/fields/network_reduction.h>
#include <assay/extra/fields/served_precision.h>
#include <assay/params.h>

#include <cstdint>
#include <string>

namespace assay::extra {

/// What the vectors of fields are kept in.
enum class EmbeddingPrecision {
  same,  ///< as the matrices
  fp32,
  bf16,
  fp16,
  int8
};

/// What all rankers by fields are told; describe_fields() says what they mean. A strategy's Params
/// begins with them: struct Params : extra::FieldParams.
struct FieldParams {
  int64_t factors = 16;
  std::string target;
  bool user_id = true;
  bool item_id = true;
  bool user_features = true;
  bool item_features = true;
  bool statistics = true;
  int64_t affinity_categories = 100;
  int64_t hash_above = 1000000;
  int64_t hashes = 1;
  FieldNumbers numbers = FieldNumbers::scaled;
  int64_t buckets = 20;
  Repeats repeats = Repeats::once;
  double negatives = 0;
  int64_t batch_size = 1024;
  double learning_rate = 1e-3;
  double lambda = 0;
  double weight_decay = 0;
  int64_t epochs = 10;
  int64_t patience = 0;
  int64_t validate_every = 1;
  double initial_deviation = 0.01;
  TeacherScores distill_scores = TeacherScores::probabilities;
  double distill_weight = 0.5;
  double distill_temperature = 1;
  ServedPrecision precision = ServedPrecision::fp32;
  EmbeddingPrecision embeddings = EmbeddingPrecision::same;
  double pruning = 0;
  PrunedParts pruned = PrunedParts::weights;
  int64_t low_rank = 0;

  ServedPrecision table_precision() const {
    switch (embeddings) {
      case EmbeddingPrecision::fp32:
        return ServedPrecision::fp32;
      case EmbeddingPrecision::bf16:
        return ServedPrecision::bf16;
      case EmbeddingPrecision::fp16:
        return ServedPrecision::fp16;
      case EmbeddingPrecision::int8:
        return ServedPrecision::int8;
      default:
        return precision;
    }
  }
  ReductionSettings reduction() const {
    return {.pruning = pruning, .pruned = pruned, .low_rank = low_rank};
  }
};

namespace detail {

/// A member of the shared parameters as one of P, which has them.
template <typename P, typename T>
T P::*of(T FieldParams::*member) {
  return member;
}

}  // namespace detail

template <typename P>
void describe_field_choice(ParamList<P>& p) {
  using detail::of;
  p.add("factors", of<P>(&FieldParams::factors), "Width of the vectors of fields.").range(1, 4096);
  p.add("user_id", of<P>(&FieldParams::user_id), "Whether users are a field.");
  p.add("item_id", of<P>(&FieldParams::item_id), "Whether items are a field.");
  p.add("user_features", of<P>(&FieldParams::user_features), "Learn from the users' features.");
  p.add("item_features", of<P>(&FieldParams::item_features), "Learn from the items' features.");
  p.add("statistics", of<P>(&FieldParams::statistics),
        "Learn from what earlier stages say of a candidate (scores, sources, place), from how much "
        "of "
        "the history shares its categories, from its popularity and the length of the history.");
  p.add("affinity_categories", of<P>(&FieldParams::affinity_categories),
        "For item features with at most this many categories, the share of the user's history in "
        "the candidate's categories is one of the statistics. 0: none.")
      .unit("categories")
      .range(0, 10000);
  p.add("hash_above", of<P>(&FieldParams::hash_above),
        "Users, items and categories of a field above which they share so many vectors, by a hash: "
        "fewer need less memory and cause more collisions.")
      .unit("categories")
      .range(1, 1e9);
  p.add("hashes", of<P>(&FieldParams::hashes),
        "With hash_above: vectors that a hashed category is the sum of. Of two that share one with "
        "1, "
        "hardly any share both with 2 (Serrà & Karatzoglou 2017, Getting Deep Recommenders Fit: "
        "Bloom "
        "Embeddings); each costs a lookup.")
      .range(1, 8);
  p.choice("numbers", of<P>(&FieldParams::numbers),
           {{"scaled", FieldNumbers::scaled}, {"buckets", FieldNumbers::buckets}},
           "What a number becomes: a vector times the standardised number, or the vector of the "
           "bucket that it lies in, which follows what is not linear. What is missing has a vector "
           "of its own.");
  p.add("buckets", of<P>(&FieldParams::buckets),
        "With numbers: buckets. Of about equally many known numbers each.")
      .range(2, 100000);
  p.repeats(of<P>(&FieldParams::repeats));
}

/// What a ranker of one target is told beside.
template <typename P>
void describe_one_target(ParamList<P>& p) {
  using detail::of;
  p.add("target", of<P>(&FieldParams::target),
        "The target that is learnt; empty for the first, the ground truth.");
  p.add("negatives", of<P>(&FieldParams::negatives),
        "Candidates of label 0 that are learnt from for each of label 1, drawn anew in each epoch: "
        "for data in which positives are rare. Probabilities are corrected for what was left out "
        "(He "
        "et al. 2014). 0: all.")
      .range(0, 1e6);
}

template <typename P>
void describe_field_stopping(ParamList<P>& p) {
  using detail::of;
  p.add("patience", of<P>(&FieldParams::patience),
        "Stops once so many validations in a row have not improved on the best one, whose weights "
        "are kept. 0 learns for all epochs and needs no validation window.")
      .unit("validations")
      .range(0, 10000);
  p.add("validate_every", of<P>(&FieldParams::validate_every),
        "With patience: epochs between validations.")
      .unit("epochs")
      .range(1, 10000);
}

template <typename P>
void describe_field_training(ParamList<P>& p) {
  using detail::of;
  p.add("batch_size", of<P>(&FieldParams::batch_size), "Candidates a step.")
      .unit("candidates")
      .range(1, 1e7);
  p.add("learning_rate", of<P>(&FieldParams::learning_rate), "Of Adam.")
      .range(1e-8, 10)
      .tune_log(1e-4, 1e-2);
  p.add("lambda", of<P>(&FieldParams::lambda),
        "L2 penalty of the vectors that a step touches; other vectors do not decay.")
      .range(0, 10);
  p.add("weight_decay", of<P>(&FieldParams::weight_decay),
        "Of the dense layers, decoupled (AdamW).")
      .range(0, 1);
  p.add("epochs", of<P>(&FieldParams::epochs),
        "Passes over the candidates. With patience above 0 the most there may be.")
      .unit("epochs")
      .range(1, 100000);
  describe_field_stopping(p);
  p.add("initial_deviation", of<P>(&FieldParams::initial_deviation),
        "Standard deviation of the normally distributed first vectors.")
      .range(1e-9, 10);
}

/// The input under which rankers by fields find who teaches them.
inline constexpr char kTeacher[] = "distill_from";

template <typename P>
void describe_field_teacher(ParamList<P>& p) {
  using detail::of;
  p.input(kTeacher, PluginKind::rank,
          "A fitted ranker to learn from beside the labels, mostly a larger one (Hinton et al. "
          "2015): it scores the candidates of training as they reach this stage. It is not asked "
          "while serving.");
  p.choice("distill_scores", of<P>(&FieldParams::distill_scores),
           {{"probabilities", TeacherScores::probabilities}, {"log_odds", TeacherScores::log_odds}},
           "With distill_from: what its scores are. Rankers by fields and logistic_regression give "
           "`probabilities`, gbdt `log_odds`.");
  p.add("distill_weight", of<P>(&FieldParams::distill_weight),
        "With distill_from: the teacher's share of the loss; the labels have the rest. 1 learns "
        "from the teacher alone.")
      .range(0, 1);
  p.add("distill_temperature", of<P>(&FieldParams::distill_temperature),
        "With distill_from: what the log-odds of both are divided by. Above 1 it counts more how "
        "the teacher orders what it holds for unlikely.")
      .range(0.01, 100);
}

template <typename P>
void describe_field_precision(ParamList<P>& p) {
  p.choice(
      "precision", detail::of<P>(&FieldParams::precision),
      {{"fp32", ServedPrecision::fp32},
       {"bf16", ServedPrecision::bf16},
       {"fp16", ServedPrecision::fp16},
       {"int8", ServedPrecision::int8}},
      "Numbers that the fitted model is kept in, vectors and matrices; the note `bytes` of the "
      "fit says how much that is. `bf16` also multiplies matrices in them, while it learns "
      "too, and is an error on a CPU that cannot. `int8` multiplies whole numbers, with a "
      "scale for each row of a matrix and each candidate; it learns in float32. `fp16` is half "
      "the size alone, since CPUs are slow in it: it multiplies in float32.");
  p.choice(
      "embeddings", detail::of<P>(&FieldParams::embeddings),
      {{"same", EmbeddingPrecision::same},
       {"fp32", EmbeddingPrecision::fp32},
       {"bf16", EmbeddingPrecision::bf16},
       {"fp16", EmbeddingPrecision::fp16},
       {"int8", EmbeddingPrecision::int8}},
      "Numbers that the vectors of users, items and categories are kept in, mostly the largest "
      "part of a model: as `precision` says, or others than those of the layers. They are read, "
      "not multiplied, so that every CPU can; `int8` has 127 steps and a scale for each vector.");
}

/// For networks with dense layers.
/// @param more  what a strategy adds of its rank
template <typename P>
void describe_field_reduction(ParamList<P>& p, const std::string& more = "") {
  using detail::of;
  p.add("pruning", of<P>(&FieldParams::pruning),
        "Share of the weights, or units, of dense layers that are set to 0 after half of the "
        "epochs, those of the smallest magnitude; what is left learns on. 0: none.")
      .range(0, 0.999);
  p.choice("pruned", of<P>(&FieldParams::pruned),
           {{"weights", PrunedParts::weights}, {"units", PrunedParts::units}},
           "With pruning: single weights of each matrix (Han et al. 2015), which regularises, but "
           "saves neither time nor memory, since matrices keep their size; or whole units of all "
           "hidden layers but the last (Li et al. 2017), which are then left out.");
  p.add("low_rank", of<P>(&FieldParams::low_rank),
        "Rank of the matrices of dense layers: after half of the epochs each becomes the nearest "
        "product of two narrow ones, by its singular values, and learns on as such. One that this "
        "would not make smaller stays whole. 0: whole matrices." +
            more)
      .range(0, 65536);
}

/// Declares all members of FieldParams but those of describe_field_reduction().
template <typename P>
void describe_fields(ParamList<P>& p) {
  describe_one_target(p);
  describe_field_choice(p);
  describe_field_teacher(p);
  describe_field_training(p);
  describe_field_precision(p);
}

}  // namespace assay::extra

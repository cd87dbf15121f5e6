#pragma once
// Part of assay::extra, which promises no stable API or ABI: see assay/extra/README.md.

/// Rankers by a network over embedded fields: all but the network.

#include <assay/abi.h>
#include <assay/extra/features/teacher_scores.h>
#include <assay/extra/fields/field_examples.h>
#include <assay/extra/fields/field_network.h>
#include <assay/extra/fields/field_table.h>
#include <assay/extra/fits/epoch_loop.h>
#include <assay/extra/neural/fused_adamw.h>
#include <assay/params.h>
#include <assay/strategy.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace assay::extra {

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
};

/// The fields that `params` ask for.
FieldChoice field_choice(const FieldParams& params, int64_t history_length);

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

/// Declares all members of FieldParams.
template <typename P>
void describe_fields(ParamList<P>& p) {
  describe_one_target(p);
  describe_field_choice(p);
  describe_field_teacher(p);
  describe_field_training(p);
}

/// Those of every FieldRanker.
inline Traits field_traits() {
  return {.draws_in_fit = true,
          .scores = Traits::Scores::probability,
          .validates = true,
          .learns_from_candidates = true,
          .cpu_only = true};
}

/// The probability of a positive, by a network over the vectors of the fields of user, item, request
/// and candidate, learnt from labelled candidates with the log loss: row-wise Adam for the one table
/// of vectors, AdamW for dense layers. It works on the CPU (trait `cpu_only`).
///
/// A vector that no candidate of training had, such as that of an item that it did not hold, is 0 when
/// it serves. Where all labels are equal nothing is learnt, and the order of the candidates is kept.
class FieldRanker : public RankStrategy, private EpochModel {
 public:
  void fit(const TrainingView& data, LabelledCandidates& candidates, FitContext& ctx) override;
  CandidateBatch rank(const RequestBatch& requests, const CandidateBatch& candidates,
                      const ServeContext& ctx) const override;
  /// What each field adds to the log-odds, as far as the network is a sum (FieldNetwork::terms).
  std::optional<Explanation> explain(const RequestBatch& requests, const CandidateBatch& candidates,
                                     const ServeContext& ctx) const override;
  void save(Archive& archive) const override;
  void load(const Archive& archive, const LoadContext& ctx) override;

 protected:
  /// @param who  the strategy, for messages
  FieldRanker(std::string who, const FieldParams& params,
              std::unique_ptr<const FieldNetwork> network);
  /// Places in candidates.targets() of what is learnt: that of `target`, where not overridden. Throws
  /// InvalidInput for a name that the data do not have.
  virtual std::vector<int64_t> targets(const LabelledCandidates& candidates) const;

 private:
  double learn_epoch(int64_t epoch, FitContext& ctx) override;
  void serve() override;
  NamedTensors weights() const override;
  void keep_optimisers(Archive& archive) const override;
  void restore_optimisers(const Archive& archive) override;

  ExampleOutcomes outcomes(const LabelledCandidates& candidates, const FitContext& ctx) const;
  void count_labels(const std::vector<std::string>& names, FitContext& ctx);
  double constant_score() const;
  void start(FitContext& ctx);
  void mark_learnt();
  std::vector<int64_t> order_of(int64_t epoch) const;
  double learn(std::span<const int64_t> which, Dropout& dropout);
  struct Embedded;
  Embedded embed(const FieldBatch& batch, int64_t first, int64_t count,
                 const at::Tensor& table) const;
  FieldInputs inputs_of(const Embedded& rows) const;
  at::Tensor logits(const Embedded& rows, const Parameters& layers, Dropout& dropout) const;
  template <typename Body>
  void for_each_block(const FieldBatch& batch, const Body& body) const;
  at::Tensor probabilities(const FieldBatch& batch) const;
  int64_t width() const { return params_.factors + (network_->is_linear() ? 1 : 0); }

  std::string who_;
  FieldParams params_;
  std::unique_ptr<const FieldNetwork> network_;
  FieldSpace space_;
  bool learns_ = false;        // false where all labels of each target are alike
  std::vector<double> prior_;  // log-odds of all labels of each target
  double keep_ = 1;            // the share of negatives that an epoch learns from
  at::Tensor served_;          // float32 [rows, width]
  Parameters served_layers_;   // the constants of the targets first

  // As it learns.
  std::optional<FieldExamples> examples_;
  FieldTable table_;
  Parameters layers_;
  FusedAdamW layer_adam_;
  std::vector<bool> learnt_;  // [rows]
  uint64_t seed_ = 0;
};

}  // namespace assay::extra

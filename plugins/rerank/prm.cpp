#include <ATen/CPUGeneratorImpl.h>
#include <ATen/TensorOperators.h>
#include <ATen/core/grad_mode.h>
#include <ATen/ops/full.h>
#include <ATen/ops/linear.h>
#include <ATen/ops/tensor.h>
#include <ATen/ops/zeros.h>
#include <assay/error.h>
#include <assay/extra/fields/field_model.h>
#include <assay/extra/fields/field_table.h>
#include <assay/extra/fits/epochs.h>
#include <assay/extra/lists/choose_each_list.h>
#include <assay/extra/neural/fused_adamw.h>
#include <assay/extra/neural/sequence_encoder.h>
#include <assay/extra/sampling/split_mix.h>
#include <assay/plugin.h>

#include <algorithm>
#include <limits>
#include <memory>
#include <numeric>
#include <string>
#include <vector>

namespace assay {
namespace {

constexpr int64_t kTrialBatches = 4;

struct PrmParams : extra::FieldParams {
  PrmParams() {
    batch_size = 32;
    learning_rate = 1e-3;
  }
  int64_t width = 64;
  int64_t blocks = 2;
  int64_t heads = 2;
  int64_t hidden = 128;
  double dropout = 0.1;
};

/// The candidates of one request, next to each other among the examples.
struct LearntList {
  int64_t first, count;
};

/// PRM (Pei et al. 2019): what a candidate is worth depends on what stands around it. Each candidate is
/// the vectors of its fields (user, item, request, and what earlier stages say of it), mapped to one
/// vector and added to that of its place in the list; a transformer without a mask lets all of them see
/// each other, and a softmax over the list says which is chosen:
///
///     P(i) = softmax over the list of w . transformer(W x + place)_i,   loss = - sum over positives of log P(i)
///
/// The paper's personalised vector is the last hidden layer of a ranker that was trained before; here
/// the fields of the user stand in its place, and are learnt with the rest.
class Prm : public RerankStrategy, private extra::EpochModel {
 public:
  using Params = PrmParams;
  static void describe(ParamList<Params>& p) {
    extra::describe_field_choice(p);
    p.add("target", extra::detail::of<Params>(&extra::FieldParams::target),
          "The target that is learnt; empty for the first, the ground truth.");
    p.add("width", &Params::width, "Width of the transformer; a multiple of heads.").range(1, 4096);
    p.add("blocks", &Params::blocks, "Blocks of the transformer.").range(1, 64);
    p.add("heads", &Params::heads, "Heads of its attention.").range(1, 64);
    p.add("hidden", &Params::hidden, "Width of its feed-forward layers.").range(1, 65536);
    p.add("dropout", &Params::dropout, "Share of values that a step leaves out.").range(0, 0.95);
    describe_training(p);
  }
  static bool validates(const Params& params) { return params.patience > 0; }

  explicit Prm(const Params& params) : params_(params), space_(extra::field_choice(params, 0)) {
    if (params.width % params.heads != 0) {
      throw InvalidInput("prm: width is " + std::to_string(params.width) +
                         ", which is no multiple of heads (" + std::to_string(params.heads) + ").");
    }
  }

  void fit(const TrainingView& data, LabelledCandidates& candidates, FitContext& ctx) override {
    examples_ = space_.learn(data, candidates,
                             {.targets = {extra::target_named(candidates, params_.target, "prm")}},
                             ctx.features());
    if (space_.fields() == 0) {
      throw InvalidInput(
          "prm: there is no field to learn from: user_id, item_id and statistics are false and the "
          "data have no features; set one of them.");
    }
    find_lists();
    ctx.note("candidates", std::to_string(examples_->size()));
    ctx.note("lists", std::to_string(lists_.size()));
    learns_ = !lists_.empty();
    if (learns_) {
      start(ctx);
      extra::learn_epochs(*this,
                          {.who = "prm",
                           .epochs = params_.epochs,
                           .patience = params_.patience,
                           .validate_every = params_.validate_every,
                           .learning_rate = params_.learning_rate},
                          ctx);
    } else {
      ctx.note("warning", "no list has a positive beside another candidate: the order is kept");
    }
    examples_.reset();
    table_ = extra::FieldTable();
  }

  CandidateBatch rerank(const RequestBatch& requests, const CandidateBatch& candidates, int64_t n,
                        const ServeContext& ctx) const override {
    const at::Tensor worth = learns_ ? worth_of(requests, candidates, ctx.features())
                                     : at::zeros(candidates.item.sizes(), at::kDouble);
    return extra::choose_each_list(candidates, worth, n, [] {
      return [order = std::vector<int64_t>()](const extra::ListToChoose& list) mutable {
        order.resize(list.items.size());
        std::iota(order.begin(), order.end(), 0);
        std::ranges::stable_sort(
            order, [&](int64_t a, int64_t b) { return list.worth[a] > list.worth[b]; });
        std::copy_n(order.begin(), std::min(order.size(), list.places.size()), list.places.begin());
      };
    });
  }

  void save(Archive& archive) const override {
    space_.save(archive);
    archive.put_text("length", std::to_string(learns_ ? length_ : 0));
    if (!learns_) return;
    archive.put("table", served_);
    for (const auto& [name, value] : served_layers_) archive.put("layers." + name, value);
  }

  void load(const Archive& archive, const LoadContext& ctx) override {
    space_.load(archive, *ctx.features);
    length_ = std::stoll(archive.text("length"));
    learns_ = length_ > 0;
    if (!learns_) return;
    make_network();
    served_ = archive.tensor("table").contiguous();
    served_layers_ = drawn(at::detail::createCPUGenerator(0));
    for (auto& [name, value] : served_layers_) value = archive.tensor("layers." + name);
  }

 private:
  static void describe_training(ParamList<Params>& p) {
    using extra::FieldParams, extra::detail::of;
    p.add("batch_size", of<Params>(&FieldParams::batch_size), "Lists a step.")
        .unit("lists")
        .range(1, 1e6);
    p.add("learning_rate", of<Params>(&FieldParams::learning_rate), "Of Adam.")
        .range(1e-8, 10)
        .tune_log(1e-4, 1e-2);
    p.add("weight_decay", of<Params>(&FieldParams::weight_decay),
          "Of the dense layers, decoupled (AdamW).")
        .range(0, 1);
    p.add("epochs", of<Params>(&FieldParams::epochs),
          "Passes over the lists. With patience above 0 the most there may be.")
        .unit("epochs")
        .range(1, 100000);
    extra::describe_field_stopping(p);
  }

  // A list without a positive, and one of positives alone, says nothing.
  void find_lists() {
    lists_.clear();
    length_ = 0;
    for (int64_t first = 0, last = 0; first < examples_->size(); first = last) {
      int64_t positives = 0;
      for (last = first;
           last < examples_->size() && examples_->request[last] == examples_->request[first];
           ++last)
        positives += examples_->label[last] >= 0.5F ? 1 : 0;
      length_ = std::max(length_, last - first);
      if (positives > 0 && positives < last - first) lists_.push_back({first, last - first});
    }
  }

  void make_network() {
    encoder_ = extra::make_encoder({.kind = extra::EncoderSettings::Kind::bidirectional,
                                    .width = params_.width,
                                    .length = length_,
                                    .layers = params_.blocks,
                                    .heads = params_.heads,
                                    .hidden = params_.hidden});
  }

  // The map from fields and the last layer, then the transformer.
  extra::Parameters drawn(at::Generator generator) const {
    const int64_t fields = space_.fields() * params_.factors;
    extra::Parameters all = extra::hidden_layers("in.", fields, {params_.width}, generator);
    all = extra::together(all, extra::projection("out.", params_.width, generator));
    extra::Parameters of_encoder = encoder_->draw(generator);
    of_encoder.pop_back();  // the vector of an item that is masked, which no list has
    for (auto& [name, value] : of_encoder) name = "encoder." + name;
    return extra::together(all, of_encoder);
  }

  // Vectors begin at 0, so that what no list held says nothing; the map from them does not.
  void start(FitContext& ctx) {
    at::Generator generator = ctx.generator();
    seed_ = generator.current_seed();
    table_ = extra::FieldTable(at::zeros({space_.table_rows(), params_.factors}, at::kFloat),
                               {.learning_rate = params_.learning_rate, .weight_decay = 0});
    make_network();
    layers_ = drawn(generator);
    adam_ = extra::FusedAdamW(
        layers_, {.learning_rate = params_.learning_rate, .weight_decay = params_.weight_decay});
  }

  /// float32 [L, longest], log-odds before the softmax over each list; -inf behind its end.
  /// @param vectors  float32 [rows of all lists, fields, factors]
  at::Tensor logits(const at::Tensor& vectors, const std::vector<int64_t>& counts,
                    const extra::Parameters& layers, extra::Dropout& dropout) const {
    const auto lists = std::ssize(counts);
    const int64_t longest = *std::ranges::max_element(counts);
    std::vector<int64_t> place, position(static_cast<size_t>(lists * longest), -1);
    for (int64_t list = 0; list < lists; ++list) {
      for (int64_t at = 0; at < counts[list]; ++at) {
        place.push_back(list * longest + at);
        position[place.back()] = std::min(at, length_ - 1);
      }
    }
    const at::Tensor where = at::tensor(place, at::kLong);
    const at::Tensor rows = at::linear(vectors.flatten(1), layers[0].second, layers[1].second);
    const at::Tensor padded = at::zeros({lists * longest, params_.width}, at::kFloat)
                                  .index_copy(0, where, rows)
                                  .view({lists, longest, params_.width});
    const at::Tensor seen = encoder_->encode(
        padded, {at::tensor(position, at::kLong).view({lists, longest})},
        extra::Parameters(layers.begin() + 3, layers.end()), dropout, /*bf16=*/false);
    const at::Tensor said =
        extra::projected(seen.flatten(0, 1).index_select(0, where), layers[2].second);
    return at::full({lists * longest}, -std::numeric_limits<float>::infinity(), at::kFloat)
        .index_copy(0, where, said)
        .view({lists, longest});
  }

  double learn_epoch(int64_t epoch, FitContext& ctx) override {
    extra::SplitMix random(seed_, static_cast<uint64_t>(epoch));
    std::vector<LearntList> order = lists_;
    for (size_t left = order.size(); left > 1; --left)
      std::swap(order[left - 1], order[random.below(static_cast<uint32_t>(left))]);
    // Another stream than that of the order; the same number gives the same epoch.
    extra::Dropout dropout(params_.dropout,
                           at::detail::createCPUGenerator(
                               extra::SplitMix(seed_ + 1, static_cast<uint64_t>(epoch)).bits()));
    const int64_t all = (std::ssize(order) + params_.batch_size - 1) / params_.batch_size;
    const int64_t count = ctx.trial() ? std::min(kTrialBatches, all) : all;
    double sum = 0, learnt = 0;
    for (int64_t n = 0; n < count && !ctx.stop_requested(); ++n) {
      const int64_t first = n * params_.batch_size;
      const int64_t size = std::min(params_.batch_size, std::ssize(order) - first);
      sum += static_cast<double>(size) * learn(std::span(order).subspan(first, size), dropout);
      learnt += static_cast<double>(size);
      ctx.progress((epoch - 1) * count + n + 1, params_.epochs * count);
    }
    return sum / std::max(learnt, 1.0);
  }

  double learn(std::span<const LearntList> lists, extra::Dropout& dropout) {
    std::vector<int64_t> which, counts, place;
    std::vector<float> share;  // of the loss, by candidate
    for (const LearntList& list : lists) {
      for (int64_t row = list.first; row < list.first + list.count; ++row) {
        which.push_back(row);
        share.push_back(examples_->label[row] >= 0.5F ? examples_->weight[row] : 0);
      }
      counts.push_back(list.count);
    }
    const int64_t longest = *std::ranges::max_element(counts);
    for (int64_t list = 0; list < std::ssize(counts); ++list)
      for (int64_t at = 0; at < counts[list]; ++at) place.push_back(list * longest + at);
    const extra::FieldBatch batch = space_.batch(*examples_, which);
    const at::Tensor vectors = extra::embedded(batch.rows, table_.table()).requires_grad_();
    const extra::Parameters leaves = adam_.leaves();
    const at::Tensor log_share = logits(vectors, counts, leaves, dropout).log_softmax(1);
    const at::Tensor shares = at::tensor(share, at::kFloat);
    const at::Tensor loss =
        -(log_share.flatten().index_select(0, at::tensor(place, at::kLong)) * shares).sum() /
        shares.sum();
    loss.backward();
    table_.step(std::vector<extra::FieldGradient>{{&batch.rows, vectors.grad()}});
    adam_.step(extra::gradients_of(leaves));
    return loss.item<double>();
  }

  // A list at a time, so that it has the same bits beside any others.
  at::Tensor worth_of(const RequestBatch& requests, const CandidateBatch& candidates,
                      const Features& features) const {
    const at::NoGradGuard no_gradients;
    const extra::FieldBatch batch = space_.batch(requests, candidates, features);
    const at::Tensor counts = candidates.item.ge(0).sum(1);
    at::Tensor worth = at::zeros(candidates.item.sizes(), at::kDouble);
    extra::Dropout none;
    for (int64_t list = 0; list < candidates.size(); ++list) {
      const auto count = counts[list].item<int64_t>();
      if (count == 0) continue;
      const at::Tensor vectors =
          extra::embedded(batch.rows, list * candidates.width(), count, served_);
      worth[list].slice(0, 0, count).copy_(logits(vectors, {count}, served_layers_, none)[0]);
    }
    return worth;
  }

  void serve() override {
    served_ = table_.table().clone();
    served_layers_ = layers_;
    for (auto& [name, value] : served_layers_) value = value.clone();
  }
  extra::NamedTensors weights() const override {
    return extra::together({{"table", table_.table()}}, layers_);
  }
  void keep_optimisers(Archive& archive) const override {
    table_.keep(archive);
    adam_.keep(archive, "adam.layers.");
  }
  void restore_optimisers(const Archive& archive) override {
    table_.restore(archive);
    adam_.restore(archive, "adam.layers.");
  }

  PrmParams params_;
  extra::FieldSpace space_;
  std::unique_ptr<extra::SequenceEncoder> encoder_;
  bool learns_ = false;
  int64_t length_ = 0;  // places of the longest list; those behind are as the last one
  at::Tensor served_;   // float32 [rows, factors]
  extra::Parameters served_layers_;

  // As it learns.
  std::optional<extra::FieldExamples> examples_;
  std::vector<LearntList> lists_;
  extra::FieldTable table_;
  extra::Parameters layers_;
  extra::FusedAdamW adam_;
  uint64_t seed_ = 0;
};

}  // namespace
}  // namespace assay

ASSAY_PLUGINS(assay::plugin<assay::Prm>({
    .name = "prm",
    .doc = "Reorders the list by a transformer over it, in which each candidate sees all others, "
           "learnt from lists of which it is known what was chosen.",
    .paper = "Pei, Zhang, Zhang, Sun, Lin, Sun, Wu, Jiang, Ge, Ou & Pei 2019, Personalized "
             "Re-ranking for Recommendation, RecSys",
    .traits =
        {.draws_in_fit = true, .validates = true, .learns_from_candidates = true, .cpu_only = true},
}))

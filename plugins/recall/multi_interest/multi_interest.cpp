#include <ATen/CPUGeneratorImpl.h>
#include <ATen/TensorOperators.h>
#include <ATen/ops/arange.h>
#include <ATen/ops/cross_entropy_loss.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/full.h>
#include <ATen/ops/tensor.h>
#include <assay/extra/factors/row_adam.h>
#include <assay/extra/factors/touched_rows.h>
#include <assay/extra/fits/epoch_loop.h>
#include <assay/extra/fits/patience.h>
#include <assay/extra/neural/fused_adamw.h>
#include <assay/extra/neural/sequence_batches.h>
#include <assay/extra/neural/sequence_losses.h>
#include <assay/extra/sampling/split_mix.h>
#include <assay/plugin.h>

#include <algorithm>
#include <limits>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "interests.h"

namespace assay::multi_interest {
namespace {

constexpr int64_t kTrialBatches = 8;

// The given requests, without what a search by vectors does not look at.
RequestBatch selected(const RequestBatch& requests, const at::Tensor& rows) {
  RequestBatch some;
  some.request = requests.request.index_select(0, rows);
  some.user = requests.user.index_select(0, rows);
  if (requests.excluded.rows() > 0) some.excluded = requests.excluded.select(rows);
  if (requests.allowed) some.allowed = requests.allowed->select(rows);
  some.time_us = requests.time_us.index_select(0, rows);
  return some;
}

// Of lists [B * K, k], K a user, one a user: an item counts where it is best.
CandidateBatch best_of_interests(const CandidateBatch& lists, int64_t interests) {
  const int64_t k = lists.width(), width = interests * k;
  const at::Tensor item = lists.item.view({-1, width}), score = lists.score.view({-1, width});
  // By item, and those of one item by falling score.
  const at::Tensor by_score = std::get<1>(score.sort(/*stable=*/true, 1, /*descending=*/true));
  const at::Tensor by_item = std::get<1>(item.gather(1, by_score).sort(/*stable=*/true, 1, false));
  const at::Tensor place = by_score.gather(1, by_item);
  const at::Tensor ascending = item.gather(1, place);
  at::Tensor kept = score.gather(1, place);
  kept.slice(1, 1).masked_fill_(ascending.slice(1, 1).eq(ascending.slice(1, 0, width - 1)),
                                -std::numeric_limits<double>::infinity());
  // Stable, so that equal scores go to the smaller item.
  const auto [top, at] = kept.sort(/*stable=*/true, 1, /*descending=*/true);
  const at::Tensor best = top.slice(1, 0, k);
  return {.item = ascending.gather(1, at.slice(1, 0, k)).masked_fill(best.isinf(), -1),
          .score = best};
}

/// Several interests of a user by self-attention over the history (ComiRec-SA, Cen et al. 2020;
/// interests.h has the formulas), where one vector would be a mean of unlike things:
///
///     score(u, j) = max over the interests v of u of v . e_j
///
/// In training the interest that is nearest to the next item is held against other items: a sample
/// that a batch shares, or all. What the paper calls controllable, trading accuracy for lists of
/// several categories, is a reranker here: mmr, category_quota. A request without a history gets an
/// empty list.
class MultiInterest : public RecallStrategy, private extra::EpochModel {
 public:
  enum class Loss { sampled_softmax, cross_entropy };
  struct Params {
    int64_t factors = 64;
    int64_t interests = 4;
    int64_t attention = 256;
    int64_t length = 20;
    Loss loss = Loss::sampled_softmax;
    int64_t negatives = 1280;
    double learning_rate = 1e-3;
    double weight_decay = 0;
    int64_t batch_size = 128;
    int64_t epochs = 50;
    int64_t patience = 0;
    int64_t validate_every = 1;
    double initial_deviation = 0.05;
  };
  static void describe(ParamList<Params>& p);
  explicit MultiInterest(const Params& params)
      : params_(params),
        network_({.width = params.factors,
                  .interests = params.interests,
                  .attention = params.attention,
                  .length = params.length,
                  .initial_deviation = params.initial_deviation}) {}

  static bool validates(const Params& params) { return params.patience > 0; }

  void fit(const TrainingView& data, FitContext& ctx) override;
  CandidateBatch recall(const RequestBatch& requests, int64_t k,
                        const ServeContext&) const override;

  void save(Archive& archive) const override {
    for (const auto& [name, value] : weights()) archive.put(name, value);
  }
  void load(const Archive& archive, const LoadContext& ctx) override {
    items_ = archive.tensor("items").to(ctx.device);
    layers_ = network_.draw(at::detail::createCPUGenerator(0));
    for (auto& [name, value] : layers_) value = archive.tensor(name).to(ctx.device);
  }

 private:
  double learn_epoch(int64_t epoch, FitContext& ctx) override;
  void serve() override {}
  extra::NamedTensors weights() const override {
    extra::NamedTensors all = {{"items", items_}};
    all.insert(all.end(), layers_.begin(), layers_.end());
    return all;
  }
  void keep_optimisers(Archive& archive) const override {
    archive.put("adam.items.mean", item_adam_.mean());
    archive.put("adam.items.square", item_adam_.square());
    archive.put("adam.items.steps", at::tensor({item_adam_.steps()}, at::kLong));
    layer_adam_.keep(archive, "adam.");
  }
  void restore_optimisers(const Archive& archive) override {
    item_adam_.restore(archive.tensor("adam.items.mean"), archive.tensor("adam.items.square"),
                       archive.tensor("adam.items.steps").item<int64_t>());
    layer_adam_.restore(archive, "adam.");
  }
  /// What a step learns from: places in `table`.
  struct Rows {
    at::Tensor seen;         // int64 [B, n]
    at::Tensor next;         // int64 [T]
    at::Tensor others = {};  // int64 [M], negatives; not defined where the table is the catalogue
    at::Tensor rows = {};    // int64 [R], items of the table
    at::Tensor table = {};   // float32 [R, D], a leaf
  };
  Rows rows_of(const extra::NextItemBatch& batch, extra::SplitMix& random);
  at::Tensor loss_of(const Rows& rows, const at::Tensor& interests) const;
  double step(const extra::NextItemBatch& batch, extra::SplitMix& random);
  // float32 [B, K, D], of histories that are not empty.
  at::Tensor interests_of(const extra::RaggedSpans& rows, const std::vector<int64_t>& these) const;

  Params params_;
  Interests network_;
  at::Tensor items_;            // float32 [N, D]
  extra::NamedTensors layers_;  // of the network
  // While it learns.
  extra::RowAdam item_adam_;
  extra::FusedAdamW layer_adam_;
  extra::TouchedRows touched_;
  std::optional<extra::SequenceBatches> batches_;
  uint64_t seed_ = 0;
};

void MultiInterest::describe(ParamList<Params>& p) {
  p.add("factors", &Params::factors, "Width of the vectors of items and interests.").range(1, 4096);
  p.add("interests", &Params::interests,
        "Interests of a user. 1 is a weighted mean of the history; the paper finds 4 best.")
      .unit("interests")
      .range(1, 64)
      .tune(1, 8);
  p.add("attention", &Params::attention,
        "Width of the hidden layer that says how much an item is part of an interest; the paper "
        "has 4 times factors.")
      .range(1, 65536);
  p.add("length", &Params::length, "Latest items of a history that are looked at.")
      .unit("items")
      .range(1, 4096);
  p.choice("loss", &Params::loss,
           {{"sampled_softmax", Loss::sampled_softmax}, {"cross_entropy", Loss::cross_entropy}},
           "What the next item is held against: items drawn for each batch (`sampled_softmax`, as "
           "in the paper), or all items (`cross_entropy`, dearer with many items).");
  p.add(
       "negatives", &Params::negatives,
       "With sampled_softmax: items drawn uniformly for each batch and shared by it; the paper has "
       "10 for each of 128 sequences.")
      .unit("items")
      .range(1, 1000000);
  p.add("learning_rate", &Params::learning_rate, "Of Adam.").range(1e-8, 10).tune_log(1e-4, 1e-2);
  p.add("weight_decay", &Params::weight_decay,
        "Of the dense layers, decoupled (AdamW); vectors of items do not decay.")
      .range(0, 1);
  p.add("batch_size", &Params::batch_size, "Sequences a step.").unit("sequences").range(1, 100000);
  p.add("epochs", &Params::epochs,
        "Passes over the sequences. With patience above 0 the most there may be.")
      .unit("epochs")
      .range(1, 100000);
  extra::describe_patience(p);
  p.add("initial_deviation", &Params::initial_deviation,
        "Standard deviation of the normally distributed first vectors.")
      .range(1e-9, 10);
}

void MultiInterest::fit(const TrainingView& data, FitContext& ctx) {
  at::Generator generator = ctx.generator();
  seed_ = generator.current_seed();
  const auto options = at::TensorOptions(at::kFloat).device(generator.device());
  items_ = at::empty({data.items, params_.factors}, options)
               .normal_(0, params_.initial_deviation, generator)
               .to(ctx.device());
  layers_ = network_.draw(generator);
  for (auto& [name, value] : layers_) value = value.to(ctx.device());
  item_adam_ = extra::RowAdam(items_, {.learning_rate = params_.learning_rate});
  layer_adam_ = extra::FusedAdamW(
      layers_, {.learning_rate = params_.learning_rate, .weight_decay = params_.weight_decay});
  touched_ = extra::TouchedRows(data.items);
  batches_.emplace(data, params_.length, params_.batch_size, seed_);
  extra::learn_epochs(*this,
                      {.who = "multi_interest",
                       .epochs = params_.epochs,
                       .patience = params_.patience,
                       .validate_every = params_.validate_every,
                       .learning_rate = params_.learning_rate},
                      ctx);
  item_adam_ = {};
  layer_adam_ = {};
  batches_.reset();
}

double MultiInterest::learn_epoch(int64_t epoch, FitContext& ctx) {
  batches_->start(epoch);
  extra::SplitMix random(seed_, static_cast<uint64_t>(epoch));
  const int64_t count =
      ctx.trial() ? std::min(kTrialBatches, batches_->batches()) : batches_->batches();
  double sum = 0;
  int64_t places = 0;
  for (int64_t n = 0; n < count && !ctx.stop_requested(); ++n) {
    const extra::NextItemBatch batch = batches_->batch(n);
    const int64_t size = batch.next.size(0);
    sum += static_cast<double>(size) * step(batch, random);
    places += size;
    ctx.progress((epoch - 1) * count + n + 1, params_.epochs * count);
  }
  return sum / static_cast<double>(std::max<int64_t>(places, 1));
}

// The items of a step as rows of a table of their own, so that its gradient is as large as they are.
MultiInterest::Rows MultiInterest::rows_of(const extra::NextItemBatch& batch,
                                           extra::SplitMix& random) {
  touched_.clear();
  const auto places = [&](const at::Tensor& ids) {
    at::Tensor out = ids.contiguous().clone();
    int64_t* const to = out.mutable_data_ptr<int64_t>();
    std::transform(to, to + out.numel(), to, [&](int64_t id) { return touched_.place(id); });
    return out.to(items_.device());
  };
  std::vector<int64_t> drawn(static_cast<size_t>(params_.negatives));
  for (int64_t& one : drawn) one = random.below(static_cast<uint32_t>(items_.size(0)));
  Rows out{.seen = places(batch.seen.item.clamp_min(0)),
           .next = places(batch.next),
           .others = places(at::tensor(drawn, at::kLong))};
  const std::vector<int64_t> ids(touched_.rows().begin(), touched_.rows().end());
  out.rows = at::tensor(ids, at::kLong).to(items_.device());
  out.table = items_.index_select(0, out.rows).requires_grad_();
  return out;
}

at::Tensor MultiInterest::loss_of(const Rows& rows, const at::Tensor& interests) const {
  const at::Tensor item = rows.table.index_select(0, rows.next);
  const at::Tensor interest = Interests::nearest(interests, item);
  if (!rows.others.defined())
    return at::cross_entropy_loss(interest.matmul(rows.table.t()), rows.next);
  const at::Tensor wrong = interest.matmul(rows.table.index_select(0, rows.others).t())
                               .masked_fill(rows.others.unsqueeze(0).eq(rows.next.unsqueeze(1)),
                                            -std::numeric_limits<double>::infinity());
  return extra::sampled_loss(extra::NextItemLoss::sampled_softmax, (interest * item).sum(1), wrong,
                             items_.size(0), 0);
}

double MultiInterest::step(const extra::NextItemBatch& batch, extra::SplitMix& random) {
  const at::Device device = items_.device();
  const bool full = params_.loss == Loss::cross_entropy;
  const Rows rows = full ? Rows{.seen = batch.seen.item.clamp_min(0).to(device),
                                .next = batch.next.to(device),
                                .table = items_.detach().requires_grad_()}
                         : rows_of(batch, random);
  const extra::NamedTensors leaves = layer_adam_.leaves();
  const at::Tensor shown = rows.table.index_select(0, rows.seen.flatten())
                               .view({rows.seen.size(0), rows.seen.size(1), params_.factors});
  const at::Tensor interests = network_.at_each_place(shown, batch.seen.position.to(device), leaves)
                                   .flatten(0, 1)
                                   .index_select(0, batch.seen.valid.to(device));
  const at::Tensor loss = loss_of(rows, interests);
  loss.backward();
  if (full)
    item_adam_.step(rows.table.grad());
  else
    item_adam_.step(rows.rows, rows.table.grad());
  layer_adam_.step(extra::gradients_of(leaves));
  return loss.item<double>();
}

at::Tensor MultiInterest::interests_of(const extra::RaggedSpans& rows,
                                       const std::vector<int64_t>& these) const {
  // As many places in every batch, so that the bits of a history are the same.
  const extra::SequenceBatch batch =
      extra::sequence_batch(rows, these, params_.length, params_.length);
  const auto size = std::ssize(these);
  const at::Device device = items_.device();
  const at::Tensor shown = items_.index_select(0, batch.item.clamp_min(0).flatten().to(device))
                               .view({size, params_.length, params_.factors});
  const at::Tensor last =
      batch.item.ge(0).sum(1) - 1 + at::arange(size, at::kLong) * params_.length;
  return network_.at_each_place(shown, batch.position.to(device), layers_)
      .flatten(0, 1)
      .index_select(0, last.to(device));
}

// The best of a user by its best interest are among the best of each interest.
CandidateBatch MultiInterest::recall(const RequestBatch& requests, int64_t k,
                                     const ServeContext&) const {
  const at::Device device = items_.device();
  CandidateBatch best{
      .item = at::full({requests.size(), k}, -1, at::TensorOptions(device).dtype(at::kLong)),
      .score = at::full({requests.size(), k}, -std::numeric_limits<float>::infinity(),
                        at::TensorOptions(device).dtype(at::kFloat))};
  const History once = requests.history.once();
  const extra::RaggedSpans rows(once);
  std::vector<int64_t> these;
  for (int64_t row = 0; row < rows.size(); ++row)
    if (!rows[row].empty()) these.push_back(row);
  if (these.empty() || k == 0) return best;

  const at::Tensor where = at::tensor(these, at::kLong).to(device);
  const RequestBatch each = selected(requests, where.repeat_interleave(params_.interests));
  const CandidateBatch found = top_k_dot(interests_of(rows, these).flatten(0, 1), items_, k, each);
  const CandidateBatch merged = best_of_interests(found, params_.interests);
  best.item.index_copy_(0, where, merged.item);
  best.score.index_copy_(0, where, merged.score);
  return best;
}

}  // namespace
}  // namespace assay::multi_interest

ASSAY_PLUGINS(assay::plugin<assay::multi_interest::MultiInterest>({
    .name = "multi_interest",
    .doc = "Several interests of a user by self-attention over the history: for users who like "
           "unlike things, whom one vector puts in between.",
    .paper = "Cen, Zhang, Zou, Zhou, Yang & Tang 2020, Controllable Multi-Interest Framework for "
             "Recommendation",
    .traits = {.draws_in_fit = true, .validates = true},
}))

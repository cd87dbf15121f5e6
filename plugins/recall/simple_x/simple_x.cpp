#include <ATen/TensorOperators.h>
#include <ATen/ops/zeros.h>
#include <assay/extra/fits/epochs.h>
#include <assay/extra/interactions/pair_weights.h>
#include <assay/extra/interactions/ragged_spans.h>
#include <assay/extra/sampling/split_mix.h>
#include <assay/plugin.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include "cosine_model.h"

namespace assay::simple_x {
namespace {

at::Tensor directions(const at::Tensor& rows) {
  return rows / rows.norm(2, 1, true).clamp_min(1e-12);
}

/// Positives in an order of their own in every epoch.
class Pairs {
 public:
  Pairs(const extra::RaggedSpans& histories, uint64_t seed) : seed_(seed) {
    for (int64_t user = 0; user < histories.size(); ++user) {
      users_.insert(users_.end(), histories[user].size(), user);
      items_.insert(items_.end(), histories[user].begin(), histories[user].end());
    }
  }
  int64_t size() const { return std::ssize(users_); }
  void shuffle(int64_t epoch) {
    extra::SplitMix random(seed_, static_cast<uint64_t>(epoch) * 2);
    for (size_t left = users_.size(); left > 1; --left) {
      const size_t at = random.below(static_cast<uint32_t>(left));
      std::swap(users_[left - 1], users_[at]);
      std::swap(items_[left - 1], items_[at]);
    }
  }
  std::span<const int64_t> users(int64_t first, int64_t count) const {
    return std::span(users_).subspan(static_cast<size_t>(first), static_cast<size_t>(count));
  }
  std::span<const int64_t> items(int64_t first, int64_t count) const {
    return std::span(items_).subspan(static_cast<size_t>(first), static_cast<size_t>(count));
  }

 private:
  uint64_t seed_;
  std::vector<int64_t> users_, items_;
};

/// Different items at random, in any order: the first places of a shuffle that goes on and on.
class Draws {
 public:
  Draws(int64_t items, uint64_t seed) : all_(static_cast<size_t>(items)), random_(seed, 1) {
    std::iota(all_.begin(), all_.end(), 0);
  }
  std::span<const int64_t> draw(int64_t count) {
    const auto most = std::min(static_cast<size_t>(count), all_.size());
    for (size_t at = 0; at < most; ++at)
      std::swap(all_[at], all_[at + random_.below(static_cast<uint32_t>(all_.size() - at))]);
    return std::span(all_).first(most);
  }

 private:
  std::vector<int64_t> all_;
  extra::SplitMix random_;
};

/// Vectors of users, which are their own and the mean of what they did, and of items, compared by
/// their cosine and learnt with a contrastive loss over many negatives (Mao et al. 2021); see
/// cosine_model.h for the formulas. The negatives of a batch are drawn once and shared by its pairs,
/// which the paper does not do: a batch is one matrix product then. An anonymous or new user is
/// served from its history; where there is none the list is empty.
class SimpleX : public RecallStrategy, private VectorModel {
 public:
  struct Params {
    int64_t factors = 64;
    int64_t epochs = 40;
    double own_share = 0.5;
    int64_t history_length = 100;
    double margin = 0.9;
    double negative_weight = 150;
    int64_t negatives = 1000;
    int64_t batch_size = 256;
    double learning_rate = 1e-3;
    int64_t learning_rate_steps = 1;
    int64_t cooldown = 0;
    double lambda = 0;
    double initial_deviation = 0.1;
    int64_t patience = 0;
  };
  static void describe(ParamList<Params>& p);
  explicit SimpleX(const Params& params);

  static bool validates(const Params& params) { return params.patience > 0; }

  void fit(const TrainingView& data, FitContext& ctx) override;

  CandidateBatch recall(const RequestBatch& requests, int64_t k,
                        const ServeContext& ctx) const override;

  const VectorModel* vectors() const override { return this; }
  at::Tensor item_vectors() const override { return item_directions_; }
  at::Tensor query_vectors(const RequestBatch& requests, const ServeContext& ctx) const override;

  void save(Archive& archive) const override {
    archive.put("users", users_);
    archive.put("items", items_);
    archive.put("map", map_);
    archive.put("known", known_);
  }
  void load(const Archive& archive, const LoadContext& ctx) override {
    users_ = archive.tensor("users").to(ctx.device);
    items_ = archive.tensor("items");
    map_ = archive.tensor("map").to(ctx.device);
    known_ = archive.tensor("known").to(ctx.device);
    item_directions_ = directions(items_).to(ctx.device);
  }

 private:
  struct Best {
    double value = -std::numeric_limits<double>::infinity();
    int64_t epoch = 0;
    std::string steps;  // epochs after which the learning rate fell
    at::Tensor users, items, map;
  };
  double learn_epoch(CosineModel& model, Pairs& pairs, Draws& draws,
                     const extra::RaggedSpans& histories, int64_t epoch, FitContext& ctx) const;
  void serve(const CosineModel& model, const at::Device& device);
  at::Tensor is_known(const RequestBatch& requests) const {
    return known_.index_select(0, requests.user.clamp_min(0)).logical_and(requests.user.ge(0));
  }

  Params params_;
  at::Tensor users_;            // float32 [U, factors]
  at::Tensor items_;            // float32 [N, factors], on the CPU, for histories
  at::Tensor item_directions_;  // float32 [N, factors], of length 1
  at::Tensor map_;              // float32 [factors, factors]
  at::Tensor known_;            // bool [U], has a positive in training
};

SimpleX::SimpleX(const Params& params) : params_(params) {
  if (params.cooldown > 0 && params.patience > 0) {
    throw InvalidInput("simple_x: cooldown is " + std::to_string(params.cooldown) +
                       ", but with patience, which is " + std::to_string(params.patience) +
                       ", validations lower the learning rate; set one of them to 0.");
  }
  if (params.cooldown > params.epochs) {
    throw InvalidInput("simple_x: cooldown is " + std::to_string(params.cooldown) +
                       ", which is more than all epochs, " + std::to_string(params.epochs) + ".");
  }
}

void SimpleX::describe(ParamList<Params>& p) {
  p.add("factors", &Params::factors, "Width of the vectors of users and items.").range(1, 4096);
  p.add("epochs", &Params::epochs,
        "Passes over the positives. With patience above 0 the most there may be.")
      .unit("epochs")
      .range(1, 100000);
  p.add("own_share", &Params::own_share,
        "Share of a user's own vector, g; the rest is the mean of the items of its history. 1 is "
        "matrix factorisation, 0 knows users by their history alone.")
      .range(0, 1);
  p.add("history_length", &Params::history_length, "Latest items of a history that are averaged.")
      .unit("items")
      .range(1, 100000);
  p.add("margin", &Params::margin,
        "Cosine below which a negative costs nothing: higher learns from the hardest alone.")
      .range(-1, 1);
  p.add("negative_weight", &Params::negative_weight,
        "Weight of the mean over the negatives beside the positive; grows with how few of them "
        "lie above the margin.")
      .range(0, 1e6);
  p.add("negatives", &Params::negatives,
        "Items drawn uniformly for each batch and shared by its pairs; those that a user was "
        "positive about are left out for that user.")
      .unit("items")
      .range(1, 1000000);
  p.add("batch_size", &Params::batch_size, "Positive pairs a step.")
      .unit("pairs")
      .range(1, 1000000);
  p.add("learning_rate", &Params::learning_rate, "Of Adam.").range(1e-8, 10);
  p.add("learning_rate_steps", &Params::learning_rate_steps,
        "With patience: how often the learning rate falls to a tenth where validations stop "
        "improving, before the fit ends.")
      .range(0, 10);
  p.add(
       "cooldown", &Params::cooldown,
       "Without patience: so many of the epochs, the last ones, learn with a tenth of the learning "
       "rate, so that what large steps left noisy settles.")
      .unit("epochs")
      .range(0, 100000);
  p.add("lambda", &Params::lambda, "L2 penalty of the rows that a step touches.").range(0, 10);
  p.add("initial_deviation", &Params::initial_deviation,
        "Standard deviation of the normally distributed initial vectors. Only directions count, so "
        "small ones, such as 1e-4 in the code of the paper's authors, turn faster at first.")
      .range(1e-9, 10);
  p.add("patience", &Params::patience,
        "Ends, or lowers the learning rate, once so many epochs in a row have not improved on the "
        "best validation, whose vectors are kept. 0 learns for all epochs and needs no validation "
        "window.")
      .unit("epochs")
      .range(0, 10000);
}

double SimpleX::learn_epoch(CosineModel& model, Pairs& pairs, Draws& draws,
                            const extra::RaggedSpans& histories, int64_t epoch,
                            FitContext& ctx) const {
  pairs.shuffle(epoch);
  double sum = 0;
  for (int64_t first = 0; first < pairs.size(); first += params_.batch_size) {
    const int64_t count = std::min(params_.batch_size, pairs.size() - first);
    sum += static_cast<double>(count) * model.learn({.users = pairs.users(first, count),
                                                     .items = pairs.items(first, count),
                                                     .negatives = draws.draw(params_.negatives)},
                                                    histories);
    if (ctx.stop_requested() || (ctx.trial() && first > 16 * params_.batch_size)) break;
  }
  return sum / static_cast<double>(std::max<int64_t>(pairs.size(), 1));
}

void SimpleX::serve(const CosineModel& model, const at::Device& device) {
  users_ = model.users().clone().to(device);
  items_ = model.items().clone();
  map_ = model.map().clone().to(device);
  item_directions_ = directions(items_).to(device);
}

void SimpleX::fit(const TrainingView& data, FitContext& ctx) {
  known_ = data.by_user.lengths().gt(0);
  const extra::RaggedSpans histories(data.by_user);
  CosineModel model({.factors = params_.factors,
                     .own_share = params_.own_share,
                     .history_length = params_.history_length,
                     .margin = params_.margin,
                     .negative_weight = params_.negative_weight,
                     .learning_rate = params_.learning_rate,
                     .lambda = params_.lambda,
                     .initial_deviation = params_.initial_deviation});
  model.draw(data.users, data.items, ctx.generator());
  const uint64_t seed = ctx.generator().current_seed();
  Pairs pairs(histories, seed);
  Draws draws(data.items, seed);

  // A final refit learns as the fit that validated found best.
  const int64_t chosen = extra::chosen_number(ctx, "epochs");
  const std::string chosen_steps = "," + ctx.chosen("learning_rate_steps") + ",";
  const int64_t last = ctx.trial() ? 1 : chosen > 0 ? chosen : params_.epochs;
  const bool choosing = validates(params_) && chosen == 0;
  Best best;
  std::string steps;
  int64_t worse = 0, lowered = 0;
  double rate = params_.learning_rate, loss = 0;
  const auto lower = [&](int64_t epoch) {
    rate /= 10;
    ++lowered;
    model.set_learning_rate(rate);
    steps += (steps.empty() ? "" : ",") + std::to_string(epoch);
  };
  for (int64_t epoch = 1; epoch <= last && !ctx.stop_requested(); ++epoch) {
    if (params_.cooldown > 0 && epoch == last - params_.cooldown + 1) lower(epoch - 1);
    const double before = loss;
    loss = learn_epoch(model, pairs, draws, histories, epoch, ctx);
    extra::expect_finite({epoch, loss, before}, params_.learning_rate, "simple_x");
    ctx.note_step("loss", epoch, loss);
    ctx.progress(epoch, last);
    if (chosen_steps.find("," + std::to_string(epoch) + ",") != std::string::npos) lower(epoch);
    if (!choosing) continue;
    serve(model, ctx.device());
    const double value = ctx.validate();
    if (value > best.value) {
      best = {value, epoch, steps, users_, items_, map_};
      worse = 0;
      continue;
    }
    if (++worse < params_.patience) continue;
    if (lowered == params_.learning_rate_steps) break;
    worse = 0;
    lower(epoch);
  }
  ctx.note("loss", extra::shown(loss));
  if (best.epoch == 0) return serve(model, ctx.device());
  users_ = best.users;
  items_ = best.items;
  map_ = best.map;
  item_directions_ = directions(items_).to(ctx.device());
  ctx.note("chosen.epochs", std::to_string(best.epoch));
  ctx.note("chosen.learning_rate_steps", best.steps);
}

at::Tensor SimpleX::query_vectors(const RequestBatch& requests, const ServeContext&) const {
  const History history = extra::counted_history(requests.history, Repeats::once);
  const extra::RaggedSpans rows(history);
  std::vector<int64_t> all(static_cast<size_t>(requests.size()));
  std::iota(all.begin(), all.end(), 0);
  const at::Tensor means =
      CosineModel::history_means(rows, all, items_, params_.history_length).to(users_.device());
  const at::Tensor own = users_.index_select(0, requests.user.clamp_min(0)) *
                         is_known(requests).unsqueeze(1).to(at::kFloat);
  return directions(params_.own_share * own + (1 - params_.own_share) * means.matmul(map_.t()));
}

CandidateBatch SimpleX::recall(const RequestBatch& requests, int64_t k,
                               const ServeContext& ctx) const {
  const at::Tensor queries = query_vectors(requests, ctx);
  CandidateBatch best = top_k_dot(queries, item_directions_, k, requests);
  extra::leave_empty(best, queries.eq(0).all(1));
  return best;
}

}  // namespace
}  // namespace assay::simple_x

ASSAY_PLUGINS(assay::plugin<assay::simple_x::SimpleX>({
    .name = "simple_x",
    .doc = "Cosines of users, with the items that they know, and items, learnt against many "
           "negatives: simple, and ahead of most graph models.",
    .paper = "Mao, Zhu, Wang, Dai, Dong, Xiao & He 2021, SimpleX: A Simple and Strong Baseline for "
             "Collaborative Filtering",
    .traits = {.draws_in_fit = true, .validates = true},
}))

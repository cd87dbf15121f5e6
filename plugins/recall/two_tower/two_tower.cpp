#include <ATen/TensorOperators.h>
#include <ATen/ops/tensor.h>
#include <ATen/ops/zeros.h>
#include <assay/extra/fits/epoch_loop.h>
#include <assay/extra/fits/epochs.h>
#include <assay/extra/interactions/pair_weights.h>
#include <assay/extra/interactions/ragged_spans.h>
#include <assay/plugin.h>

#include <algorithm>
#include <optional>

#include "examples.h"
#include "params.h"
#include "served_items.h"
#include "towers.h"

namespace assay::two_tower {
namespace {

constexpr int64_t kTrialBatches = 8;

at::Tensor flags(const std::vector<bool>& values, const at::Device& device) {
  const std::vector<int64_t> numbers(values.begin(), values.end());
  return at::tensor(numbers, at::kLong).to(at::kBool).to(device);
}

/// Two towers, of users and of items, learnt with a softmax over the items of a batch that is
/// corrected for how often an item is in one (Yi et al. 2019); see towers.h for the formulas. New
/// items are scored by their features, new users by their history and features, and a request
/// about whose user nothing of these is known gets an empty list, whatever its context.
class TwoTower : public RecallStrategy, private VectorModel, private extra::EpochModel {
 public:
  using Params = two_tower::Params;
  static void describe(ParamList<Params>& p) { describe_params(p); }
  explicit TwoTower(const Params& params);

  static bool validates(const Params& params) { return params.patience > 0; }

  /// Tables with their moments, what is served of them, and the best ones so far. Sizes do not tell
  /// the features: a text of users and one of items are counted, the columns of others are few.
  static MemoryUse memory(const DataSizes& sizes, const Params& params) {
    const int64_t row = 4 * params.factors;
    const int64_t tables = row * (sizes.users + sizes.items + 2 * params.text_buckets);
    const int64_t served = row * (sizes.users + 2 * sizes.items);
    const int64_t best = params.patience > 0 ? tables : 0;
    return {.fit = 3 * tables + served + best + 28 * sizes.positives, .serve = served};
  }

  void fit(const TrainingView& data, FitContext& ctx) override;
  CandidateBatch recall(const RequestBatch& requests, int64_t k,
                        const ServeContext& ctx) const override;

  const VectorModel* vectors() const override { return this; }
  at::Tensor item_vectors() const override { return items_; }
  at::Tensor query_vectors(const RequestBatch& requests, const ServeContext& ctx) const override;

  void save(Archive& archive) const override;
  void load(const Archive& archive, const LoadContext& ctx) override;

 private:
  // As it learns.
  double learn_epoch(int64_t epoch, FitContext& ctx) override;
  void serve() override;
  extra::NamedTensors weights() const override { return towers_.weights(); }
  void keep_optimisers(Archive& archive) const override { towers_.keep_optimisers(archive); }
  void restore_optimisers(const Archive& archive) override { towers_.restore_optimisers(archive); }
  void read_features(const TrainingView& data, const at::Device& device);

  extra::Bags histories(const RequestBatch& requests) const;
  at::Tensor context_of(const RequestBatch& requests) const;
  at::Tensor is_known(const RequestBatch& requests, const extra::Bags& past) const;

  Params params_;
  Settings settings_;
  Towers towers_;
  Known known_;
  std::optional<Examples> examples_;
  std::vector<bool> learnt_users_;
  uint64_t seed_ = 0;

  // What is served.
  at::Tensor items_;          // float32 [N, D], of the tower
  at::Tensor item_inputs_;    // float32 [N, D], of histories
  at::Tensor served_;         // bool [N], something is known of it
  at::Tensor users_;          // float32 [U, D], of ids; not defined without user_id
  at::Tensor learnt_;         // bool [U]
  at::Tensor user_features_;  // float32 [U, D]; not defined where users have none
  at::Tensor described_;      // bool [U], has a feature
  at::Tensor context_;        // float32 [columns, D]; not defined where requests have no context
  FeatureBags context_bags_;
  extra::NamedTensors layers_;
  ServedItems nearest_;
  std::vector<bool> served_cpu_;
};

TwoTower::TwoTower(const Params& params)
    : params_(params), settings_(tower_settings(params)), towers_(settings_) {}

void TwoTower::read_features(const TrainingView& data, const at::Device& device) {
  const auto bags = [&](const FeatureTable& table) {
    return FeatureBags(table, params_.hash_above, params_.text_buckets, device);
  };
  FeatureTable users = data.features->user, items = data.features->item;
  users.rows = data.users;  // a table without columns may have no rows
  items.rows = data.items;
  const FeatureBags user = bags(users), item = bags(items);
  FeatureTable context = data.context;
  context.rows = data.size();
  context_bags_ = bags(context);
  known_ = {.user = user.encode(users),
            .item = item.encode(items),
            .context = context_bags_.encode(context),
            .user_columns = user.columns(),
            .item_columns = item.columns(),
            .context_columns = context_bags_.columns()};
}

void TwoTower::fit(const TrainingView& data, FitContext& ctx) {
  read_features(data, ctx.device());
  const std::optional<at::Tensor> weights = extra::pair_weights(data, params_.repeats).by_user;
  const at::Tensor held = weights ? weights->contiguous() : at::Tensor();
  const std::span<const float> of_pairs =
      weights ? std::span(held.const_data_ptr<float>(), static_cast<size_t>(held.numel()))
              : std::span<const float>();
  seed_ = ctx.generator().current_seed();
  examples_.emplace(data, of_pairs, known_.item.known,
                    Examples::Settings{.batch_size = params_.batch_size,
                                       .negatives = params_.negatives,
                                       .source = params_.negatives_from},
                    seed_);
  if (!params_.user_id && params_.history_length == 0 && known_.user_columns == 0) {
    throw InvalidInput(
        "two_tower: nothing says who a user is: user_id is false, history_length is 0 and the data "
        "have no user features; set one of them.");
  }
  learnt_users_.resize(static_cast<size_t>(data.users));
  for (int64_t user = 0; user < data.users; ++user)
    learnt_users_[user] = settings_.user_id && !examples_->history(user).empty();
  towers_.start(data, known_, ctx.generator(), ctx.device());
  extra::learn_epochs(*this,
                      {.who = "two_tower",
                       .epochs = params_.epochs,
                       .patience = params_.patience,
                       .validate_every = params_.validate_every,
                       .learning_rate = params_.learning_rate},
                      ctx);
  ctx.note("pairs", std::to_string(examples_->size()));
  examples_.reset();
  known_ = {};
  towers_ = Towers(settings_);
}

double TwoTower::learn_epoch(int64_t epoch, FitContext& ctx) {
  examples_->start(epoch);
  extra::SplitMix random(seed_ + 1, static_cast<uint64_t>(epoch));
  const int64_t count =
      ctx.trial() ? std::min(kTrialBatches, examples_->batches()) : examples_->batches();
  double sum = 0;
  int64_t pairs = 0;
  for (int64_t n = 0; n < count && !ctx.stop_requested(); ++n) {
    const Batch batch = examples_->batch(n);
    sum += static_cast<double>(batch.examples.size()) * towers_.learn(batch, *examples_, random);
    pairs += std::ssize(batch.examples);
    ctx.progress((epoch - 1) * count + n + 1, params_.epochs * count);
  }
  return sum / static_cast<double>(std::max<int64_t>(pairs, 1));
}

void TwoTower::serve() {
  const Parts parts = towers_.item_parts(examples_->learnt());
  const at::Device device = parts[0].device();
  layers_ = towers_.layers();
  for (auto& [name, value] : layers_) value = value.clone();
  items_ = item_tower(settings_).served(parts, layers_);
  item_inputs_ = parts.size() == 1 ? parts[0] : parts[0] + parts[1];
  served_cpu_ = examples_->learnt();
  for (size_t item = 0; item < served_cpu_.size(); ++item)
    served_cpu_[item] = served_cpu_[item] || known_.item.known[item];
  served_ = flags(served_cpu_, device);
  nearest_ = ServedItems(items_, served_);
  learnt_ = flags(learnt_users_, device);
  described_ = flags(known_.user.known, device);
  if (settings_.user_id) users_ = towers_.user_ids(learnt_users_);
  if (known_.user_columns > 0) user_features_ = towers_.user_features();
  if (known_.context_columns > 0) context_ = towers_.context_vectors();
}

// The latest known items of each history with equal shares.
extra::Bags TwoTower::histories(const RequestBatch& requests) const {
  extra::Bags out;
  const extra::RaggedSpans rows(extra::counted_history(requests.history, Repeats::once));
  std::vector<int64_t> latest;
  for (int64_t row = 0; row < requests.size(); ++row) {
    latest.clear();
    for (const int64_t item : rows[row])
      if (served_cpu_[item]) latest.push_back(item);
    const auto count = std::min(std::ssize(latest), settings_.history_length);
    for (auto item = latest.end() - count; item != latest.end(); ++item)
      out.add(*item, static_cast<float>(1.0 / static_cast<double>(count)));
    out.close();
  }
  return out;
}

at::Tensor TwoTower::context_of(const RequestBatch& requests) const {
  FeatureTable context = requests.context;
  context.rows = requests.size();
  return context_bags_.encode(context).bags.sums(context_);
}

// bool [B]: by its id, its features or its history.
at::Tensor TwoTower::is_known(const RequestBatch& requests, const extra::Bags& past) const {
  const at::Tensor user = requests.user.clamp_min(0);
  std::vector<bool> looks_back;
  for (int64_t row = 0; row < past.size(); ++row)
    looks_back.push_back(past.offsets[row + 1] > past.offsets[row]);
  return learnt_.logical_or(described_)
      .index_select(0, user)
      .logical_and(requests.user.ge(0))
      .logical_or(flags(looks_back, learnt_.device()));
}

at::Tensor TwoTower::query_vectors(const RequestBatch& requests, const ServeContext&) const {
  const at::Tensor user = requests.user.clamp_min(0);
  const at::Tensor named = requests.user.ge(0).unsqueeze(1).to(at::kFloat);
  const extra::Bags past = histories(requests);
  Parts parts;
  if (users_.defined()) parts.push_back(users_.index_select(0, user) * named);
  if (user_features_.defined()) parts.push_back(user_features_.index_select(0, user) * named);
  if (context_.defined()) parts.push_back(context_of(requests));
  if (settings_.history_length > 0) parts.push_back(past.sums(item_inputs_));
  const at::Tensor vectors = user_tower(settings_).served(parts, layers_);
  return vectors * is_known(requests, past).unsqueeze(1).to(at::kFloat);
}

CandidateBatch TwoTower::recall(const RequestBatch& requests, int64_t k,
                                const ServeContext& ctx) const {
  CandidateBatch best = nearest_.nearest(query_vectors(requests, ctx), k, requests);
  extra::leave_empty(best, is_known(requests, histories(requests)).logical_not());
  return best;
}

void TwoTower::save(Archive& archive) const {
  archive.put("items", items_);
  archive.put("item_inputs", item_inputs_);
  archive.put("served", served_);
  archive.put("learnt", learnt_);
  archive.put("described", described_);
  if (users_.defined()) archive.put("users", users_);
  if (user_features_.defined()) archive.put("user_features", user_features_);
  if (context_.defined()) {
    archive.put("context", context_);
    context_bags_.save(archive, "context.");
  }
  std::string names;
  for (const auto& [name, value] : layers_) {
    archive.put("layers." + name, value);
    names += name + '\n';
  }
  archive.put_text("layers", names);
}

void TwoTower::load(const Archive& archive, const LoadContext& ctx) {
  const auto read = [&](const std::string& name) { return archive.tensor(name).to(ctx.device); };
  const auto maybe = [&](const std::string& name) {
    return archive.has(name) ? read(name) : at::Tensor();
  };
  items_ = read("items");
  item_inputs_ = read("item_inputs");
  served_ = read("served");
  learnt_ = read("learnt");
  described_ = read("described");
  users_ = maybe("users");
  user_features_ = maybe("user_features");
  context_ = maybe("context");
  if (context_.defined()) context_bags_ = FeatureBags::load(archive, "context.", ctx.device);
  layers_.clear();
  const std::string& names = archive.text("layers");
  for (size_t from = 0; from < names.size();) {
    const size_t end = names.find('\n', from);
    const std::string name = names.substr(from, end - from);
    layers_.emplace_back(name, read("layers." + name));
    from = end + 1;
  }
  nearest_ = ServedItems(items_, served_);
  const at::Tensor served = served_.cpu();
  served_cpu_.assign(served.const_data_ptr<bool>(), served.const_data_ptr<bool>() + served.numel());
}

}  // namespace
}  // namespace assay::two_tower

ASSAY_PLUGINS(assay::plugin<assay::two_tower::TwoTower>({
    .name = "two_tower",
    .doc = "Vectors of users and items from ids, histories, features and context, learnt with a "
           "softmax over the items of a batch; scores new items by their features.",
    .paper =
        "Yi, Yang, Hong, Cheng, Heldt, Kumthekar, Zhao, Wei & Chi 2019, Sampling-Bias-Corrected "
        "Neural Modeling for Large Corpus Item Recommendations, RecSys",
    .traits = {.draws_in_fit = true, .validates = true},
}))

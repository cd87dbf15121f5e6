#pragma once
// Part of assay::extra, which promises no stable API or ABI: see assay/extra/README.md.

/// Recall by an autoencoder over the history: all but its network.

#include <ATen/core/Generator.h>
#include <ATen/core/Tensor.h>
#include <assay/extra/factors/bags.h>
#include <assay/extra/fits/epoch_loop.h>
#include <assay/extra/neural/bag_layer.h>
#include <assay/extra/neural/user_bags.h>
#include <assay/strategy.h>

#include <cstdint>
#include <functional>
#include <optional>
#include <vector>

namespace assay::extra {

struct AutoencoderSettings {
  EpochSettings epochs;
  int64_t batch_size = 500;  ///< users
  Repeats repeats = Repeats::once;
};

/// A strategy that learns a network from the positives of a user, scaled to length 1, to scores of
/// all items:
///
///     score(u, i) = query(x_u) . items_i
///
/// Its first layer is a table of which a history takes the rows (bag_layer.h), its last one the
/// table `items`. A user is its history alone, so that users of whom training knew nothing are served
/// like any others; a request whose history holds no item of training gets an empty list.
class AutoencoderRecall : public RecallStrategy, private VectorModel, protected EpochModel {
 public:
  void fit(const TrainingView& data, FitContext& ctx) override;
  CandidateBatch recall(const RequestBatch& requests, int64_t k,
                        const ServeContext& ctx) const override;
  const VectorModel* vectors() const override { return this; }
  void save(Archive& archive) const override;
  void load(const Archive& archive, const LoadContext& ctx) override;

 protected:
  /// What is drawn in a step.
  struct Chance {
    SplitMix random;
    at::Generator generator;
  };
  /// Learns from a batch, its step'th of all (from 1), and returns the mean loss of its users.
  using Step = std::function<double(const Bags& liked, int64_t step, Chance& chance)>;

  explicit AutoencoderRecall(AutoencoderSettings settings) : settings_(std::move(settings)) {}

  /// First weights: `table` [N, D] first, `items` [N, Q] second, then the layers.
  virtual NamedTensors draw(int64_t items, at::Generator generator) const = 0;
  /// Makes optimisers over weights().
  virtual void start() = 0;
  /// float32 [B, Q].
  /// @param sums    float32 [B, D], of the first layer, without a bias
  /// @param layers  as draw() orders them, without the tables
  virtual at::Tensor query(const at::Tensor& sums, const NamedTensors& layers) const = 0;
  /// Frees what only learning needs.
  virtual void end() = 0;

  /// A pass over all users, of `passes` that an epoch makes; the mean loss of users.
  /// @param pass  from 1, of all epochs
  double learn_pass(int64_t pass, int64_t passes, FitContext& ctx, const Step& step);

  NamedTensors weights() const override { return weights_; }
  at::Tensor& table() { return weights_[0].second; }
  at::Tensor& items() { return weights_[1].second; }
  NamedTensors layers() const { return {weights_.begin() + 2, weights_.end()}; }

 private:
  void serve() override {}
  at::Tensor item_vectors() const override { return weights_[1].second; }
  at::Tensor query_vectors(const RequestBatch& requests, const ServeContext& ctx) const override;
  at::Tensor queries(const Bags& past) const;

  AutoencoderSettings settings_;
  NamedTensors weights_;
  std::vector<bool> known_;  // [N], is an item of training
  std::optional<UserBags> bags_;
  uint64_t seed_ = 0;
};

}  // namespace assay::extra

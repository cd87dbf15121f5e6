#include "cosine_model.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/eye.h>
#include <ATen/ops/matmul.h>
#include <ATen/ops/normal.h>
#include <ATen/ops/tensor.h>
#include <ATen/ops/zeros.h>
#include <assay/extra/factors/lanes.h>
#include <assay/extra/threads/parallel.h>

#include <algorithm>
#include <unordered_map>

namespace assay::simple_x {
namespace {

constexpr double kTiny = 1e-12;  // of a length, so that a vector of 0 stays one

// Drawn where the generator lives, learnt from on the CPU.
at::Tensor drawn(int64_t rows, int64_t width, double deviation, const at::Generator& generator) {
  const auto options = at::TensorOptions(at::kFloat).device(generator.device());
  return at::empty({rows, width}, options).normal_(0, deviation, generator).cpu();
}

at::Tensor ids(std::span<const int64_t> values) {
  return at::tensor(at::ArrayRef<int64_t>(values.data(), values.size()), at::kLong);
}

/// A row and its length, of which gradients are taken through the direction.
struct Directions {
  at::Tensor unit;    // [B, D]
  at::Tensor length;  // [B, 1]

  explicit Directions(const at::Tensor& rows) : length(rows.norm(2, 1, true).clamp_min(kTiny)) {
    unit = rows / length;
  }
  /// What a gradient of the direction is for the row.
  at::Tensor back(const at::Tensor& gradient) const {
    return (gradient - unit * (unit * gradient).sum(1, true)) / length;
  }
};

std::span<const int64_t> latest(const extra::RaggedSpans& histories, int64_t row, int64_t most) {
  const std::span<const int64_t> all = histories[row];
  return std::ssize(all) <= most ? all : all.last(static_cast<size_t>(most));
}

/// Gradients of rows of a table, each row once, in the order of their first one.
class RowSums {
 public:
  RowSums(int64_t table, int64_t width) : place_(static_cast<size_t>(table), -1), width_(width) {}
  void add(int64_t row, const float* gradient, float factor) {
    if (place_[row] < 0) {
      place_[row] = static_cast<int32_t>(rows.size());
      rows.push_back(row);
      sums.resize(sums.size() + static_cast<size_t>(width_));
    }
    float* const to = sums.data() + place_[row] * width_;
    for (int64_t d = 0; d < width_; ++d) to[d] += factor * gradient[d];
  }
  std::vector<int64_t> rows;
  std::vector<float> sums;

 private:
  std::vector<int32_t> place_;
  int64_t width_;
};

}  // namespace

void CosineModel::draw(int64_t users, int64_t items, at::Generator generator) {
  users_ = drawn(users, settings_.factors, settings_.initial_deviation, generator);
  items_ = drawn(items, settings_.factors, settings_.initial_deviation, generator);
  map_ = at::eye(settings_.factors, at::kFloat);
  const extra::AdamSettings adam{.learning_rate = settings_.learning_rate,
                                 .weight_decay = settings_.lambda};
  user_adam_ = extra::RowAdam(users_, adam);
  item_adam_ = extra::RowAdam(items_, adam);
  map_adam_ = extra::RowAdam(map_, adam);
}

void CosineModel::set_learning_rate(double rate) {
  for (extra::RowAdam* adam : {&user_adam_, &item_adam_, &map_adam_}) adam->set_learning_rate(rate);
}

at::Tensor CosineModel::history_means(const extra::RaggedSpans& histories,
                                      std::span<const int64_t> rows, const at::Tensor& items,
                                      int64_t history_length) {
  const int64_t width = items.size(1);
  at::Tensor means = at::zeros({std::ssize(rows), width}, at::kFloat);
  float* const to = means.mutable_data_ptr<float>();
  const float* const from = items.const_data_ptr<float>();
  extra::parallel_blocks(
      std::ssize(rows), extra::kRequestsPerBlock, [&](int64_t first, int64_t last) {
        for (int64_t n = first; n < last; ++n) {
          const std::span<const int64_t> history = latest(histories, rows[n], history_length);
          float* const mean = to + n * width;
          for (const int64_t item : history)
            for (int64_t d = 0; d < width; ++d) mean[d] += from[item * width + d];
          const float share = history.empty() ? 0.F : 1.F / static_cast<float>(history.size());
          for (int64_t d = 0; d < width; ++d) mean[d] *= share;
        }
      });
  return means;
}

Gradients CosineModel::gradients(const Batch& batch, const extra::RaggedSpans& histories) const {
  const auto pairs = std::ssize(batch.users);
  const auto share = static_cast<float>(settings_.own_share);
  const at::Tensor means = history_means(histories, batch.users, items_, settings_.history_length);
  const at::Tensor own = users_.index_select(0, ids(batch.users));
  const Directions user(share * own + (1 - share) * means.matmul(map_.t()));
  const Directions item(items_.index_select(0, ids(batch.items)));
  const Directions other(items_.index_select(0, ids(batch.negatives)));

  // Positives of a user are no negatives of it.
  at::Tensor cosine = user.unit.matmul(other.unit.t());
  const int64_t negatives = std::ssize(batch.negatives);
  std::unordered_map<int64_t, int64_t> column;
  for (int64_t n = 0; n < negatives; ++n) column.emplace(batch.negatives[n], n);
  at::Tensor weight = at::zeros({pairs, 1}, at::kFloat);
  float* const cosines = cosine.mutable_data_ptr<float>();
  for (int64_t b = 0; b < pairs; ++b) {
    int64_t left = negatives;
    for (const int64_t known : histories[batch.users[b]]) {
      const auto found = column.find(known);
      if (found == column.end()) continue;
      cosines[b * negatives + found->second] = -1;
      --left;
    }
    weight.mutable_data_ptr<float>()[b] = static_cast<float>(
        settings_.negative_weight / static_cast<double>(std::max<int64_t>(left, 1)));
  }

  const at::Tensor over = (cosine - settings_.margin).clamp_min(0);
  const at::Tensor positive = (user.unit * item.unit).sum(1, true);
  Gradients out;
  out.loss = ((1 - positive) + weight * over.sum(1, true)).mean().item<double>();
  const double scale = 1.0 / static_cast<double>(pairs);
  const at::Tensor pull = over.gt(0).to(at::kFloat) * (weight * scale);  // [B, M]
  const at::Tensor of_user = user.back(pull.matmul(other.unit) - scale * item.unit).contiguous();
  const at::Tensor of_item = item.back(-scale * user.unit).contiguous();
  const at::Tensor of_other = other.back(pull.t().matmul(user.unit)).contiguous();
  out.of_map = ((1 - share) * of_user.t().matmul(means)).contiguous();
  const at::Tensor of_means = ((1 - share) * of_user.matmul(map_)).contiguous();

  const int64_t width = settings_.factors;
  RowSums users(users_.size(0), width), items(items_.size(0), width);
  const auto row = [&](const at::Tensor& rows, int64_t n) {
    return rows.const_data_ptr<float>() + n * width;
  };
  for (int64_t b = 0; b < pairs; ++b) {
    users.add(batch.users[b], row(of_user, b), share);
    items.add(batch.items[b], row(of_item, b), 1);
    const std::span<const int64_t> history =
        latest(histories, batch.users[b], settings_.history_length);
    for (const int64_t known : history)
      items.add(known, row(of_means, b), 1.F / static_cast<float>(history.size()));
  }
  for (int64_t n = 0; n < negatives; ++n) items.add(batch.negatives[n], row(of_other, n), 1);
  out.users = std::move(users.rows);
  out.items = std::move(items.rows);
  out.of_users = std::move(users.sums);
  out.of_items = std::move(items.sums);
  return out;
}

double CosineModel::learn(const Batch& batch, const extra::RaggedSpans& histories) {
  const Gradients found = gradients(batch, histories);
  user_adam_.step(found.users, found.of_users);
  item_adam_.step(found.items, found.of_items);
  map_adam_.step(found.of_map);
  return found.loss;
}

}  // namespace assay::simple_x

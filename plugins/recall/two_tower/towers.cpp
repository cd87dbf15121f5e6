#include "towers.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/tensor.h>
#include <ATen/ops/zeros.h>
#include <assay/extra/neural/dense_layers.h>

#include <algorithm>

#include "tower.h"

namespace assay::two_tower {
namespace {

at::Tensor ids(std::span<const int64_t> values) {
  return at::tensor(at::ArrayRef<int64_t>(values.data(), values.size()), at::kLong);
}

at::Tensor mask(const std::vector<bool>& of, const at::Tensor& like) {
  const std::vector<float> values(of.begin(), of.end());
  return at::tensor(values, at::kFloat).unsqueeze(1).to(like.device());
}

void add_columns(const extra::Bags& from, int64_t row, int64_t shift, extra::TouchedRows& touched,
                 extra::Bags& to) {
  for (int64_t at = from.offsets[row]; at < from.offsets[row + 1]; ++at)
    to.add(touched.place(shift + from.rows[at]), from.weights[at]);
}

}  // namespace

/// Inputs of the items of a batch. Without columns the inputs are the rows of the ids themselves,
/// and no bag is kept.
struct Towers::ItemSide {
  std::vector<extra::Bags> bags;  // of a part each, over the touched rows
  Parts parts;                    // [items of the batch, factors]
  at::Tensor sum;                 // of the parts
  int64_t columns = 0;            // the first of the items, which the softmax is over
};

struct Towers::UserSide {
  std::vector<extra::Bags> bags;
  Parts parts;  // [B, factors]
};

int64_t Towers::user_parts() const {
  return int64_t{settings_.user_id} + int64_t{known_->user_columns > 0} +
         int64_t{known_->context_columns > 0};
}

void Towers::start(const TrainingView& data, const Known& known, at::Generator generator,
                   const at::Device& device) {
  known_ = &known;
  users_ = data.users;
  items_ = data.items;
  const auto options = at::TensorOptions(at::kFloat).device(generator.device());
  const auto table = [&](int64_t rows) {
    return at::empty({rows, settings_.factors}, options)
        .normal_(0, settings_.initial_deviation, generator)
        .to(device);
  };
  user_table_ =
      table((settings_.user_id ? users_ : 0) + known.user_columns + known.context_columns);
  item_table_ = table(items_ + known.item_columns);
  layers_.clear();
  if (settings_.layers > 0) {
    const auto widths = [&](int64_t parts) {
      std::vector<int64_t> out(static_cast<size_t>(settings_.layers) + 1, settings_.hidden);
      out.front() = parts * settings_.factors;
      out.back() = settings_.factors;
      return out;
    };
    const int64_t of_user = user_parts() + int64_t{settings_.history_length > 0};
    layers_ = extra::dense_layers("user.", widths(of_user), generator);
    const auto of_item =
        extra::dense_layers("item.", widths(known.item_columns > 0 ? 2 : 1), generator);
    layers_.insert(layers_.end(), of_item.begin(), of_item.end());
    for (auto& [name, value] : layers_) value = value.to(device);
  }
  const extra::AdamSettings adam{.learning_rate = settings_.learning_rate,
                                 .weight_decay = settings_.lambda};
  user_adam_ = extra::RowAdam(user_table_, adam);
  item_adam_ = extra::RowAdam(item_table_, adam);
  layer_adam_ = extra::FusedAdamW(
      layers_, {.learning_rate = settings_.learning_rate, .weight_decay = settings_.weight_decay});
  places_ = extra::TouchedRows(items_);
  item_rows_ = extra::TouchedRows(item_table_.size(0));
  user_rows_ = extra::TouchedRows(user_table_.size(0));
}

extra::InBatchTargets Towers::targets(const Batch& batch, const Examples& examples) {
  extra::InBatchTargets out;
  out.temperature = settings_.temperature;
  bool weighted = false;
  for (const Example& example : batch.examples) {
    out.positive.push_back(places_.place(example.item));
    out.weight.push_back(example.weight);
    weighted = weighted || example.weight != 1;
  }
  if (!weighted) out.weight.clear();
  for (const int64_t item : batch.negatives) places_.place(item);
  const int64_t columns = places_.size();
  if (settings_.correction)
    for (const int64_t item : places_.rows()) out.log_q.push_back(examples.log_q(item, batch));
  for (size_t b = 0; b < batch.examples.size(); ++b) {
    for (const int64_t item : examples.history(batch.examples[b].user)) {
      const int64_t place = places_.find(item);
      if (place >= 0 && place != out.positive[b])
        out.masked.push_back(static_cast<int64_t>(b) * columns + place);
    }
  }
  return out;
}

// The latest items of each user but the one that is learnt from, as places of the batch.
extra::Bags Towers::histories(const Batch& batch, const Examples& examples) {
  extra::Bags out;
  for (const Example& example : batch.examples) {
    const std::span<const int64_t> all = examples.history(example.user);
    // One more, since the example's own may be among the latest.
    const auto most = std::min(all.size(), static_cast<size_t>(settings_.history_length) + 1);
    std::span<const int64_t> latest = all.last(most);
    const bool own = std::ranges::find(latest, example.item) != latest.end();
    if (!own && std::ssize(latest) > settings_.history_length) latest = latest.subspan(1);
    const auto share = static_cast<float>(1.0 / static_cast<double>(latest.size() - size_t{own}));
    for (const int64_t item : latest)
      if (item != example.item) out.add(places_.place(item), share);
    out.close();
  }
  return out;
}

Towers::ItemSide Towers::item_side(extra::SplitMix& random) {
  ItemSide side;
  if (known_->item_columns == 0) {
    side.sum = item_table_.index_select(0, ids(places_.rows()).to(item_table_.device()));
    side.parts = {side.sum};
    return side;
  }
  const bool apart = settings_.layers > 0;
  side.bags.resize(apart ? 2 : 1);
  for (const int64_t item : places_.rows()) {
    const bool dropped = known_->item.known[item] && random.uniform() < settings_.id_dropout;
    if (!dropped) side.bags.front().add(item_rows_.place(item), 1);
    add_columns(known_->item.bags, item, items_, item_rows_, side.bags.back());
    for (extra::Bags& bags : side.bags) bags.close();
  }
  const at::Tensor rows =
      item_table_.index_select(0, ids(item_rows_.rows()).to(item_table_.device()));
  for (const extra::Bags& bags : side.bags) side.parts.push_back(bags.sums(rows));
  side.sum = sum_of(side.parts);
  return side;
}

Towers::UserSide Towers::user_side(const Batch& batch, extra::SplitMix& random) {
  UserSide side;
  if (user_parts() == 0) return side;
  const bool apart = settings_.layers > 0;
  side.bags.resize(apart ? static_cast<size_t>(user_parts()) : 1);
  const int64_t columns_at = settings_.user_id ? users_ : 0;
  for (const Example& example : batch.examples) {
    size_t part = 0;
    const auto bag = [&]() -> extra::Bags& { return side.bags[apart ? part++ : 0]; };
    if (settings_.user_id) {
      extra::Bags& to = bag();
      if (settings_.id_dropout == 0 || random.uniform() >= settings_.id_dropout)
        to.add(user_rows_.place(example.user), 1);
    }
    if (known_->user_columns > 0)
      add_columns(known_->user.bags, example.user, columns_at, user_rows_, bag());
    if (known_->context_columns > 0) {
      extra::Bags& to = bag();
      if (example.event >= 0)
        add_columns(known_->context.bags, example.event, columns_at + known_->user_columns,
                    user_rows_, to);
    }
    for (extra::Bags& bags : side.bags) bags.close();
  }
  const at::Tensor rows =
      user_table_.index_select(0, ids(user_rows_.rows()).to(user_table_.device()));
  for (const extra::Bags& bags : side.bags) side.parts.push_back(bags.sums(rows));
  return side;
}

void Towers::move_items(const ItemSide& side, const extra::Bags& histories,
                        const at::Tensor& of_items, const at::Tensor& of_histories) {
  // An item is an input of histories by the sum of its parts, so they share that gradient.
  const at::Tensor shared =
      of_histories.defined()
          ? histories.transposed(places_.size()).sums(of_histories)
          : at::zeros({places_.size(), settings_.factors}, item_table_.options());
  const auto gradient = [&](size_t part, bool last) {
    at::Tensor out = last ? shared : shared.clone();
    const int64_t from = settings_.layers > 0 ? static_cast<int64_t>(part) * settings_.factors : 0;
    out.slice(0, 0, side.columns).add_(of_items.slice(1, from, from + settings_.factors));
    return out;
  };
  if (side.bags.empty())
    return item_adam_.step(ids(places_.rows()).to(item_table_.device()), gradient(0, true));
  at::Tensor sum;
  for (size_t part = 0; part < side.bags.size(); ++part) {
    const at::Tensor of_rows = side.bags[part]
                                   .transposed(item_rows_.size())
                                   .sums(gradient(part, part + 1 == side.bags.size()));
    sum = sum.defined() ? sum + of_rows : of_rows;
  }
  item_adam_.step(ids(item_rows_.rows()).to(item_table_.device()), sum);
}

void Towers::move_users(const UserSide& side, const at::Tensor& of_users) {
  if (side.bags.empty() || user_rows_.size() == 0) return;
  at::Tensor sum;
  for (size_t part = 0; part < side.bags.size(); ++part) {
    const int64_t from = settings_.layers > 0 ? static_cast<int64_t>(part) * settings_.factors : 0;
    const at::Tensor of_rows = side.bags[part]
                                   .transposed(user_rows_.size())
                                   .sums(of_users.slice(1, from, from + settings_.factors));
    sum = sum.defined() ? sum + of_rows : of_rows;
  }
  user_adam_.step(ids(user_rows_.rows()).to(user_table_.device()), sum);
}

double Towers::learn(const Batch& batch, const Examples& examples, extra::SplitMix& random) {
  for (extra::TouchedRows* touched : {&places_, &item_rows_, &user_rows_}) touched->clear();
  const extra::InBatchTargets wanted = targets(batch, examples);
  const int64_t columns = places_.size();
  const bool looks_back = settings_.history_length > 0;
  const extra::Bags past = looks_back ? histories(batch, examples) : extra::Bags();
  ItemSide item = item_side(random);
  item.columns = columns;
  UserSide user = user_side(batch, random);
  if (looks_back) user.parts.push_back(past.sums(item.sum));

  const Tower to_users = user_tower(settings_), to_items = item_tower(settings_);
  Parts of_columns;
  for (const at::Tensor& part : item.parts) of_columns.push_back(part.slice(0, 0, columns));
  const auto leaf = [](const at::Tensor& inputs) { return inputs.detach().requires_grad_(); };
  const at::Tensor user_in = leaf(to_users.inputs(user.parts));
  const at::Tensor item_in = leaf(to_items.inputs(of_columns));
  const extra::NamedTensors leaves = layer_adam_.leaves();
  const at::Tensor queries = to_users(user_in, leaves);
  const at::Tensor items = to_items(item_in, leaves);
  const extra::InBatchGradients found =
      extra::in_batch_softmax(queries.detach(), items.detach(), wanted);
  const auto back = [](const at::Tensor& in, const at::Tensor& out, const at::Tensor& gradient) {
    if (out.is_same(in)) return gradient;
    out.backward(gradient);
    return in.grad();
  };
  const at::Tensor of_users = back(user_in, queries, found.of_queries);
  const at::Tensor of_items = back(item_in, items, found.of_items);

  const int64_t width = of_users.size(1);
  const at::Tensor of_past =
      !looks_back ? at::Tensor() : of_users.slice(1, width - settings_.factors, width);
  move_items(item, past, of_items, of_past);
  move_users(user, of_users);
  layer_adam_.step(extra::gradients_of(leaves));
  return found.loss;
}

extra::NamedTensors Towers::weights() const {
  extra::NamedTensors out = {{"users", user_table_}, {"items", item_table_}};
  for (const auto& [name, value] : layers_) out.emplace_back("layers." + name, value);
  return out;
}

void Towers::keep_optimisers(Archive& archive) const {
  user_adam_.keep(archive, "adam.users");
  item_adam_.keep(archive, "adam.items");
  layer_adam_.keep(archive, "adam.layers.");
}

void Towers::restore_optimisers(const Archive& archive) {
  user_adam_.restore(archive, "adam.users");
  item_adam_.restore(archive, "adam.items");
  layer_adam_.restore(archive, "adam.layers.");
}

Parts Towers::item_parts(const std::vector<bool>& learnt) const {
  const at::Tensor own = item_table_.slice(0, 0, items_);
  Parts out = {own * mask(learnt, own)};
  if (known_->item_columns > 0) out.push_back(known_->item.bags.sums(item_table_.slice(0, items_)));
  return out;
}

at::Tensor Towers::user_ids(const std::vector<bool>& learnt) const {
  const at::Tensor own = user_table_.slice(0, 0, users_);
  return own * mask(learnt, own);
}

at::Tensor Towers::user_features() const {
  const int64_t first = settings_.user_id ? users_ : 0;
  return known_->user.bags.sums(user_table_.slice(0, first, first + known_->user_columns));
}

at::Tensor Towers::context_vectors() const {
  return user_table_.slice(0, user_table_.size(0) - known_->context_columns).clone();
}

}  // namespace assay::two_tower

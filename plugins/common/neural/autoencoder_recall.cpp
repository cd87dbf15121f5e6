#include <ATen/TensorOperators.h>
#include <ATen/ops/tensor.h>
#include <assay/extra/fits/epochs.h>
#include <assay/extra/neural/autoencoder_recall.h>
#include <assay/kernels.h>

#include <algorithm>
#include <string>

namespace assay::extra {
namespace {

constexpr int64_t kTrialBatches = 4;
constexpr const char* kKnown = "known";
constexpr const char* kNames = "names";

at::Tensor flags(const std::vector<bool>& values) {
  return at::tensor(std::vector<int64_t>(values.begin(), values.end()), at::kLong).to(at::kBool);
}

at::Tensor are_empty(const Bags& bags, const at::Device& device) {
  std::vector<bool> empty;
  for (int64_t bag = 0; bag < bags.size(); ++bag)
    empty.push_back(bags.offsets[bag] == bags.offsets[bag + 1]);
  return flags(empty).to(device);
}

}  // namespace

void AutoencoderRecall::fit(const TrainingView& data, FitContext& ctx) {
  at::Generator generator = ctx.generator();
  seed_ = generator.current_seed();
  bags_.emplace(data, settings_.repeats, settings_.batch_size, seed_);
  known_ = bags_->items();
  weights_ = draw(data.items, generator);
  for (auto& [name, value] : weights_) value = value.to(ctx.device());
  start();
  learn_epochs(*this, settings_.epochs, ctx);
  ctx.note("users", std::to_string(bags_->users()));
  end();
  bags_.reset();
}

double AutoencoderRecall::learn_pass(int64_t pass, int64_t passes, FitContext& ctx,
                                     const Step& step) {
  bags_->start(pass);
  // Of the pass alone, so that a fit which goes on from a checkpoint draws the same.
  Chance chance{SplitMix(seed_ + 1, static_cast<uint64_t>(pass)), ctx.generator().clone()};
  chance.generator.set_current_seed(chance.random.bits());
  const int64_t all = bags_->batches();
  const int64_t count = ctx.trial() ? std::min(kTrialBatches, all) : all;
  double sum = 0;
  int64_t users = 0;
  for (int64_t n = 0; n < count && !ctx.stop_requested(); ++n) {
    const Bags liked = bags_->batch(n);
    sum += static_cast<double>(liked.size()) * step(liked, (pass - 1) * all + n + 1, chance);
    users += liked.size();
    ctx.progress((pass - 1) * count + n + 1, settings_.epochs.epochs * passes * count);
  }
  return sum / static_cast<double>(std::max<int64_t>(users, 1));
}

at::Tensor AutoencoderRecall::queries(const Bags& past) const {
  return query(unit_length(past).sums(weights_[0].second), layers());
}

at::Tensor AutoencoderRecall::query_vectors(const RequestBatch& requests,
                                            const ServeContext&) const {
  const Bags past = history_bags(requests.history, settings_.repeats, known_);
  return queries(past).masked_fill(are_empty(past, weights_[0].second.device()).unsqueeze(1), 0);
}

CandidateBatch AutoencoderRecall::recall(const RequestBatch& requests, int64_t k,
                                         const ServeContext&) const {
  const Bags past = history_bags(requests.history, settings_.repeats, known_);
  CandidateBatch best = top_k_dot(queries(past), weights_[1].second, k, requests);
  leave_empty(best, are_empty(past, best.item.device()));
  return best;
}

void AutoencoderRecall::save(Archive& archive) const {
  std::string names;
  for (const auto& [name, value] : weights_) {
    archive.put(name, value);
    names += name + '\n';
  }
  archive.put_text(kNames, names);
  archive.put(kKnown, flags(known_));
}

void AutoencoderRecall::load(const Archive& archive, const LoadContext& ctx) {
  weights_.clear();
  const std::string& names = archive.text(kNames);
  for (size_t from = 0; from < names.size();) {
    const size_t end = names.find('\n', from);
    const std::string name = names.substr(from, end - from);
    weights_.emplace_back(name, archive.tensor(name).to(ctx.device));
    from = end + 1;
  }
  const at::Tensor known = archive.tensor(kKnown).cpu().contiguous();
  known_.assign(known.const_data_ptr<bool>(), known.const_data_ptr<bool>() + known.numel());
}

}  // namespace assay::extra

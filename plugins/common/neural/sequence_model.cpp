#include <ATen/CPUGeneratorImpl.h>
#include <ATen/TensorOperators.h>
#include <ATen/ops/arange.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/tensor.h>
#include <ATen/ops/where.h>
#include <ATen/ops/zeros.h>
#include <ATen/ops/zeros_like.h>
#include <assay/error.h>
#include <assay/extra/fits/epochs.h>
#include <assay/extra/neural/sequence_model.h>
#include <assay/extra/neural/sequence_trainer.h>
#include <assay/kernels.h>

#include <algorithm>

namespace assay::extra {
namespace {

constexpr int64_t kShortest = 16;  // places of a row that is served; then twice as many, ...

Ragged times_of_history(const History& history) {
  Ragged out = history;
  out.values = history.time_us ? *history.time_us : at::zeros_like(out.values);
  return out;
}

}  // namespace

SequenceModel::SequenceModel(std::string name, const SequenceSettings& settings)
    : name_(std::move(name)), settings_(settings), encoder_(make_encoder(settings.encoder)) {
  const bool from_batch = settings.negatives_from == NegativeItems::in_batch ||
                          settings.negatives_from == NegativeItems::mixed;
  if (from_batch && settings.loss != NextItemLoss::sampled_softmax) {
    throw InvalidInput(name_ +
                       ": negatives_from takes items of the batch, which needs loss: "
                       "sampled_softmax; set that, or uniform or popularity.");
  }
}

at::Tensor shown_rows(const SequenceSettings& settings, const at::Tensor& table,
                      const at::Tensor& places, const at::Tensor& item,
                      const Parameters& parameters) {
  const at::Tensor rows = table.index_select(0, places.flatten().to(table.device()))
                              .view({places.size(0), places.size(1), table.size(1)});
  if (!masks(settings)) return rows;
  return at::where(item.eq(kMasked).unsqueeze(2).to(table.device()), parameters.back().second,
                   rows);
}

void SequenceModel::fit(const TrainingView& data, FitContext& ctx) {
  at::Generator generator = ctx.generator();
  const auto options = at::TensorOptions(at::kFloat).device(generator.device());
  items_ = at::empty({data.items, settings_.encoder.width}, options)
               .normal_(0, settings_.encoder.initial_deviation, generator)
               .to(ctx.device());
  parameters_ = encoder_->draw(generator);
  for (auto& [name, value] : parameters_) value = value.to(ctx.device());
  SequenceTrainer trainer(settings_, *encoder_, items_, parameters_, data, ctx);
  learn_epochs(trainer,
               {.who = name_,
                .epochs = settings_.epochs,
                .patience = settings_.patience,
                .validate_every = settings_.validate_every,
                .learning_rate = settings_.learning_rate},
               ctx);
}

at::Tensor SequenceModel::query_vectors(const History& history) const {
  const History once = history.once();
  const RaggedSpans rows(once);
  const bool timed = settings_.encoder.time_buckets > 0;
  const RaggedSpans times(timed ? times_of_history(once) : Ragged(once));
  at::Tensor out = at::zeros({rows.size(), settings_.encoder.width}, items_.options());
  // A history has the same number of places in every batch, so that its bits are the same.
  int64_t shorter = 0;
  for (int64_t width = std::min(kShortest, settings_.encoder.length);; width *= 2) {
    width = std::min(width, settings_.encoder.length);
    const bool last = width == settings_.encoder.length;
    std::vector<int64_t> these;
    for (int64_t row = 0; row < rows.size(); ++row) {
      const int64_t size =
          rows[row].empty() ? 0 : std::ssize(rows[row]) + (masks(settings_) ? 1 : 0);
      if (size > shorter && (size <= width || last)) these.push_back(row);
    }
    if (!these.empty()) {
      const at::Tensor where = at::tensor(these, at::kLong).to(items_.device());
      out.index_copy_(0, where, encoded(rows, times, these, width));
    }
    if (last) return out;
    shorter = width;
  }
}

at::Tensor SequenceModel::encoded(const RaggedSpans& rows, const RaggedSpans& times,
                                  const std::vector<int64_t>& these, int64_t width) const {
  const SequenceBatch batch =
      sequence_batch(rows, these, settings_.encoder.length, width, masks(settings_));
  const at::Device device = items_.device();
  at::Tensor time;
  if (settings_.encoder.time_buckets > 0) time = times_of(batch, rows, times, these);
  Dropout none;
  const at::Tensor hidden = encoder_->encode(
      shown_rows(settings_, items_, batch.item.clamp_min(0), batch.item, parameters_),
      {batch.position.to(device), time.defined() ? time.to(device) : time}, parameters_, none,
      /*bf16=*/false);
  const at::Tensor last =
      batch.item.ne(-1).sum(1) - 1 + at::arange(std::ssize(these), at::kLong) * width;
  return hidden.flatten(0, 1).index_select(0, last.to(device));
}

CandidateBatch SequenceModel::recall(const RequestBatch& requests, int64_t k) const {
  CandidateBatch best = top_k_dot(query_vectors(requests.history), items_, k, requests);
  leave_empty(best, requests.history.lengths().eq(0));
  return best;
}

void SequenceModel::save(Archive& archive) const {
  archive.put("items", items_);
  for (const auto& [name, value] : parameters_) archive.put("encoder." + name, value);
}

void SequenceModel::load(const Archive& archive, const at::Device& device) {
  items_ = archive.tensor("items").to(device);
  parameters_ = encoder_->draw(at::detail::createCPUGenerator(0));
  for (auto& [name, value] : parameters_) value = archive.tensor("encoder." + name).to(device);
}

}  // namespace assay::extra

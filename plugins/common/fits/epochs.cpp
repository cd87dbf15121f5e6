#include <ATen/TensorOperators.h>
#include <assay/error.h>
#include <assay/extra/fits/epochs.h>

#include <charconv>
#include <cmath>
#include <cstdio>
#include <limits>

namespace assay::extra {

std::string shown(double value) {
  char text[32];
  std::snprintf(text, sizeof text, "%.6g", value);
  return text;
}

int64_t chosen_number(const FitContext& ctx, const std::string& key) {
  const std::string text = ctx.chosen(key);
  int64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  const bool is_whole = error == std::errc() && end == text.data() + text.size();
  return is_whole && number > 0 ? number : 0;
}

void expect_finite(const EpochLoss& loss, double learning_rate, const std::string& who) {
  if (std::isfinite(loss.loss)) return;
  throw InvalidInput(who + ": the loss is " + shown(loss.loss) + " in epoch " +
                     std::to_string(loss.epoch) +
                     (loss.epoch > 1 ? ", after " + shown(loss.before) : "") +
                     ": it diverges; lower learning_rate, which is " + shown(learning_rate) + ".");
}

void leave_empty(CandidateBatch& batch, const at::Tensor& rows) {
  const at::Tensor whole = rows.unsqueeze(1);
  batch.item.masked_fill_(whole, -1);
  batch.score.masked_fill_(whole, -std::numeric_limits<double>::infinity());
}

}  // namespace assay::extra

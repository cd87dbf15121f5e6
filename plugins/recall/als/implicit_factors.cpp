#include "implicit_factors.h"

#include <ATen/ops/normal.h>
#include <ATen/ops/where.h>

#include <algorithm>
#include <numeric>
#include <utility>

#include "block_descent.h"
#include "implicit_least_squares.h"

namespace assay::als {

FoldIn::FoldIn(const at::Tensor& items, const Objective& objective)
    : FoldIn(padded(items.cpu()).contiguous(), items.size(1), objective) {}

FoldIn::FoldIn(const at::Tensor& padded_items, int64_t factors, const Objective& objective)
    : products_(std::make_shared<Gram>(padded_items, factors)), objective_(objective) {}

FoldIn::Query::Query(const FoldIn& fixed)
    : solver_(*fixed.products_, fixed.objective_),
      padded_(static_cast<size_t>(fixed.products_->width())) {}

void FoldIn::Query::solve(const ConfidenceRow& history, std::span<float> vector) {
  solver_.solve(history.columns, history.confidence, padded_.data());
  std::copy_n(padded_.begin(), vector.size(), vector.begin());
}

FoldIn::Reason::Reason(const FoldIn& fixed)
    : items_(fixed.products_->y()),
      offset_(fixed.objective_.offset),
      equations_(*fixed.products_, fixed.objective_) {}

void FoldIn::Reason::set(const ConfidenceRow& history) {
  equations_.set(history.columns, history.confidence);
  history_ = &history;
}

std::span<const double> FoldIn::Reason::terms(int64_t item) {
  const float* const vectors = items_.const_data_ptr<float>();
  const std::vector<double>& response = equations_.response(item);
  terms_.clear();
  for (size_t n = 0; n < history_->columns.size(); ++n) {
    const float* const vector = vectors + history_->columns[n] * items_.size(1);
    const double like = std::inner_product(response.begin(), response.end(), vector, 0.0);
    terms_.push_back((history_->confidence[n] - offset_) * like);
  }
  return terms_;
}

int64_t ImplicitFactors::row_bytes(int64_t factors) {
  return static_cast<int64_t>(sizeof(float)) * padded_width(factors);
}

void ImplicitFactors::draw(int64_t users, int64_t items, at::Generator generator) {
  users_ = drawn(users, generator);
  items_ = drawn(items, std::move(generator));
}

void ImplicitFactors::draw_unknown(const at::Tensor& user_known, const at::Tensor& item_known,
                                   at::Generator generator) {
  users_ = at::where(user_known.unsqueeze(1), users_, drawn(users_.size(0), generator));
  items_ = at::where(item_known.unsqueeze(1), items_, drawn(items_.size(0), std::move(generator)));
}

void ImplicitFactors::improve(const ConfidenceMatrix& by_user, const ConfidenceMatrix& by_item) {
  improve_rows(by_user, items_, users_);
  improve_rows(by_item, users_, items_);
}

double ImplicitFactors::loss(const ConfidenceMatrix& by_user) const {
  return implicit_loss(by_user, users_, items_, settings_.objective(items_.size(0)),
                       settings_.objective(users_.size(0)));
}

at::Tensor ImplicitFactors::item_vectors() const {
  return items_.slice(1, 0, settings_.factors).clone(at::MemoryFormat::Contiguous);
}

at::Tensor ImplicitFactors::drawn(int64_t rows, at::Generator generator) const {
  return padded(at::normal(0.0, settings_.initial_deviation, {rows, settings_.factors},
                           std::move(generator)));
}

void ImplicitFactors::improve_rows(const ConfidenceMatrix& seen, const at::Tensor& fixed,
                                   at::Tensor& rows) const {
  const Objective objective = settings_.objective(fixed.size(0));
  if (settings_.solver == Solver::cholesky)
    solve_exactly(seen, fixed, settings_.factors, objective, rows);
  else if (settings_.solver == Solver::blocks)
    solve_by_blocks(seen, fixed, settings_.factors, objective, settings_.block, rows);
  else
    solve_by_conjugate_gradient(seen, fixed, objective, settings_.conjugate_gradient_steps, rows);
}

}  // namespace assay::als

#include "assignment/optimised.h"

#include <algorithm>
#include <cmath>

#include "error/error.h"

namespace assay::assignment {

namespace {

/// All lists whose every prefix ends in the next item of a or of b.
void extend(const RankedList& a, const RankedList& b, size_t length, RankedList& shown,
            std::vector<RankedList>& out) {
  RankedList next;
  for (const RankedList* list : {&a, &b}) {
    const auto found = std::ranges::find_if(
        *list, [&](int64_t item) { return std::ranges::count(shown, item) == 0; });
    if (found != list->end() && std::ranges::count(next, *found) == 0) next.push_back(*found);
  }
  if (shown.size() == length || next.empty()) {
    out.push_back(shown);
    return;
  }
  for (const int64_t item : next) {
    shown.push_back(item);
    extend(a, b, length, shown, out);
    shown.pop_back();
  }
}

double rank_in(const RankedList& list, int64_t item) {
  return static_cast<double>(std::ranges::find(list, item) - list.begin());
}

std::vector<double> credit_of_items(const RankedList& a, const RankedList& b,
                                    const RankedList& shown) {
  std::vector<double> credit;
  for (const int64_t item : shown) credit.push_back(rank_in(a, item) - rank_in(b, item));
  return credit;
}

double entropy_part(double share) { return share > 0.0 ? -share * std::log2(share) : 0.0; }

/// How much a click on a list tells: the chance that it speaks for a side, times the entropy of which.
double sensitivity(const std::vector<double>& credit) {
  double for_a = 0.0, for_b = 0.0, all = 0.0;
  for (size_t i = 0; i < credit.size(); ++i) {
    const double chance = 1.0 / static_cast<double>(i + 1);
    all += chance;
    if (credit[i] < 0.0) for_a += chance;
    if (credit[i] > 0.0) for_b += chance;
  }
  const double telling = for_a + for_b;
  if (telling == 0.0) return 0.0;
  return telling / all * (entropy_part(for_a / telling) + entropy_part(for_b / telling));
}

/// The tableau of a linear program: rows of equations, the objective below them, bounds at the end
/// of each row.
class Simplex {
 public:
  Simplex(const std::vector<std::vector<double>>& rows, const std::vector<double>& bounds)
      : variables_(rows.front().size()), equations_(rows.size()) {
    const size_t width = variables_ + equations_ + 1;
    for (size_t r = 0; r < equations_; ++r) {
      std::vector<double> row = rows[r];
      row.resize(width, 0.0);
      row[variables_ + r] = 1.0;  // artificial
      row.back() = bounds[r];
      table_.push_back(std::move(row));
      basis_.push_back(variables_ + r);
    }
    table_.emplace_back(width, 0.0);
  }

  /// Whether the artificial variables can all be 0.
  bool find_start() {
    std::vector<double> objective(variables_ + equations_, 0.0);
    for (size_t r = 0; r < equations_; ++r) objective[variables_ + r] = -1.0;
    maximise(objective, variables_ + equations_);
    if (table_.back().back() < -kClose) return false;
    for (size_t r = 0; r < equations_; ++r) leave_artificial(r);
    return true;
  }

  std::vector<double> best(std::vector<double> objective) {
    objective.resize(variables_ + equations_, 0.0);
    maximise(objective, variables_);
    std::vector<double> x(variables_, 0.0);
    for (size_t r = 0; r < equations_; ++r) {
      if (basis_[r] < variables_) x[basis_[r]] = std::max(0.0, table_[r].back());
    }
    return x;
  }

 private:
  static constexpr double kClose = 1e-9;

  void maximise(const std::vector<double>& objective, size_t usable) {
    std::vector<double>& last = table_.back();
    std::ranges::fill(last, 0.0);
    for (size_t c = 0; c < objective.size(); ++c) last[c] = -objective[c];
    for (size_t r = 0; r < equations_; ++r) add_row(last, table_[r], objective[basis_[r]]);
    while (true) {
      size_t column = 0;
      while (column < usable && last[column] > -kClose) ++column;
      if (column == usable) return;
      const std::optional<size_t> row = leaving(column);
      error::require(row.has_value(), "probabilities are bounded");
      pivot(*row, column);
    }
  }

  std::optional<size_t> leaving(size_t column) const {
    std::optional<size_t> best;
    double least = 0.0;
    for (size_t r = 0; r < equations_; ++r) {
      if (table_[r][column] <= kClose) continue;
      const double ratio = table_[r].back() / table_[r][column];
      const bool closer =
          !best || ratio < least - kClose || (ratio <= least + kClose && basis_[r] < basis_[*best]);
      if (!closer) continue;
      least = best ? std::min(least, ratio) : ratio;
      best = r;
    }
    return best;
  }

  static void add_row(std::vector<double>& to, const std::vector<double>& from, double times) {
    if (times == 0.0) return;
    for (size_t c = 0; c < to.size(); ++c) to[c] += times * from[c];
  }

  void pivot(size_t row, size_t column) {
    const double by = table_[row][column];
    for (double& value : table_[row]) value /= by;
    for (size_t r = 0; r < table_.size(); ++r) {
      if (r != row) add_row(table_[r], table_[row], -table_[r][column]);
    }
    basis_[row] = column;
  }

  /// An artificial variable that is 0 leaves the basis where a real one can take its place; where
  /// none can its equation says nothing.
  void leave_artificial(size_t row) {
    if (basis_[row] < variables_) return;
    for (size_t c = 0; c < variables_; ++c) {
      if (std::abs(table_[row][c]) > kClose) return pivot(row, c);
    }
  }

  size_t variables_, equations_;
  std::vector<std::vector<double>> table_;
  std::vector<size_t> basis_;
};

}  // namespace

const RankedList& OptimisedLists::drawn(const Draw& draw) const {
  double left = draw();
  size_t list = 0;
  while (list + 1 < lists.size() && (left -= probabilities[list]) >= 0.0) ++list;
  return lists[list];
}

std::vector<double> OptimisedLists::credit_of(size_t list, std::span<const char> clicks) const {
  error::require(clicks.size() == credit[list].size(), "each item of a list was clicked or not");
  std::vector<double> sides(2, 0.0);
  for (size_t i = 0; i < clicks.size(); ++i) {
    if (clicks[i]) sides[credit[list][i] > 0.0 ? 1 : 0] += std::abs(credit[list][i]);
  }
  return sides;
}

std::optional<std::vector<double>> solve_linear_program(
    const std::vector<std::vector<double>>& rows, const std::vector<double>& bounds,
    const std::vector<double>& objective) {
  error::require(!rows.empty() && rows.size() == bounds.size(), "each equation has a bound");
  Simplex simplex(rows, bounds);
  if (!simplex.find_start()) return std::nullopt;
  return simplex.best(objective);
}

std::optional<OptimisedLists> optimised(const RankedList& a, const RankedList& b, size_t length) {
  error::require(length >= 1 && length <= kMostOptimised, "a list of 1 to 10 items is optimised");
  OptimisedLists result;
  RankedList shown;
  extend(a, b, length, shown, result.lists);
  std::vector<std::vector<double>> rows(length + 1, std::vector<double>(result.lists.size(), 0.0));
  std::vector<double> objective;
  for (size_t list = 0; list < result.lists.size(); ++list) {
    result.credit.push_back(credit_of_items(a, b, result.lists[list]));
    const std::vector<double>& credit = result.credit.back();
    double sum = 0.0;
    for (size_t k = 0; k < length; ++k) {
      sum += k < credit.size() ? credit[k] : 0.0;
      rows[k][list] = sum;
    }
    rows[length][list] = 1.0;
    objective.push_back(sensitivity(credit));
  }
  std::vector<double> bounds(length + 1, 0.0);
  bounds.back() = 1.0;
  const auto solved = solve_linear_program(rows, bounds, objective);
  if (!solved) return std::nullopt;
  result.probabilities = *solved;
  return result;
}

}  // namespace assay::assignment

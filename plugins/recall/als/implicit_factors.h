#pragma once

#include <ATen/core/Generator.h>
#include <ATen/core/Tensor.h>

#include <cstdint>
#include <memory>
#include <span>

#include "confidence_matrix.h"
#include "gram.h"
#include "normal_equations.h"
#include "objective.h"
#include "row_solver.h"

namespace assay::als {

enum class Solver { conjugate_gradient, cholesky, blocks };
enum class Loss { hu, ials };

struct FactorSettings {
  int64_t factors = 64;
  double lambda = 0.01;  ///< above 0
  Solver solver = Solver::conjugate_gradient;
  int64_t conjugate_gradient_steps = 3;
  int64_t block = 64;  ///< factors of a block, for `blocks`
  Loss loss = Loss::hu;
  double unobserved_weight = 0.1;   ///< of iALS
  double frequency_power = 1;       ///< of iALS
  double initial_deviation = 0.01;  ///< of the normal numbers that learning begins with

  /// Of a side whose other has so many rows.
  Objective objective(int64_t others) const {
    return loss == Loss::hu ? Objective(lambda)
                            : Objective(lambda, unobserved_weight, frequency_power, others);
  }
};

/// Fixed items, against which a user's vector is solved for. May be used by many threads, each with
/// its own FoldIn::Query or FoldIn::Reason.
class FoldIn {
 public:
  FoldIn() = default;
  /// @param items  float32 [N, factors], on any device
  FoldIn(const at::Tensor& items, const Objective& objective);

  int64_t factors() const { return products_->factors(); }

  /// Solves for one user after the other.
  class Query {
   public:
    /// @param fixed  must live as long as this
    explicit Query(const FoldIn& fixed);
    /// Writes the vector of somebody with that history to `vector` [factors]. Throws InvalidInput
    /// where lambda is too small for the equations even in float64.
    void solve(const ConfidenceRow& history, std::span<float> vector);

   private:
    RowSolver solver_;
    std::vector<float> padded_;
  };

  /// Says what each item of a history adds to a score (Hu et al. 2008, section 5):
  /// score(u, j) = sum over i in the history of (c_ui - offset) y_j' W_u y_i.
  class Reason {
   public:
    /// @param fixed  must live as long as this
    explicit Reason(const FoldIn& fixed);
    /// Takes up a history, which must live until the next one. Throws as Query::solve.
    void set(const ConfidenceRow& history);
    /// What each item of the history adds to the score of `item`, in its order.
    std::span<const double> terms(int64_t item);

   private:
    const at::Tensor& items_;  // float32 [N, width]
    float offset_;
    NormalEquations equations_;
    const ConfidenceRow* history_ = nullptr;
    std::vector<double> terms_;
  };

 private:
  friend class ImplicitFactors;
  FoldIn(const at::Tensor& padded_items, int64_t factors, const Objective& objective);

  std::shared_ptr<const Gram> products_;
  Objective objective_ = 0.0;
};

/// The factors of users and items while they are learnt (implicit_least_squares.h). On the CPU, the
/// same bits with any number of threads.
class ImplicitFactors {
 public:
  explicit ImplicitFactors(const FactorSettings& settings) : settings_(settings) {}

  /// What the factors of one user or item take here.
  static int64_t row_bytes(int64_t factors);

  /// Begins with normal numbers: those of the users are drawn first, then those of the items.
  void draw(int64_t users, int64_t items, at::Generator generator);
  /// Draws anew the rows that are not known: theirs are 0, and a user of 0 with items of 0 would
  /// stay so.
  /// @param user_known, item_known  bool, one for each row
  void draw_unknown(const at::Tensor& user_known, const at::Tensor& item_known,
                    at::Generator generator);

  /// One pass: all users from the items, then all items from the users.
  void improve(const ConfidenceMatrix& by_user, const ConfidenceMatrix& by_item);

  /// implicit_loss() of what is there now.
  double loss(const ConfidenceMatrix& by_user) const;

  int64_t items() const { return items_.size(0); }
  Objective objective(int64_t others) const { return settings_.objective(others); }
  /// float32 [N, factors], fresh.
  at::Tensor item_vectors() const;
  /// The items as they are now.
  FoldIn fold_in() const { return FoldIn(items_, settings_.factors, settings_.objective(items())); }

 private:
  at::Tensor drawn(int64_t rows, at::Generator generator) const;
  void improve_rows(const ConfidenceMatrix& seen, const at::Tensor& fixed, at::Tensor& rows) const;

  FactorSettings settings_;
  at::Tensor users_;  // float32 [U, width], rows as wide as the solvers like them
  at::Tensor items_;  // float32 [N, width]
};

}  // namespace assay::als

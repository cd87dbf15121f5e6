#include "inverse_in_place.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/eye.h>
#include <ATen/ops/linalg_cholesky_ex.h>
#include <ATen/ops/linalg_solve_triangular.h>
#include <ATen/ops/mm.h>

#include <algorithm>

namespace assay::ease {
namespace {

/// A part of a matrix, over its memory.
at::Tensor block(const at::Tensor& matrix, int64_t top, int64_t bottom, int64_t left,
                 int64_t right) {
  return matrix.slice(0, top, bottom).slice(1, left, right);
}

/// @param factor  a lower triangle; what lies above it is not read
at::Tensor inverse_of_triangle(const at::Tensor& factor) {
  return at::linalg_solve_triangular(factor, at::eye(factor.size(0), factor.options()),
                                     /*upper=*/false);
}

class InPlace {
 public:
  InPlace(at::Tensor& matrix, const std::function<bool(double)>& go_on)
      : a_(matrix), size_(matrix.size(0)), go_on_(go_on) {}

  Inversion run() {
    for (int64_t first = 0; first < size_; first += kColumnsAtOnce) {
      if (!go_on_(share_of_factor(first))) return Inversion::stopped;
      if (!factorise(first, std::min(size_, first + kColumnsAtOnce)))
        return Inversion::not_positive_definite;
    }
    for (int64_t end = size_; end > 0;) {
      if (!go_on_(share_of_inverse(size_ - end))) return Inversion::stopped;
      const int64_t first = (end - 1) / kColumnsAtOnce * kColumnsAtOnce;
      invert(first, end);
      end = first;
    }
    return Inversion::done;
  }

 private:
  // The columns first .. end of L, where those to their left are done.
  bool factorise(int64_t first, int64_t end) {
    at::Tensor columns = block(a_, first, size_, first, end);
    if (first > 0) {
      columns.addmm_(block(a_, first, size_, 0, first), block(a_, first, end, 0, first).t(),
                     /*beta=*/1, /*alpha=*/-1);
    }
    at::Tensor diagonal = block(a_, first, end, first, end);
    const auto [factor, info] = at::linalg_cholesky_ex(diagonal);
    if (info.item<int32_t>() != 0) return false;
    diagonal.copy_(factor);
    if (end == size_) return true;
    at::Tensor below = block(a_, end, size_, first, end);
    below.copy_(at::mm(below, inverse_of_triangle(factor).t()));
    return true;
  }

  // The same columns of the inverse, where those to their right are done.
  void invert(int64_t first, int64_t end) {
    at::Tensor diagonal = block(a_, first, end, first, end);
    const at::Tensor inverse = inverse_of_triangle(diagonal);
    at::Tensor own = at::mm(inverse.t(), inverse);
    if (end < size_) {
      at::Tensor below = block(a_, end, size_, first, end);
      const at::Tensor w = at::mm(below, inverse);
      below.addmm_(block(a_, end, size_, end, size_), w, /*beta=*/0, /*alpha=*/-1);
      own.addmm_(w.t(), below, /*beta=*/1, /*alpha=*/-1);
      block(a_, first, end, end, size_).copy_(below.t());
    }
    diagonal.copy_(own.tril() + own.tril(-1).t());
  }

  // A third of the work is the factor; the work of both grows with the cube of what is done.
  double share_of_factor(int64_t done) const { return part(done) / 3; }
  double share_of_inverse(int64_t done) const { return (1 + 2 * part(done)) / 3; }
  double part(int64_t done) const {
    const double share = static_cast<double>(done) / static_cast<double>(size_);
    return share * share * (3 - 2 * share);
  }

  at::Tensor& a_;
  int64_t size_;
  const std::function<bool(double)>& go_on_;
};

}  // namespace

Inversion invert_in_place(at::Tensor& matrix, const std::function<bool(double)>& go_on) {
  return InPlace(matrix, go_on).run();
}

}  // namespace assay::ease

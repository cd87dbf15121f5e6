#include "symmetric_eigen.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>
#include <numeric>
#include <stdexcept>
#include <tuple>
#include <utility>

#include "lanes.h"

namespace assay::gf_cf {
namespace {

double dot(const double* a, const double* b, int64_t width) {
  Lanes part = {};
  int64_t at = 0;
  for (; at + kLanes <= width; at += kLanes) part += lanes(a + at) * lanes(b + at);
  double total = sum(part);
  for (; at < width; ++at) total += a[at] * b[at];
  return total;
}

// The matrix is H T H' with T of three diagonals and H = H_0 H_1 ..., H_k = I - beta_k v_k v_k',
// where v_k is 0 up to row k.
struct Tridiagonal {
  std::vector<double> diagonal;  // [n]
  std::vector<double> beside;    // [n], beside[k] between k and k + 1; the last one 0
  std::vector<double> v;         // [n, n], row k: v_k
  std::vector<double> beta;      // [n]
};

// Takes x [count] and leaves v; returns beta and what the first entry of x becomes.
std::pair<double, double> householder(double* x, int64_t count) {
  const double rest = dot(x + 1, x + 1, count - 1);
  if (rest == 0) return {0, x[0]};
  const double length = std::sqrt(x[0] * x[0] + rest);
  const double first = x[0] > 0 ? -length : length;
  x[0] -= first;
  return {2 / (x[0] * x[0] + rest), first};
}

Tridiagonal tridiagonal(std::vector<double>& a, int64_t n) {
  Tridiagonal t{.diagonal = std::vector<double>(n),
                .beside = std::vector<double>(n),
                .v = std::vector<double>(n * n),
                .beta = std::vector<double>(n)};
  std::vector<double> p(n);
  for (int64_t k = 0; k + 1 < n; ++k) {
    const int64_t from = k + 1, count = n - from;
    double* const v = t.v.data() + k * n + from;
    std::copy_n(a.data() + k * n + from, count, v);
    std::tie(t.beta[k], t.beside[k]) = householder(v, count);
    t.diagonal[k] = a[k * n + k];
    if (t.beta[k] == 0) continue;
    for (int64_t row = 0; row < count; ++row)
      p[row] = t.beta[k] * dot(a.data() + (from + row) * n + from, v, count);
    const double half = t.beta[k] * dot(p.data(), v, count) / 2;
    add_scaled(-half, v, p.data(), count);
    for (int64_t row = 0; row < count; ++row) {
      double* const to = a.data() + (from + row) * n + from;
      add_scaled(-v[row], p.data(), to, count);
      add_scaled(-p[row], v, to, count);
    }
  }
  t.diagonal[n - 1] = a[n * n - 1];
  return t;
}

// H', whose rows are the columns of H, so that a rotation mixes two rows.
std::vector<double> reflections(const Tridiagonal& t, int64_t n) {
  std::vector<double> h(n * n, 0);
  for (int64_t i = 0; i < n; ++i) h[i * n + i] = 1;
  for (int64_t k = n - 2; k >= 0; --k) {
    if (t.beta[k] == 0) continue;
    const int64_t from = k + 1, count = n - from;
    const double* const v = t.v.data() + k * n + from;
    for (int64_t row = from; row < n; ++row) {
      double* const to = h.data() + row * n + from;
      add_scaled(-t.beta[k] * dot(to, v, count), v, to, count);
    }
  }
  return h;
}

void rotate(double c, double s, double* low, double* high, int64_t n) {
  for (int64_t k = 0; k < n; ++k) {
    const double l = low[k], h = high[k];
    high[k] = s * l + c * h;
    low[k] = c * l - s * h;
  }
}

// One implicit QL sweep over the rows first .. last; false where a rotation underflowed, in which
// case the matrix has split and the sweep is to be repeated.
bool sweep(std::vector<double>& d, std::vector<double>& e, double* z, int64_t n, int64_t first,
           int64_t last) {
  double g = (d[first + 1] - d[first]) / (2 * e[first]);
  g = d[last] - d[first] + e[first] / (g + std::copysign(std::hypot(g, 1.0), g));
  double s = 1, c = 1, p = 0;
  for (int64_t i = last - 1; i >= first; --i) {
    const double f = s * e[i], b = c * e[i];
    const double r = std::hypot(f, g);
    e[i + 1] = r;
    if (r == 0) {
      d[i + 1] -= p;
      e[last] = 0;
      return false;
    }
    s = f / r;
    c = g / r;
    g = d[i + 1] - p;
    const double t = (d[i] - g) * s + 2 * c * b;
    p = s * t;
    d[i + 1] = g + p;
    g = c * t - b;
    rotate(c, s, z + i * n, z + (i + 1) * n, n);
  }
  d[first] -= p;
  e[first] = g;
  e[last] = 0;
  return true;
}

void diagonalise(std::vector<double>& d, std::vector<double>& e, double* z, int64_t n) {
  constexpr int kSweeps = 60;  // a few are enough for each eigenvalue
  // Rounding is of the size of the largest entry: beside eigenvalues of 0 nothing gets smaller.
  double scale = 0;
  for (int64_t i = 0; i < n; ++i) scale = std::max({scale, std::abs(d[i]), std::abs(e[i])});
  for (int64_t first = 0; first < n; ++first) {
    for (int done = 0;; ++done) {
      int64_t last = first;
      for (; last + 1 < n; ++last) {
        const double size = std::abs(d[last]) + std::abs(d[last + 1]);
        if (std::abs(e[last]) <= std::numeric_limits<double>::epsilon() * std::max(size, scale))
          break;
      }
      if (last == first) break;
      if (done == kSweeps) throw std::runtime_error("an eigenvalue did not converge");
      sweep(d, e, z, n, first, last);
    }
  }
}

}  // namespace

EigenPairs symmetric_eigen(std::vector<double> matrix, int64_t n) {
  if (n == 0) return {};
  Tridiagonal t = tridiagonal(matrix, n);
  std::vector<double> z = reflections(t, n);
  diagonalise(t.diagonal, t.beside, z.data(), n);
  std::vector<int64_t> order(n);
  std::iota(order.begin(), order.end(), 0);
  std::ranges::stable_sort(order, std::greater<>(), [&](int64_t i) { return t.diagonal[i]; });
  EigenPairs pairs;
  pairs.vectors.reserve(n * n);
  for (const int64_t i : order) {
    pairs.values.push_back(t.diagonal[i]);
    pairs.vectors.insert(pairs.vectors.end(), z.begin() + i * n, z.begin() + (i + 1) * n);
  }
  return pairs;
}

}  // namespace assay::gf_cf

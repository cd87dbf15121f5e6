#pragma once
// Part of assay::extra, which promises no stable API or ABI: see assay/extra/README.md.

/// Rounding that makes equal scores tie.

#include <ATen/core/Tensor.h>
#include <assay/params.h>

#include <cmath>
#include <cstdint>
#include <span>
#include <string>

namespace assay::extra {

/// A value rounded, half to even, to so many decimals. 0 decimals leave it as it is.
///
/// Scores that are equal by mathematics differ in their last bits when their terms are added in
/// another order. Rounding makes them equal again, so that the rule for ties (the smaller id)
/// decides and not the order of summation.
class Rounding {
 public:
  explicit Rounding(int64_t decimals);
  double operator()(double value) const {
    return decimals_ == 0 ? value : std::rint(value * scale_) * unit_;  // one instruction, inline
  }
  void operator()(std::span<double> values) const;
  /// The same on any device, into a fresh tensor.
  at::Tensor operator()(const at::Tensor& values) const;

 private:
  int64_t decimals_;
  double scale_;  // 10^decimals
  double unit_;   // 10^-decimals
};

/// Declares the parameter `round_decimals`.
/// @param what  what is rounded: "Scores", "Scores and similarities"
template <typename P>
void describe_rounding(ParamList<P>& p, int64_t P::*member, const std::string& what) {
  p.add("round_decimals", member,
        what +
            " are compared after rounding to this many decimals, so that mathematically equal "
            "values tie and the smaller id wins. 0: no rounding.")
      .unit("decimals")
      .range(0, 15);
}

}  // namespace assay::extra

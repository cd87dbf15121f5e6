#pragma once
// Part of assay::extra, which promises no stable API or ABI: see assay/extra/README.md.

/// The numbers that a fitted network is kept and multiplied in, and whether this machine can.

#include <string>

namespace assay::extra {

enum class ServedPrecision {
  fp32,
  bf16,  ///< kept and multiplied, also while it learns
  fp16,  ///< kept; multiplied in float32, since CPUs multiply half precision many times slower
  int8   ///< kept and multiplied, with a scale for each row
};

/// Throws InvalidInput where this CPU does not compute in that precision, which a small product finds
/// out, once a process.
/// @param who  the strategy
void expect_computes_in(ServedPrecision precision, const std::string& who);

/// What it throws for: bfloat16 that takes more than twice the time of float32 ...
/// @param share_of_time  as bf16_share_of_time() of products.h
void expect_bf16(double share_of_time, const std::string& who);
/// ... and products of int8 that are wrong.
void expect_int8(bool is_exact, const std::string& who);

}  // namespace assay::extra

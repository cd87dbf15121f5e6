#pragma once
// Part of assay::extra, which promises no stable API or ABI: see assay/extra/README.md.

/// What strategies that learn for epochs say and ask: losses, choices of an earlier fit, empty rows.

#include <ATen/core/Tensor.h>
#include <assay/batch.h>
#include <assay/context.h>

#include <cstdint>
#include <string>

namespace assay::extra {

/// A number of six digits for notes and messages.
std::string shown(double value);

/// What the fit that validated chose, where that is a whole number above 0; 0 where nothing was.
int64_t chosen_number(const FitContext& ctx, const std::string& key);

/// A loss of an epoch, and that of the one before.
struct EpochLoss {
  int64_t epoch;  ///< from 1
  double loss, before;
};

/// Throws InvalidInput where the loss is not finite.
/// @param who  the strategy
void expect_finite(const EpochLoss& loss, double learning_rate, const std::string& who);

/// Makes rows lists without an item.
/// @param rows  bool [B]
void leave_empty(CandidateBatch& batch, const at::Tensor& rows);

}  // namespace assay::extra

#pragma once
// Part of assay::extra, which promises no stable API or ABI: see assay/extra/README.md.

/// The loss of rankers by fields: log loss of the labels, and of what a teacher says.

#include <ATen/core/Tensor.h>
#include <assay/extra/fields/field_examples.h>

#include <cstdint>
#include <span>

namespace assay::extra {

/// How much a teacher counts.
struct Distillation {
  double weight = 0.5;     ///< the teacher's share of the loss, the labels have the rest
  double temperature = 1;  ///< above 0; log-odds of both are divided by it
};

/// The log loss of rows as a scalar: the mean over all labels that are known, each with the weight of
/// its row. With a teacher (FieldExamples::teacher), after Hinton, Vinyals & Dean 2015, Distilling the
/// Knowledge in a Neural Network:
///
///     (1 - w) loss(labels, z) + w T^2 loss(sigmoid(teacher / T), z / T)
///
/// of which T^2 keeps gradients as large as those of the labels. A teacher says something of the first
/// target.
/// @param logits  float32 [rows] or [rows, T], in the order of `which`
/// @param which   rows of `examples`
at::Tensor field_loss(const at::Tensor& logits, const FieldExamples& examples,
                      std::span<const int64_t> which, const Distillation& distillation);

}  // namespace assay::extra

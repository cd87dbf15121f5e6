#pragma once

#include <ATen/core/Tensor.h>
#include <assay/ragged.h>

#include <cstdint>

namespace assay::metrics {

/// bool [B, K], true where the item is relevant to its request. Needs no memory the size of the
/// catalogue.
/// @param items  int64 [B, K], below 2^31; -1 pads and is never a hit
/// @param truth  B rows of int64, ascending, each item once
at::Tensor find_hits(const at::Tensor& items, const Ragged& truth);

/// The same through ATen operators, on any device.
at::Tensor find_hits_aten(const at::Tensor& items, const Ragged& truth);

/// The ranks (from 0, ascending) of one list's items that are relevant, on the CPU; returns how
/// many.
/// @param items   list of `width` ids
/// @param truth   `relevant` ids, ascending
/// @param ranks   room for `width`
int64_t hit_ranks(const int64_t* items, int64_t width, const int64_t* truth, int64_t relevant,
                  int32_t* ranks);

}  // namespace assay::metrics

#pragma once
// Part of assay::extra, which promises no stable API or ABI: see assay/extra/README.md.

/// Networks over sequences: a vector for each place from what stands there and before.

#include <ATen/core/Generator.h>
#include <ATen/core/Tensor.h>
#include <assay/extra/fits/epoch_loop.h>

#include <cstdint>
#include <memory>

namespace assay::extra {

/// Parameters by name, in one order.
using Parameters = NamedTensors;

/// Sets elements to 0 with a probability and scales the others, from a generator of its own. Without
/// one it does nothing, as in serving.
class Dropout {
 public:
  Dropout() = default;
  Dropout(double probability, at::Generator generator)
      : probability_(probability), generator_(std::move(generator)) {}
  at::Tensor operator()(const at::Tensor& values);

 private:
  double probability_ = 0;
  at::Generator generator_;
};

struct EncoderSettings {
  enum class Kind { transformer, bidirectional, gru, hstu };
  Kind kind = Kind::transformer;
  int64_t width = 64;   ///< D, of what comes in and goes out
  int64_t length = 50;  ///< places of a sequence
  int64_t layers = 2;
  int64_t heads = 2;     ///< transformers: D is a multiple of it
  int64_t hidden = 128;  ///< transformers: of their feed-forward layers; gru: of its state
  double initial_deviation = 0.02;
  int64_t time_buckets = 0;  ///< hstu: of differences of times; 0: none are looked at
};

/// Where the rows of sequences stand.
struct SequencePlaces {
  at::Tensor position;   ///< int64 [B, n], in 0 .. length - 1; -1 behind the end
  at::Tensor time = {};  ///< int64 [B, n], microseconds; not defined where no encoder asks
};

/// A network of which a place sees itself and what comes before it; with a bidirectional one also
/// what comes after it.
class SequenceEncoder {
 public:
  virtual ~SequenceEncoder() = default;
  /// float32 [B, n, D]. Places behind the end of a sequence hold anything, and nobody sees them.
  /// @param rows    float32 [B, n, D], vectors of the items
  /// @param places  with times where settings.time_buckets is above 0
  /// @param bf16    whether dense layers multiply in bfloat16 (products.h)
  virtual at::Tensor encode(const at::Tensor& rows, const SequencePlaces& places,
                            const Parameters& parameters, Dropout& dropout, bool bf16) const = 0;
  /// First weights, on the generator's device.
  virtual Parameters draw(at::Generator generator) const = 0;
};

/// - transformer: causal self-attention with pre-normalisation (Vaswani et al. 2017; Xiong et al.
///   2020), learnt positions, GELU. Attention weights themselves are not dropped out.
/// - bidirectional: the same without the mask, with a layer before the output (Sun et al. 2019). Its
///   last parameter is the vector [D] of a masked item.
/// - hstu: pointwise attention with gates (hstu_encoder.h).
/// - gru: gated recurrent units (Cho et al. 2014), and a linear map back to D.
std::unique_ptr<SequenceEncoder> make_encoder(const EncoderSettings& settings);

}  // namespace assay::extra

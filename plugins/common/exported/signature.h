#pragma once
// For strategies of this tree alone: it is no part of assay::extra.

/// What an exported model takes and gives: names, types and shapes.

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <string>
#include <vector>

namespace assay::extra {

/// A tensor of a signature: `history int64 [B, 50]`.
struct TensorSpec {
  std::string name;
  at::ScalarType dtype = at::kLong;
  std::vector<std::string> sizes;  ///< numbers, or letters where a size is open

  std::string text() const;
  /// A size that is a number.
  int64_t size(size_t place) const { return std::stoll(sizes[place]); }
};

struct Signature {
  std::vector<TensorSpec> inputs;  ///< in the order of the model's arguments
  TensorSpec output;

  std::string text() const;
};

/// Reads
///
///     assay 1
///     user int64 [B]
///     history int64 [B, 50]
///     -> scores float32 [B, 12101]
///
/// Throws InvalidInput with the line that is wrong.
/// @param file  of the model, for messages
/// @param who   the strategy, for messages
Signature read_signature(const std::string& text, const std::string& file, const std::string& who);

/// What a strategy can give to a model, and what it asks of it. The sizes B and K stay open in a
/// model's signature, under these letters; L and N stand for numbers that the model chooses.
struct Offer {
  std::vector<TensorSpec> inputs;
  TensorSpec output;
};

/// Throws InvalidInput where a model asks for what is not offered, or gives something else.
void expect_offered(const Signature& signature, const Offer& offer, const std::string& file,
                    const std::string& who);

/// A type by its name in a signature.
std::string dtype_name(at::ScalarType dtype);

}  // namespace assay::extra

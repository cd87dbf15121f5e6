#pragma once

/// Random choices as PlanOut makes them (Bakshy, Eckles & Bernstein 2014), so that a unit is in the
/// same arm here as there. Its texts are ASCII.

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace assay::assignment {

/// The first 15 hexadecimal digits of the SHA-1 of a text.
uint64_t planout_integer(std::string_view text);

/// In [0, 1]: the integer over 2^60 - 1, which is 2^60 in floating point there too.
double planout_uniform(uint64_t integer);

/// Place of the choice among `choices` equally likely ones.
int planout_uniform_choice(uint64_t integer, int choices);

/// Place of the first choice whose weights up to it reach the uniform number times their sum.
/// @param weights  at least one, none negative
int planout_weighted_choice(uint64_t integer, std::span<const double> weights);

/// The hashes of units for one choice of one experiment: of "experiment_salt.salt.unit".
class PlanOutHash {
 public:
  PlanOutHash(const std::string& experiment_salt, const std::string& salt)
      : begin_(experiment_salt + "." + salt + ".") {}

  uint64_t integer(std::string_view unit) const;

 private:
  std::string begin_;
};

}  // namespace assay::assignment

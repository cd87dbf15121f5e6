#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <nlohmann/json_fwd.hpp>
#include <span>
#include <string>
#include <string_view>

namespace assay::hash {

/// SHA-256 fed in pieces; what has an identity (trials, artifacts, data, plugins) is named by it.
class Sha256 {
 public:
  Sha256();
  ~Sha256();
  Sha256(Sha256&&) noexcept;
  Sha256& operator=(Sha256&&) noexcept;

  Sha256& update(std::span<const std::byte> bytes);
  Sha256& update(std::string_view text);
  /// 64 lower-case hex digits. The object may not be used afterwards.
  std::string hex();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

std::string sha256_hex(std::string_view text);
/// Hash of a file's bytes. Throws UserError naming the path where it cannot be read.
std::string sha256_file(const std::string& path);

/// XXH3-64: fast, for integrity of caches and for bucketing; never for identity.
uint64_t fast_hash(std::span<const std::byte> bytes, uint64_t seed = 0);
uint64_t fast_hash(std::string_view text, uint64_t seed = 0);

/// One text for one meaning: keys sorted bytewise, no white space, shortest round-trip numbers, and
/// a number without a fraction is written as an integer (3.0 and 3 are one value). NaN and
/// infinities throw InternalError.
std::string canonical_json(const nlohmann::json& value);
/// SHA-256 of canonical_json.
std::string json_key(const nlohmann::json& value);

}  // namespace assay::hash

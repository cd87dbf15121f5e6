#include "hash/hash.h"

#include <fmt/format.h>
#include <openssl/evp.h>
#include <xxhash.h>

#include <array>
#include <cerrno>
#include <cmath>
#include <cstdio>
#include <cstring>
#include <nlohmann/json.hpp>
#include <vector>

#include "error/error.h"

namespace assay::hash {

struct Sha256::State {
  EVP_MD_CTX* context = EVP_MD_CTX_new();
  State() { EVP_DigestInit_ex(context, EVP_sha256(), nullptr); }
  ~State() { EVP_MD_CTX_free(context); }
  State(const State&) = delete;
  State& operator=(const State&) = delete;
};

Sha256::Sha256() : state_(std::make_unique<State>()) {}
Sha256::~Sha256() = default;
Sha256::Sha256(Sha256&&) noexcept = default;
Sha256& Sha256::operator=(Sha256&&) noexcept = default;

Sha256& Sha256::update(std::span<const std::byte> bytes) {
  EVP_DigestUpdate(state_->context, bytes.data(), bytes.size());
  return *this;
}

Sha256& Sha256::update(std::string_view text) {
  return update(std::as_bytes(std::span(text.data(), text.size())));
}

std::string Sha256::hex() {
  std::array<unsigned char, 32> digest;
  EVP_DigestFinal_ex(state_->context, digest.data(), nullptr);
  std::string out;
  for (unsigned char byte : digest) out += fmt::format("{:02x}", byte);
  return out;
}

std::string sha256_hex(std::string_view text) { return Sha256().update(text).hex(); }

std::string sha256_file(const std::string& path) {
  const std::unique_ptr<std::FILE, int (*)(std::FILE*)> file(std::fopen(path.c_str(), "rb"),
                                                             &std::fclose);
  if (!file) throw error::UserError(path, fmt::format("cannot be read ({})", std::strerror(errno)));
  Sha256 hash;
  std::vector<std::byte> buffer(1 << 20);
  while (const size_t n = std::fread(buffer.data(), 1, buffer.size(), file.get())) {
    hash.update(std::span(buffer).first(n));
  }
  if (std::ferror(file.get())) throw error::UserError(path, "cannot be read to its end");
  return hash.hex();
}

uint64_t fast_hash(std::span<const std::byte> bytes, uint64_t seed) {
  return XXH3_64bits_withSeed(bytes.data(), bytes.size(), seed);
}

uint64_t fast_hash(std::string_view text, uint64_t seed) {
  return XXH3_64bits_withSeed(text.data(), text.size(), seed);
}

namespace {

// Doubles that hold an integer exactly become one, so that 3 and 3.0 have one text.
nlohmann::json canonical(const nlohmann::json& value) {
  if (value.is_object() || value.is_array()) {
    nlohmann::json out = value;
    for (auto& element : out) element = canonical(element);
    return out;
  }
  if (!value.is_number_float()) return value;
  const double number = value.get<double>();
  error::require(std::isfinite(number), "a hashed value is not finite");
  const bool integral = std::trunc(number) == number && std::abs(number) < 9007199254740992.0;
  return integral ? nlohmann::json(static_cast<int64_t>(number)) : value;
}

}  // namespace

std::string canonical_json(const nlohmann::json& value) { return canonical(value).dump(); }

std::string json_key(const nlohmann::json& value) { return sha256_hex(canonical_json(value)); }

}  // namespace assay::hash

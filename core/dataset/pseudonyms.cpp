#include "dataset/pseudonyms.h"

#include <fmt/format.h>
#include <sys/stat.h>

#include <cerrno>
#include <cstring>
#include <fstream>
#include <iterator>
#include <utility>

#include "error/error.h"
#include "hash/hash.h"
#include "hash/hmac.h"

namespace assay::dataset {
namespace {

constexpr size_t kNameDigits = 32;
constexpr size_t kKeyIdDigits = 16;
constexpr off_t kMostBytes = 64 << 10;
constexpr char kMakeOne[] = "make one with `(umask 077; openssl rand -hex 32 > FILE)`";

/// Throws UserError; says where others may read it.
void check_file(const std::string& path, const Notice& notice) {
  struct stat found {};
  if (::stat(path.c_str(), &found) != 0)
    throw error::UserError(path, fmt::format("the key of privacy.pseudonymise cannot be read ({}); "
                                             "put it there, or {}",
                                             std::strerror(errno), kMakeOne));
  if (!S_ISREG(found.st_mode))
    throw error::UserError(path, "privacy.pseudonymise names a file with a key, and this is none");
  if (found.st_size > kMostBytes)
    throw error::UserError(path, fmt::format("has {} bytes; a key is a short file: is it another "
                                             "one?",
                                             found.st_size));
  if (notice && (found.st_mode & (S_IRWXG | S_IRWXO)) != 0)
    notice(fmt::format("{}: the key of the pseudonyms may be read by others: chmod 600 {}", path,
                       path));
}

}  // namespace

Pseudonyms::Pseudonyms(std::string key)
    : key_(std::move(key)),
      key_id_(
          hash::sha256_hex("assay: id of a key of pseudonyms\n" + key_).substr(0, kKeyIdDigits)) {}

Pseudonyms Pseudonyms::of_file(const std::string& path, const Notice& notice) {
  check_file(path, notice);
  std::ifstream in(path, std::ios::binary);
  std::string key{std::istreambuf_iterator<char>(in), {}};
  if (!in.is_open())
    throw error::UserError(path,
                           "the key of privacy.pseudonymise cannot be read; look at the "
                           "permissions of the file");
  while (key.ends_with('\n') || key.ends_with('\r')) key.pop_back();
  if (key.size() < kLeastBytes)
    throw error::UserError(path, fmt::format("holds a key of {} bytes; expected at least {}, drawn "
                                             "at random: {}",
                                             key.size(), kLeastBytes, kMakeOne));
  return Pseudonyms(std::move(key));
}

std::string Pseudonyms::name(std::string_view of, std::string_view id) const {
  return hash::hmac_sha256_hex(key_, fmt::format("{}\n{}", of, id)).substr(0, kNameDigits);
}

TextColumn Pseudonyms::names(std::string_view of, const TextColumn& ids) const {
  TextColumn out;
  out.offsets.reserve(static_cast<size_t>(ids.size()) + 1);
  for (int64_t row = 0; row < ids.size(); ++row) out.add(name(of, ids[row]));
  return out;
}

TextColumn named(const Pseudonyms* pseudonyms, std::string_view of, TextColumn ids) {
  return pseudonyms == nullptr ? std::move(ids) : pseudonyms->names(of, ids);
}

}  // namespace assay::dataset

#pragma once

#include <string>
#include <string_view>

#include "dataset/columns.h"
#include "dataset/notice.h"

namespace assay::dataset {

/// What stands for outside ids wherever they would be written: the first half of HMAC-SHA-256 of an
/// id, 32 hex digits. One key gives one id the same name in every file, so that lists, features and
/// logged rows still meet; who lacks the key can neither make nor undo it. A user and an item with
/// one id have two names.
class Pseudonyms {
 public:
  /// The bytes that a key has at least; fewer could be guessed.
  static constexpr size_t kLeastBytes = 32;

  /// Reads the key of a file, line ends at its end left out. Throws UserError: there is none, it is
  /// shorter than kLeastBytes, or larger than any key. A file that others may read is said.
  static Pseudonyms of_file(const std::string& path, const Notice& notice = {});
  /// @param key  kLeastBytes or more, as of_file checks
  explicit Pseudonyms(std::string key);

  /// Names the key without giving it away: 16 hex digits of its hash.
  const std::string& key_id() const { return key_id_; }

  /// @param of  user, item
  std::string name(std::string_view of, std::string_view id) const;
  /// The names of all ids, in their order.
  TextColumn names(std::string_view of, const TextColumn& ids) const;

 private:
  std::string key_;
  std::string key_id_;
};

/// The names of ids; the ids themselves where `pseudonyms` is null.
TextColumn named(const Pseudonyms* pseudonyms, std::string_view of, TextColumn ids);

}  // namespace assay::dataset

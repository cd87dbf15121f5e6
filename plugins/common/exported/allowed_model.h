#pragma once
// For strategies of this tree alone: it is no part of assay::extra.

/// Model files that this machine allows to be loaded.

#include <string>

namespace assay::extra {

/// The environment variable that names the list of model files that may be loaded: lines as
/// `sha256sum` writes them, a hash and a name; lines that begin with # are comments. Without it none
/// may, since a model file is code that runs with the user's rights, and an experiment file that
/// names one may come from anywhere.
inline constexpr const char* kAllowedModels = "ASSAY_ALLOWED_MODELS";

/// A private copy of an allowed file, removed at the end: the bytes whose hash was looked up are those
/// that are loaded, whatever happens to the file meanwhile.
class AllowedModel {
 public:
  /// Throws InvalidInput where the file cannot be read, or the list does not hold its hash.
  /// @param who  the strategy, for messages
  AllowedModel(const std::string& file, const std::string& who);
  ~AllowedModel();
  AllowedModel(const AllowedModel&) = delete;
  AllowedModel& operator=(const AllowedModel&) = delete;

  /// Of the copy; it ends as the file's does.
  const std::string& path() const { return path_; }
  /// In lower-case hexadecimal digits.
  const std::string& sha256() const { return sha256_; }

 private:
  std::string folder_, path_, sha256_;
};

}  // namespace assay::extra

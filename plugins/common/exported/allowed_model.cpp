#include <assay/error.h>
#include <assay/extra/exported/allowed_model.h>
#include <openssl/evp.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <memory>
#include <sstream>
#include <stdexcept>
#include <vector>

namespace assay::extra {
namespace {

constexpr size_t kHexDigits = 64;

std::string in_quotes(const std::string& text) { return "'" + text + "'"; }

/// SHA-256 of what is copied.
std::string copied(std::ifstream& from, std::ofstream& to) {
  const std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> hash(EVP_MD_CTX_new(),
                                                                     &EVP_MD_CTX_free);
  EVP_DigestInit_ex(hash.get(), EVP_sha256(), nullptr);
  std::vector<char> block(1 << 20);
  while (from.read(block.data(), std::ssize(block)) || from.gcount() > 0) {
    EVP_DigestUpdate(hash.get(), block.data(), static_cast<size_t>(from.gcount()));
    to.write(block.data(), from.gcount());
  }
  std::array<unsigned char, kHexDigits / 2> digest{};
  EVP_DigestFinal_ex(hash.get(), digest.data(), nullptr);
  std::string out;
  for (const unsigned char byte : digest) {
    constexpr const char* kDigits = "0123456789abcdef";
    out += {kDigits[byte >> 4], kDigits[byte & 15]};
  }
  return out;
}

struct ListedModel {
  std::string sha256, name;
  int line = 0;
};

/// Throws where a line is none that sha256sum writes.
std::vector<ListedModel> read_list(const std::string& list, const std::string& who) {
  std::ifstream file(list);
  if (!file) {
    throw InvalidInput(who + ": " + kAllowedModels + " names " + in_quotes(list) +
                       ", which cannot be read (" + std::strerror(errno) +
                       "); name the list of model files that may be loaded.");
  }
  std::vector<ListedModel> out;
  std::string text;
  for (int line = 1; std::getline(file, text); ++line) {
    std::istringstream words(text);
    ListedModel one;
    one.line = line;
    if (!(words >> one.sha256) || one.sha256[0] == '#') continue;
    std::getline(words >> std::ws, one.name);
    if (one.name.starts_with('*')) one.name.erase(0, 1);  // sha256sum --binary
    std::ranges::transform(one.sha256, one.sha256.begin(),
                           [](unsigned char letter) { return std::tolower(letter); });
    if (one.sha256.size() != kHexDigits ||
        !std::ranges::all_of(one.sha256, [](unsigned char c) { return std::isxdigit(c) != 0; })) {
      throw InvalidInput(who + ": " + list + ":" + std::to_string(line) + " is " + in_quotes(text) +
                         "; a line of this list is a SHA-256 of 64 hexadecimal digits and a name, "
                         "as sha256sum writes it.");
    }
    out.push_back(std::move(one));
  }
  return out;
}

void expect_allowed(const std::string& file, const std::string& sha256, const std::string& who) {
  const std::string what = who + ": " + file + " (SHA-256 " + sha256 + ") ";
  const char* const named = std::getenv(kAllowedModels);
  const std::string list = named == nullptr || *named == '\0' ? "" : named;
  const std::string to_allow =
      " A model file is code that runs with your rights. If you trust it: sha256sum " + file +
      " >> " + (list.empty() ? "allowed_models.txt" : list) +
      (list.empty() ? std::string(", and set ") + kAllowedModels + "=$PWD/allowed_models.txt."
                    : ".");
  if (list.empty())
    throw InvalidInput(what + "is not allowed on this machine: " + kAllowedModels +
                       " names no list of model files that may be loaded." + to_allow);
  const std::vector<ListedModel> listed = read_list(list, who);
  if (std::ranges::find(listed, sha256, &ListedModel::sha256) != listed.end()) return;
  const std::string name = std::filesystem::path(file).filename();
  for (const ListedModel& one : listed) {
    if (std::filesystem::path(one.name).filename() != name) continue;
    throw InvalidInput(what + "is another file than the one that is allowed: " + list + ":" +
                       std::to_string(one.line) + " allows " + in_quotes(one.name) +
                       " with the SHA-256 " + one.sha256 + ". Find out who changed it." + to_allow);
  }
  throw InvalidInput(what + "is not allowed on this machine: " + list + ", which " +
                     kAllowedModels + " names, does not hold it." + to_allow);
}

}  // namespace

AllowedModel::AllowedModel(const std::string& file, const std::string& who) {
  std::ifstream from(file, std::ios::binary);
  if (!from || !std::filesystem::is_regular_file(file)) {
    throw InvalidInput(who + ": the model file " + in_quotes(file) +
                       " cannot be read; name a file that is there.");
  }
  std::string folder = std::filesystem::temp_directory_path() / "assay-model-XXXXXX";
  if (mkdtemp(folder.data()) == nullptr)
    throw std::runtime_error("no folder for a model: " + folder + ": " + std::strerror(errno));
  folder_ = folder;
  path_ = std::filesystem::path(folder_) / std::filesystem::path(file).filename();
  try {
    std::ofstream to(path_, std::ios::binary);
    sha256_ = copied(from, to);
    to.close();
    if (!to) {
      throw InvalidInput(who + ": " + folder_ + " has no room for a copy of " + file +
                         "; set TMPDIR to a folder that has.");
    }
    expect_allowed(file, sha256_, who);
  } catch (...) {
    std::filesystem::remove_all(folder_);
    throw;
  }
}

AllowedModel::~AllowedModel() {
  std::error_code ignored;  // what is left in a temporary folder is no reason to fail
  std::filesystem::remove_all(folder_, ignored);
}

}  // namespace assay::extra

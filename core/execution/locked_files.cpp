#include "execution/locked_files.h"

#include <fmt/format.h>

#include <filesystem>
#include <map>
#include <nlohmann/json.hpp>
#include <utility>

#include "error/error.h"
#include "execution/ask_worker.h"
#include "task/brought_library.h"
#include "task/off_policy_spec.h"

namespace assay::execution {
namespace {

namespace fs = std::filesystem;
using Kind = LockedFile::Kind;

fs::path whole(const fs::path& path) { return fs::absolute(path).lexically_normal(); }

class Collector {
 public:
  Collector(const task::Experiment& experiment, const PluginSearch& search)
      : folder_(whole(experiment.path).parent_path()), search_(search) {}

  void add(const task::Chain& chain) {
    for (const auto* stages : {&chain.recall, &chain.rank, &chain.rerank})
      for (const task::StageSpec& stage : *stages) add(stage);
  }

  void add(const task::StageSpec& stage) {
    if (!stage.plugin.empty()) add_plugin(stage.library, stage.library_sha256);
    for (const auto& [param, sha256] : stage.file_sha256)
      add({Kind::model, name_beside(stage.params.at(param).get<std::string>()), sha256,
           stage.params.at(param).get<std::string>()});
    for (const task::InputSpec& input : stage.inputs) {
      add(input.stage);
      if (input.upstream != nullptr) add(*input.upstream);
    }
    if (stage.unknown != nullptr) add(*stage.unknown);
  }

  void add_plugin(const std::string& path, const std::string& sha256) {
    add({Kind::plugin, name_of_plugin(path), sha256, path});
  }

  std::vector<LockedFile> take() {
    add_brought();
    std::vector<LockedFile> out;
    for (auto& [key, file] : files_) out.push_back(std::move(file));
    return out;
  }

 private:
  std::string name_beside(const fs::path& path) const {
    return whole(path).lexically_relative(folder_);
  }

  std::string name_of_plugin(const std::string& path) const {
    for (const std::string& folder : search_.folders) {
      const fs::path below = whole(path).lexically_relative(whole(folder));
      if (!below.empty() && *below.begin() != "..") return below;
    }
    return name_beside(path);
  }

  void add(LockedFile file) {
    const auto [first, fresh] = files_.try_emplace({file.kind, file.name}, file);
    if (fresh || first->second.sha256 == file.sha256) return;
    throw error::UserError(
        file.path,
        fmt::format("is {} {} in a lock, and so is {}, which has other bytes; give one of them "
                    "another name",
                    kind_name(file.kind), file.name, first->second.path));
  }

  void add_brought() {
    std::vector<std::string> words{search_.worker, "--libraries"};
    std::vector<std::string> names;
    for (const auto& [key, file] : files_) {
      if (key.first != Kind::plugin) continue;
      words.push_back(file.path);
      names.push_back(file.name);
    }
    if (names.empty()) return;
    const nlohmann::json answer = nlohmann::json::parse(answer_of_worker(words), nullptr, false);
    error::require(answer.is_array() && answer.size() == names.size(),
                   "assay-worker --libraries did not answer for every plugin");
    for (size_t i = 0; i < names.size(); ++i)
      for (const auto& library : answer[i].get<std::vector<task::BroughtLibrary>>())
        add({Kind::library, fmt::format("{} of {}", library.name, names[i]), library.sha256,
             library.path});
  }

  fs::path folder_;
  const PluginSearch& search_;
  std::map<std::pair<Kind, std::string>, LockedFile> files_;
};

}  // namespace

std::string lock_path(const task::Experiment& experiment) {
  return fs::path(experiment.path).parent_path() / "plugins.lock";
}

std::vector<LockedFile> locked_files(const task::Experiment& experiment,
                                     const PluginSearch& search) {
  Collector collector(experiment, search);
  for (const task::VariantSpec& variant : experiment.variants) collector.add(variant.chain);
  for (const task::PluginMetric& metric : experiment.metrics.own)
    collector.add_plugin(metric.library, metric.library_sha256);
  if (experiment.off_policy != nullptr && experiment.off_policy->reward != nullptr)
    collector.add(experiment.off_policy->reward->stage);
  return collector.take();
}

}  // namespace assay::execution

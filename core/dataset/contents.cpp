#include "dataset/contents.h"

#include <map>
#include <nlohmann/json.hpp>
#include <vector>

#include "dataset/cache.h"
#include "dataset/events.h"

namespace assay::dataset {
namespace {

using nlohmann::json;

constexpr int kVersion = 1;  // raised when the same contents get another name
constexpr const char* kValue = "value";

std::string name_of(const SafetensorsFile& file, const std::map<std::string, std::string>& roles,
                    json what, const std::string& cache_dir) {
  std::vector<std::string> names;
  for (const auto& [role, name] : roles) names.push_back(name);
  const auto hashes = remembered_tensor_hashes(file, names, cache_dir);
  for (const auto& [role, name] : roles) {
    const TensorView& tensor = file.tensor(name);
    what["tensors"][role] = {tensor.dtype, tensor.shape, hashes.at(name)};
  }
  what["contents"] = kVersion;
  return cache_key(what);
}

// Counts that the audit tells; names of files are theirs alone.
json coverage_of(const json& info) {
  json files = info.value("feature_files", json::array());
  for (json& file : files) file.erase("file");
  return files;
}

bool is_of_texts(const std::string& tensor) {
  return tensor.starts_with("event.text.") || tensor.starts_with("event.label");
}

}  // namespace

std::string contents_of_log(const ImportedRef& data, const task::DatasetSpec& dataset,
                            const std::string& cache_dir) {
  const SafetensorsFile file = SafetensorsFile::open(data.path);
  std::map<std::string, std::string> roles;
  for (const std::string& name : file.names())
    if (!name.starts_with("event.number.") && !is_of_texts(name)) roles[name] = name;
  const auto add_column = [&](const std::string& role, const std::string& column) {
    if (const std::string name = "event.number." + column; file.has(name)) roles[role] = name;
  };
  for (const task::TargetSpec& target : dataset.targets) {
    if (!target.equals_text) add_column("event.number." + target.column, target.column);
    if (!target.equals_text || (is_of_types(target, dataset) && file.has("event.type"))) continue;
    for (const char* part : {"event.text.", "event.labels.", "event.label_offsets."})
      if (file.has(part + target.column)) roles[part + target.column] = part + target.column;
  }
  add_column(kValue, value_column(data.info, dataset));
  return name_of(file, roles,
                 {{"event_types", data.info.value("event_types", json::array())},
                  {"features", data.info.value("features", json::object())},
                  {"feature_files", coverage_of(data.info)},
                  {"missing_times", data.info.value("missing_times", json())}},
                 cache_dir);
}

std::string contents_of_file(const std::string& path, const std::string& cache_dir) {
  const SafetensorsFile file = SafetensorsFile::open(path);
  std::map<std::string, std::string> roles;
  for (const std::string& name : file.names()) roles[name] = name;
  return name_of(file, roles, json::object(), cache_dir);
}

}  // namespace assay::dataset

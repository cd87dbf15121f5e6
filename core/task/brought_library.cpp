#include "task/brought_library.h"

#include <nlohmann/json.hpp>

namespace assay::task {

void to_json(nlohmann::json& json, const BroughtLibrary& library) {
  json = {{"name", library.name}, {"path", library.path}, {"sha256", library.sha256}};
}

void from_json(const nlohmann::json& json, BroughtLibrary& library) {
  json.at("name").get_to(library.name);
  json.at("path").get_to(library.path);
  json.at("sha256").get_to(library.sha256);
}

}  // namespace assay::task

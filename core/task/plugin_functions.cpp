#include "task/plugin_functions.h"

#include "task/json_members.h"
#include "task/plugin_info.h"

namespace assay::task {

ASSAY_JSON(LearningSizes, users, items, events, positives, squared_lengths)
ASSAY_JSON(MemoryNeed, fit, serve)
ASSAY_JSON(FunctionAnswer, validates, needs_time, memory, problem)

void to_json(nlohmann::json& out, const FunctionQuestion& value) {
  out = {{"library", value.library}, {"library_sha256", value.library_sha256},
         {"plugin", value.plugin},   {"kind", kind_name(value.kind)},
         {"params", value.params},   {"file_sha256", value.file_sha256},
         {"sizes", value.sizes}};
}

void from_json(const nlohmann::json& in, FunctionQuestion& value) {
  in.at("library").get_to(value.library);
  in.at("library_sha256").get_to(value.library_sha256);
  in.at("plugin").get_to(value.plugin);
  value.kind = kind_named(in.at("kind").get<std::string>()).value();
  in.at("params").get_to(value.params);
  in.at("file_sha256").get_to(value.file_sha256);
  in.at("sizes").get_to(value.sizes);
}

}  // namespace assay::task

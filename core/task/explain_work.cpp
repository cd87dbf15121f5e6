#include "task/explain_work.h"

#include <nlohmann/json.hpp>

namespace assay::task {
namespace {

constexpr std::string_view kExplainWork = "explain:";

}  // namespace

std::string explain_work(const ExplainWork& work) {
  const nlohmann::json json = {{"request", work.request},
                               {"item", work.item},
                               {"without", work.without},
                               {"explained", work.explained},
                               {"terms", work.terms}};
  return std::string(kExplainWork) + json.dump();
}

std::optional<ExplainWork> explain_of_work(std::string_view work) {
  if (!work.starts_with(kExplainWork)) return std::nullopt;
  const auto json = nlohmann::json::parse(work.substr(kExplainWork.size()));
  return ExplainWork{.request = json.at("request"),
                     .item = json.at("item"),
                     .without = json.at("without"),
                     .explained = json.at("explained"),
                     .terms = json.at("terms")};
}

}  // namespace assay::task

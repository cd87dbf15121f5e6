#include "report/gate_text.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <set>

#include "text/counted.h"

namespace assay::report {

namespace {

using analysis::GateCheck;
using analysis::GateVerdict;

constexpr char kGuardrail[] = "guardrail";

/// "on ml100k", where there are several data sets.
std::string with_dataset(const GateCheck& check, bool name_datasets) {
  return name_datasets ? fmt::format("on {} {}", check.dataset, check.reason) : check.reason;
}

std::string reasons(const analysis::GateDecision& decision) {
  std::set<std::string> datasets;
  for (const GateCheck& check : decision.checks) datasets.insert(check.dataset);
  std::vector<std::string> parts;
  int64_t kept = 0;
  for (const GateCheck& check : decision.checks) {
    if (check.verdict != decision.verdict) continue;
    if (decision.verdict == GateVerdict::promoted && check.rule == kGuardrail) {
      ++kept;
    } else {
      parts.push_back(with_dataset(check, datasets.size() > 1));
    }
  }
  if (kept > 0)
    parts.push_back(
        fmt::format("{} {} kept", text::counted(kept, kGuardrail), kept == 1 ? "is" : "are"));
  return fmt::format("{}", fmt::join(parts, "; "));
}

std::string head(const analysis::GateDecision& decision) {
  switch (decision.verdict) {
    case GateVerdict::promoted:
      return fmt::format("{} is promoted over {}", decision.candidate, decision.baseline);
    case GateVerdict::rejected:
      return fmt::format("{} is rejected against {}", decision.candidate, decision.baseline);
    case GateVerdict::suspicious:
      return fmt::format("{} is suspicious, better than {} beyond what is plausible",
                         decision.candidate, decision.baseline);
    case GateVerdict::undecided:
      return fmt::format("{} is undecided, not shown to be safe in the place of {}",
                         decision.candidate, decision.baseline);
  }
  return "";
}

nlohmann::json number(const std::optional<double>& value) {
  return value ? nlohmann::json(*value) : nlohmann::json();
}

}  // namespace

std::string gate_sentence(const analysis::GateDecision& decision) {
  return fmt::format("{}: {}.", head(decision), reasons(decision));
}

std::string gate_json(const analysis::GateDecision& decision, int64_t run_id, int exit_code) {
  nlohmann::ordered_json json = {{"verdict", gate_word(decision.verdict)},
                                 {"exit_code", exit_code},
                                 {"run", run_id},
                                 {"candidate", decision.candidate},
                                 {"baseline", decision.baseline},
                                 {"sentence", gate_sentence(decision)},
                                 {"checks", nlohmann::ordered_json::array()}};
  for (const GateCheck& check : decision.checks) {
    json["checks"].push_back({{"dataset", check.dataset},
                              {"metric", check.metric},
                              {"rule", check.rule},
                              {"verdict", gate_word(check.verdict)},
                              {"reason", check.reason},
                              {"difference", number(check.difference)},
                              {"ci_low", number(check.ci_low)},
                              {"ci_high", number(check.ci_high)},
                              {"n", check.n ? nlohmann::json(*check.n) : nlohmann::json()}});
  }
  return json.dump(2) + "\n";
}

}  // namespace assay::report

#pragma once

#include <string>

#include "analysis/gate.h"

namespace assay::report {

/// One sentence: what became of the candidate, and why: "ease is promoted over control: ndcg@10
/// +0.0121 [0.0102, 0.0139]; 2 guardrails are kept." What is undecided is called not shown to be
/// safe.
std::string gate_sentence(const analysis::GateDecision& decision);

/// One object: `verdict`, `exit_code`, `run`, `candidate`, `baseline`, `sentence` and `checks`, each
/// with `dataset`, `metric`, `rule`, `verdict`, `reason` and its numbers, null where there is none.
std::string gate_json(const analysis::GateDecision& decision, int64_t run_id, int exit_code);

}  // namespace assay::report

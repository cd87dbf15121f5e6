#pragma once

#include "faked_run.h"

namespace assay::faked {

inline task::GuardrailSpec p99_guardrail(double max_increase = 0.1) {
  task::GuardrailSpec guardrail;
  guardrail.metric = "latency_ms";
  guardrail.quantile = 0.99;
  guardrail.scenario = "single_stream";
  guardrail.max_increase_relative = max_increase;
  return guardrail;
}

/// Three rounds of a variant; of the baseline also its repeat.
inline void time_variant(FakedRun& run, const std::string& variant, std::optional<int64_t> seed,
                         double median, uint64_t stream, bool repeat = false,
                         const std::string& dataset = "ml100k") {
  for (int round = 0; round < 3; ++round) {
    const auto own = stream + static_cast<uint64_t>(round);
    run.timed(variant, dataset, seed, round, times(400, median, own));
    if (repeat) run.timed(variant, dataset, seed, round, times(400, median, own + 10), true);
  }
}

/// The newcomer's run: the baseline; a variant under three seeds that is more diverse, slower and
/// no better; and one that is better.
inline void fill_quickstart(FakedRun& run) {
  run.settings.compare.guardrails = {p99_guardrail()};
  run.data("ml100k");
  for (const char* name : {"control", "diverse[lambda=0.5]", "ease"}) run.variant(name);
  run.trial("control", "ml100k", std::nullopt, measured(943, 0.0, 0.0, 10, 0.630));
  for (int64_t seed = 1; seed <= 3; ++seed) {
    run.trial("diverse[lambda=0.5]", "ml100k", seed,
              measured(943, 0.0002, 0.081, 20 + static_cast<uint64_t>(seed), 0.7));
  }
  run.trial("ease", "ml100k", std::nullopt, measured(943, 0.009, 0.0, 30, 0.412));
  time_variant(run, "control", std::nullopt, 1.9, 100, true);
  time_variant(run, "diverse[lambda=0.5]", 1, 2.4, 200);
  time_variant(run, "ease", std::nullopt, 1.9, 300);
}

}  // namespace assay::faked

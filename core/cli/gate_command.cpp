#include "cli/gate_command.h"

#include <fmt/core.h>

#include <memory>
#include <string>

#include "config/gate.h"
#include "error/error.h"
#include "report/gate_text.h"
#include "report/run_name.h"

namespace assay::cli {
namespace {

struct GateArguments {
  std::string db, candidate, format = "text";
};

/// Beside 2, of what cannot be judged.
int exit_code_of(analysis::GateVerdict verdict) {
  switch (verdict) {
    case analysis::GateVerdict::promoted:
      return 0;
    case analysis::GateVerdict::rejected:
      return 5;
    case analysis::GateVerdict::suspicious:
      return 6;
    case analysis::GateVerdict::undecided:
      return 7;
  }
  return 1;
}

int gate(const GateArguments& arguments) {
  if (arguments.format != "text" && arguments.format != "json")
    throw error::UserError(
        fmt::format("--format is {}; it must be text or json", arguments.format));
  const report::OpenRun run(report::parse_run_name(arguments.db));
  const task::GateSpec rules = config::recorded_gate(run.info().row.config);
  const analysis::GateDecision decision =
      analysis::judge_gate(run.reader(), run.info(), run.name().path, arguments.candidate, rules);
  const int code = exit_code_of(decision.verdict);
  if (arguments.format == "json") {
    fmt::print("{}", report::gate_json(decision, run.info().run_id, code));
  } else {
    fmt::print("{}\n", report::gate_sentence(decision));
  }
  return code;
}

}  // namespace

void add_gate_command(CLI::App& app, int& exit_code) {
  auto arguments = std::make_shared<GateArguments>();
  CLI::App* command = app.add_subcommand(
      "gate", "Whether a variant may replace the baseline: exit code 0, 5, 6 or 7");
  command->add_option("db", arguments->db, "A run: FILE (its last one) or FILE#RUN")
      ->required()
      ->option_text("RUN");
  command->add_option("--candidate", arguments->candidate, "The variant that asks")
      ->required()
      ->option_text("VARIANT");
  command->add_option("--format", arguments->format, "text or json")->option_text("FORMAT");
  command->footer(
      "Exit codes: 0 promoted, 5 rejected, 6 suspicious (better than is plausible), 7 undecided, "
      "2 cannot be judged.");
  command->callback([arguments, &exit_code] { exit_code = gate(*arguments); });
}

}  // namespace assay::cli

#include "report/failures_text.h"

#include <fmt/core.h>

#include <algorithm>
#include <set>

#include "report/numbers.h"
#include "text/clipped.h"
#include "text/counted.h"
#include "text/display_width.h"
#include "text/indented.h"
#include "text/listed.h"
#include "text/thousands.h"

namespace assay::report {

namespace {

constexpr size_t kShortReason = 160;

std::string first_line(const std::string& text) {
  return text::clipped(text.substr(0, text.find('\n')), kShortReason, "…");
}

/// "two_tower in recall[0], batch 3".
std::string who_and_where(const analysis::RecordedFailure& failure) {
  std::string text = failure.plugin;
  if (!failure.stage.empty()) text += (text.empty() ? "" : " in ") + failure.stage;
  if (failure.batch) text += fmt::format(", batch {}", *failure.batch);
  return text;
}

/// Failures with the same words.
struct Likewise {
  const analysis::RecordedFailure* first = nullptr;
  std::vector<std::string> seeds;  ///< that failed so
};

std::vector<Likewise> gathered(const std::vector<analysis::RecordedFailure>& failures) {
  std::vector<Likewise> all;
  for (const analysis::RecordedFailure& failure : failures) {
    const auto same = [&](const Likewise& other) {
      return other.first->variant == failure.variant && other.first->dataset == failure.dataset &&
             who_and_where(*other.first) == who_and_where(failure) &&
             first_line(other.first->reason) == first_line(failure.reason);
    };
    auto found = std::ranges::find_if(all, same);
    if (found == all.end()) found = all.insert(found, {&failure, {}});
    const std::string seed = failure.seed ? fmt::format("{}", *failure.seed) : "";
    if (!seed.empty() && std::ranges::count(found->seeds, seed) == 0) found->seeds.push_back(seed);
  }
  return all;
}

std::string seeds_text(const std::vector<std::string>& seeds) {
  if (seeds.empty()) return "";
  return fmt::format(", {} {}", text::plural(std::ssize(seeds), "seed"), text::listed(seeds));
}

std::set<std::string> failed_variants(const Comparison& comparison) {
  std::set<std::string> variants;
  for (const results::RunTrial& trial : comparison.trials) {
    if (trial.status == results::TrialState::Status::failed) variants.insert(trial.variant);
  }
  return variants;
}

std::string headline(const Comparison& comparison) {
  const size_t failed = failed_variants(comparison).size();
  // What failed may have been a timing or a metric: then there are results, but not all.
  if (failed == 0) return "All variants have results, but something failed:";
  return fmt::format("{} of {} {} failed:", failed, comparison.variants.size(),
                     text::plural(std::ssize(comparison.variants), "variant"));
}

/// Trials that failed without a failure of their own, as those of an interrupted merge may.
std::vector<analysis::RecordedFailure> with_unexplained(const Comparison& comparison) {
  std::vector<analysis::RecordedFailure> failures = comparison.failures;
  for (const results::RunTrial& trial : comparison.trials) {
    if (trial.status != results::TrialState::Status::failed) continue;
    const bool explained =
        std::ranges::any_of(failures, [&](const analysis::RecordedFailure& failure) {
          return failure.variant == trial.variant && failure.dataset == trial.dataset &&
                 failure.fold == trial.fold && failure.seed == trial.seed;
        });
    if (explained) continue;
    analysis::RecordedFailure& failure = failures.emplace_back();
    failure.variant = trial.variant;
    failure.dataset = trial.dataset;
    failure.fold = trial.fold;
    failure.seed = trial.seed;
    failure.reason = trial.reason.empty() ? "no reason was recorded" : trial.reason;
  }
  return failures;
}

std::string place_text(const analysis::RecordedFailure& failure) {
  std::string place = failure.dataset;
  if (failure.fold != "all") place += ", fold " + failure.fold;
  if (failure.seed) place += fmt::format(", seed {}", *failure.seed);
  if (!failure.stage.empty()) place += ", " + failure.stage;
  if (!failure.plugin.empty()) place += fmt::format(" ({})", failure.plugin);
  if (failure.batch) place += fmt::format(", batch {}", *failure.batch);
  if (!failure.kind.empty()) place += ": " + failure.kind;
  return place;
}

}  // namespace

std::vector<std::string> failure_lines(const Comparison& comparison, const std::string& command) {
  const std::vector<analysis::RecordedFailure> failures = with_unexplained(comparison);
  if (failures.empty()) return {};
  size_t width = 0;
  for (const analysis::RecordedFailure& failure : failures) {
    width = std::max(width, text::display_width(failure.variant));
  }
  std::vector<std::string> lines = {headline(comparison)};
  for (const Likewise& likewise : gathered(failures)) {
    const analysis::RecordedFailure& failure = *likewise.first;
    std::string text = failure.dataset + seeds_text(likewise.seeds) + ": ";
    if (const std::string where = who_and_where(failure); !where.empty()) text += where + ": ";
    text += first_line(failure.reason);
    lines.push_back(fmt::format("  {}  {}", text::pad_right(failure.variant, width),
                                wrapped(text, 116 - width, width + 4)));
  }
  lines.push_back("  More: " + command);
  return lines;
}

std::vector<std::string> failure_details(const Comparison& comparison) {
  const std::vector<analysis::RecordedFailure> failures = with_unexplained(comparison);
  if (failures.empty()) return {"Nothing failed."};
  std::vector<std::string> lines = {headline(comparison)};
  for (const analysis::RecordedFailure& failure : failures) {
    lines.push_back(fmt::format("  {}  {}", failure.variant, place_text(failure)));
    lines.push_back("    " + text::indented(failure.reason, 4));
  }
  return lines;
}

std::string missing_line(const Comparison& comparison) {
  std::vector<std::string> variants;
  int64_t missing = 0;
  for (const results::RunTrial& trial : comparison.trials) {
    if (trial.status != results::TrialState::Status::missing) continue;
    ++missing;
    if (std::ranges::count(variants, trial.variant) == 0) variants.push_back(trial.variant);
  }
  if (missing == 0) return "";
  return fmt::format("{} {} not finished: {}.", text::thousands(missing),
                     missing == 1 ? "trial is" : "trials are", text::listed(variants));
}

}  // namespace assay::report

#include "cli/interleave_command.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <memory>
#include <optional>
#include <span>

#include "assignment/optimised.h"
#include "cli/compared_variants.h"
#include "cli/interleave_text.h"
#include "error/error.h"

namespace assay::cli {
namespace {

using assignment::InterleavingMethod;

struct InterleaveArguments {
  std::string db, between, dataset, method = "team_draft", format = "text";
  std::optional<size_t> length;
  assignment::ReplayOptions options;
};

InterleavingMethod method_of(const std::string& name) {
  using enum InterleavingMethod;
  std::vector<std::string> known;
  for (const InterleavingMethod method : {balanced, team_draft, probabilistic, optimised}) {
    if (name == method_name(method)) return method;
    known.emplace_back(method_name(method));
  }
  throw error::UserError(
      fmt::format("--method is {}; it must be balanced, team_draft, probabilistic or optimised{}",
                  name, error::did_you_mean(name, known)));
}

/// Those lists that optimised interleaving can try all mixtures of are short.
constexpr size_t kOptimisedLength = 5;

assignment::ReplayOptions options_of(const InterleaveArguments& arguments, size_t rankers) {
  assignment::ReplayOptions options = arguments.options;
  options.method = method_of(arguments.method);
  const bool optimised = options.method == InterleavingMethod::optimised;
  options.length = arguments.length.value_or(optimised ? kOptimisedLength : options.length);
  if (optimised && options.length > assignment::kMostOptimised)
    throw error::UserError(fmt::format("--length is {}; optimised interleaving takes at most {}",
                                       options.length, assignment::kMostOptimised));
  if (rankers > 2 && (optimised || options.method == InterleavingMethod::balanced))
    throw error::UserError(
        fmt::format("--method {} takes two variants; for {} take team_draft or probabilistic",
                    arguments.method, rankers));
  return options;
}

/// Throws UserError where the file holds no lists of it.
void check_slates(const report::OpenRun& run, const std::string& variant,
                  const std::string& trial_key) {
  const std::array<results::Cell, 1> of{trial_key};
  if (!run.reader().query("SELECT 1 FROM slate WHERE trial_key = ? LIMIT 1", of).rows.empty())
    return;
  throw error::UserError(run.name().path,
                         fmt::format("the served lists of {} are not kept, and nothing can be "
                                     "interleaved without them; run the experiment again",
                                     variant));
}

/// Of one seed; a variant that has one alone is the same beside every seed of the others.
void add_lists(const report::OpenRun& run, const ComparedVariants& compared, size_t variant,
               size_t seed, std::span<assignment::ReplayedRequest> requests) {
  const auto& seeds = compared.groups[variant]->seeds;
  size_t at = 0;
  for (const std::string& trial : seeds[seed % seeds.size()].trial_keys) {
    check_slates(run, compared.names[variant], trial);
    const results::Slates slates = run.reader().slates(trial);
    for (int64_t r = 0; r < slates.requests; ++r, ++at) {
      assignment::RankedList& list = requests[at].lists.emplace_back();
      for (int64_t rank = 0; rank < slates.size; ++rank) {
        const int32_t item = slates.items[static_cast<size_t>(r * slates.size + rank)];
        if (item >= 0) list.push_back(item);
      }
    }
  }
}

/// Who asked, and what was relevant, without lists. Requests of nobody get users of their own, so
/// that they are known again when another seed serves them.
std::vector<assignment::ReplayedRequest> asked(const report::OpenRun& run,
                                               const analysis::TrialGroup& group) {
  const std::vector<int64_t> users = users_of(run.reader(), group);
  int64_t next = users.empty() ? 0 : std::max<int64_t>(std::ranges::max(users) + 1, 0);
  std::vector<assignment::ReplayedRequest> requests;
  for (const int64_t user : users) requests.push_back({{}, {}, user < 0 ? next++ : user});
  size_t at = 0;
  for (const std::string& set : group.request_sets) {
    const results::ItemLists truth = run.reader().truth(set);
    for (size_t r = 0; r + 1 < truth.offsets.size(); ++r, ++at)
      requests[at].relevant.assign(truth.items.begin() + truth.offsets[r],
                                   truth.items.begin() + truth.offsets[r + 1]);
  }
  return requests;
}

/// Of every seed, one behind the other.
std::vector<assignment::ReplayedRequest> requests_of(const report::OpenRun& run,
                                                     const ComparedVariants& compared) {
  size_t seeds = 1;
  for (const analysis::TrialGroup* group : compared.groups)
    seeds = std::max(seeds, group->seeds.size());
  const std::vector<assignment::ReplayedRequest> once = asked(run, *compared.groups.front());
  std::vector<assignment::ReplayedRequest> all;
  for (size_t seed = 0; seed < seeds; ++seed) {
    all.insert(all.end(), once.begin(), once.end());
    const std::span requests = std::span(all).last(once.size());
    for (assignment::ReplayedRequest& request : requests) request.seed = seed;
    for (size_t variant = 0; variant < compared.names.size(); ++variant)
      add_lists(run, compared, variant, seed, requests);
  }
  return all;
}

void interleave(const InterleaveArguments& arguments) {
  if (arguments.format != "text" && arguments.format != "json")
    throw error::UserError(
        fmt::format("--format is {}; it must be text or json", arguments.format));
  const report::OpenRun run(report::parse_run_name(arguments.db));
  const std::vector<std::string> names = variant_names(arguments.between);
  const assignment::ReplayOptions options = options_of(arguments, names.size());
  const analysis::RunSamples samples(run.reader(), run.info().run_id);
  const ComparedVariants compared =
      compared_variants(run, samples, names, arguments.dataset, "--between");
  const std::vector<assignment::ReplayedRequest> requests = requests_of(run, compared);
  InterleaveReport report{run.name().text(), compared.dataset, names, options,
                          replay_interleaving(requests, names.size(), options)};
  if (report.result.requests == 0)
    throw error::UserError(run.name().path,
                           fmt::format("no request of {} has a relevant item, so that nobody "
                                       "would click",
                                       compared.dataset));
  fmt::print("{}", arguments.format == "json" ? interleave_json(report) : interleave_text(report));
}

}  // namespace

void add_interleave_command(CLI::App& app, int&) {
  auto arguments = std::make_shared<InterleaveArguments>();
  CLI::App* command = app.add_subcommand(
      "interleave", "Which variant users prefer where lists are mixed, from a run's kept lists");
  command->add_option("db", arguments->db, "A run: FILE (its last one) or FILE#RUN")
      ->required()
      ->option_text("RUN");
  command->add_option("--between", arguments->between, "The variants, the incumbent first")
      ->required()
      ->option_text("VARIANT,VARIANT,...");
  command
      ->add_option("--method", arguments->method,
                   "team_draft (default), probabilistic: of two or more variants; balanced, "
                   "optimised: of two")
      ->option_text("METHOD");
  command->add_option("--dataset", arguments->dataset, "Where the run has several")
      ->option_text("NAME");
  command->add_option("--length", arguments->length, "Items that are shown (10; optimised: 5)")
      ->check(CLI::Range(1, 1000))
      ->option_text("ITEMS");
  command->add_option("--seed", arguments->options.seed, "Of all draws (1)")->option_text("SEED");
  command->add_option("--alpha", arguments->options.alpha, "1 - level of intervals (0.05)")
      ->check(CLI::Range(1e-9, 0.5))
      ->option_text("ALPHA");
  command
      ->add_option("--resamples", arguments->options.resamples,
                   "Of each size of traffic in the table of sensitivity (1000)")
      ->check(CLI::Range(10, 100000))
      ->option_text("N");
  command->add_option("--format", arguments->format, "text or json")->option_text("FORMAT");
  command->callback([arguments] { interleave(*arguments); });
}

}  // namespace assay::cli

#include "cli/compared_variants.h"

#include <fmt/format.h>

#include <algorithm>
#include <unordered_map>

#include "error/error.h"
#include "text/listed.h"

namespace assay::cli {
namespace {

void check_names(const report::OpenRun& run, const std::vector<std::string>& names,
                 const std::string& option) {
  std::vector<std::string> known;
  for (const results::VariantInfo& variant : run.reader().variants(run.info().run_id))
    known.push_back(variant.name);
  for (size_t i = 0; i < names.size(); ++i) {
    if (std::ranges::count(known, names[i]) == 0)
      throw error::UserError(
          run.name().path,
          fmt::format("{} names {}, which is no variant of run {}{}", option, names[i],
                      run.info().run_id, error::did_you_mean(names[i], known)));
    if (std::ranges::count(names, names[i]) > 1)
      throw error::UserError(fmt::format("{} names {} twice", option, names[i]));
  }
  if (names.size() < 2)
    throw error::UserError(fmt::format("{} names {}; at least two variants are compared: {}",
                                       option, names.empty() ? "none" : names.front() + " alone",
                                       text::first_of(known, 6)));
}

std::string chosen_dataset(const report::OpenRun& run, const analysis::RunSamples& samples,
                           const std::string& wanted) {
  std::vector<std::string> known;
  for (const analysis::TrialGroup& group : samples.groups())
    if (std::ranges::count(known, group.dataset) == 0) known.push_back(group.dataset);
  if (!wanted.empty()) {
    if (std::ranges::count(known, wanted) > 0) return wanted;
    throw error::UserError(run.name().path,
                           fmt::format("--dataset is {}, which run {} does not have{}", wanted,
                                       run.info().run_id, error::did_you_mean(wanted, known)));
  }
  if (known.size() == 1) return known.front();
  throw error::UserError(run.name().path,
                         fmt::format("run {} has several data sets; name one with --dataset: {}",
                                     run.info().run_id, text::first_of(known, 6)));
}

const analysis::TrialGroup& complete_group(const report::OpenRun& run,
                                           const analysis::RunSamples& samples,
                                           const std::string& variant, const std::string& dataset) {
  const analysis::TrialGroup* group = samples.find(variant, dataset, "all");
  if (group != nullptr && group->complete) return *group;
  std::string reason = "it was not run";
  for (const results::RunTrial& trial : run.reader().trials(run.info().run_id))
    if (trial.variant == variant && trial.dataset == dataset && !trial.reason.empty())
      reason = trial.reason;
  throw error::UserError(run.name().path,
                         fmt::format("{} has no result on {}: {}", variant, dataset, reason));
}

}  // namespace

std::vector<std::string> variant_names(const std::string& text) {
  std::vector<std::string> names(1);
  int depth = 0;
  for (const char c : text) {
    depth += c == '[' ? 1 : c == ']' ? -1 : 0;
    if (c == ',' && depth == 0)
      names.emplace_back();
    else
      names.back() += c;
  }
  std::erase(names, "");
  return names;
}

ComparedVariants compared_variants(const report::OpenRun& run, const analysis::RunSamples& samples,
                                   const std::vector<std::string>& names,
                                   const std::string& dataset, const std::string& option) {
  check_names(run, names, option);
  ComparedVariants out{names, chosen_dataset(run, samples, dataset), {}};
  for (const std::string& name : names)
    out.groups.push_back(&complete_group(run, samples, name, out.dataset));
  for (size_t i = 1; i < names.size(); ++i) {
    if (out.groups[i]->request_sets == out.groups[0]->request_sets) continue;
    throw error::UserError(run.name().path,
                           fmt::format("{} and {} did not answer the same requests of {}", names[0],
                                       names[i], out.dataset));
  }
  return out;
}

std::vector<int64_t> users_of(const results::Reader& reader, const analysis::TrialGroup& group,
                              std::vector<std::string>* outside) {
  std::unordered_map<std::string, int64_t> known;
  std::vector<int64_t> users;
  for (const std::string& set : group.request_sets) {
    for (const std::string& id : reader.request_user_ids(set)) {
      if (id.empty()) {
        users.push_back(-1);
        continue;
      }
      const auto [at, is_new] = known.try_emplace(id, static_cast<int64_t>(known.size()));
      users.push_back(at->second);
      if (is_new && outside != nullptr) outside->push_back(id);
    }
  }
  return users;
}

}  // namespace assay::cli

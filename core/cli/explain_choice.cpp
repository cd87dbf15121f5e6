#include "cli/explain_choice.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "error/error.h"
#include "text/listed.h"
#include "text/thousands.h"

namespace assay::cli {
namespace {

/// The trials whose `member` is as asked. Throws UserError that names those which there are.
template <typename Member>
void keep(std::vector<results::RunTrial>& trials, const std::string& asked, const char* what,
          const Member& member) {
  if (asked.empty()) return;
  std::set<std::string> known;
  for (const results::RunTrial& trial : trials) known.insert(member(trial));
  if (!known.contains(asked)) {
    const std::vector<std::string> names(known.begin(), known.end());
    throw error::UserError(fmt::format("{} has no {} {}{}",
                                       trials.empty() ? "the run" : trials.front().variant, what,
                                       asked, error::did_you_mean(asked, names)));
  }
  std::erase_if(trials, [&](const results::RunTrial& trial) { return member(trial) != asked; });
}

std::vector<results::RunTrial> trials_asked(const results::Reader& reader, int64_t run_id,
                                            const ExplainQuestion& question) {
  std::vector<std::string> names;
  for (const results::VariantInfo& known : reader.variants(run_id)) names.push_back(known.name);
  if (std::ranges::count(names, question.variant) == 0) {
    throw error::UserError(fmt::format("{} is no variant of run {}{}", question.variant, run_id,
                                       error::did_you_mean(question.variant, names)));
  }
  std::vector<results::RunTrial> trials = reader.trials(run_id);
  std::erase_if(trials, [&](const auto& trial) { return trial.variant != question.variant; });
  keep(trials, question.dataset, "data set", [](const auto& trial) { return trial.dataset; });
  keep(trials, question.fold, "fold", [](const auto& trial) { return trial.fold; });
  keep(trials, question.seed ? fmt::format("{}", *question.seed) : "", "seed",
       [](const auto& trial) { return trial.seed ? fmt::format("{}", *trial.seed) : "(none)"; });
  return trials;
}

bool has_user(const results::Reader& reader, const results::RunTrial& trial,
              const std::string& user) {
  if (user.empty()) return true;
  const std::vector<std::string> ids = reader.request_user_ids(trial.request_set);
  return std::ranges::find(ids, user) != ids.end();
}

[[noreturn]] void throw_unknown_user(const results::Reader& reader,
                                     const std::vector<results::RunTrial>& trials,
                                     const std::string& user) {
  std::set<std::string> known;
  for (const results::RunTrial& trial : trials)
    for (const std::string& id : reader.request_user_ids(trial.request_set)) known.insert(id);
  known.erase("");
  throw error::UserError(
      fmt::format("user {} has no request in the test window{}", user,
                  error::did_you_mean(user, std::vector(known.begin(), known.end()))));
}

/// "1, 4, 9 and 12 more"
std::string numbers_text(const std::vector<int64_t>& numbers) {
  constexpr size_t kMost = 12;
  std::string out;
  for (size_t i = 0; i < std::min(kMost, numbers.size()); ++i)
    out += fmt::format("{}{}", out.empty() ? "" : ", ", numbers[i]);
  if (numbers.size() > kMost) out += fmt::format(" and {} more", numbers.size() - kMost);
  return out;
}

}  // namespace

results::RunTrial chosen_trial(const results::Reader& reader, int64_t run_id,
                               const ExplainQuestion& question) {
  std::vector<results::RunTrial> trials = trials_asked(reader, run_id, question);
  const auto is_done = [](const results::RunTrial& trial) {
    return trial.status == results::TrialState::Status::done;
  };
  if (std::ranges::none_of(trials, is_done)) {
    const std::string why = trials.empty() || trials.front().reason.empty()
                                ? "it was not run"
                                : "it failed: " + trials.front().reason;
    throw error::UserError(
        fmt::format("{} has no result that could be explained: {}", question.variant, why));
  }
  std::erase_if(trials, [&](const auto& trial) { return !is_done(trial); });
  for (const results::RunTrial& trial : trials)
    if (has_user(reader, trial, question.user)) return trial;
  throw_unknown_user(reader, trials, question.user);
}

ChosenRequest chosen_request(const results::Reader& reader, const std::string& request_set,
                             const ExplainQuestion& question) {
  const std::vector<std::string> ids = reader.request_user_ids(request_set);
  const auto all = std::ssize(ids);
  std::vector<int64_t> own;
  for (int64_t r = 0; r < all; ++r)
    if (!question.user.empty() && ids[static_cast<size_t>(r)] == question.user) own.push_back(r);
  const int64_t request = question.request ? *question.request : own.front();
  if (request < 0 || request >= all) {
    throw error::UserError(fmt::format("--request is {}; the test window has requests 0 to {}",
                                       request, text::thousands(all - 1)));
  }
  const std::string& user = ids[static_cast<size_t>(request)];
  if (!question.user.empty() && user != question.user) {
    throw error::UserError(fmt::format("request {} is of {}; user {} has {}", request,
                                       user.empty() ? "nobody who is known" : "user " + user,
                                       question.user, numbers_text(own)));
  }
  for (int64_t r = 0; own.empty() && !user.empty() && r < all; ++r)
    if (ids[static_cast<size_t>(r)] == user) own.push_back(r);
  std::erase(own, request);
  return {request, all, user, own};
}

int64_t chosen_item(const report::ItemNames& names, const std::string& text, const char* option) {
  const auto id = std::ranges::find(names.ids, text);
  if (id != names.ids.end()) return id - names.ids.begin();
  const auto title = std::ranges::find(names.titles, text);
  if (title == names.titles.end()) {
    const bool by_title = !names.titles.empty() && error::near_name(text, names.titles);
    throw error::UserError(
        fmt::format("{}: no item has the id or title {}{}", option, text,
                    error::did_you_mean(text, by_title ? names.titles : names.ids)));
  }
  const auto another = std::find(title + 1, names.titles.end(), text);
  if (another != names.titles.end()) {
    throw error::UserError(fmt::format("{}: several items are called {}: {} and {}; name its id",
                                       option, text, names.id(title - names.titles.begin()),
                                       names.id(another - names.titles.begin())));
  }
  return title - names.titles.begin();
}

}  // namespace assay::cli

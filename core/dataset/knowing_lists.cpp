#include "dataset/knowing_lists.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <set>

#include "text/thousands.h"

namespace assay::dataset {

namespace {

constexpr int64_t kTop = 10;
constexpr int64_t kFewItems = 100;    // of fewer any list may hold most
constexpr int64_t kFewRelevant = 20;  // so many may be found by chance
constexpr double kAll = 0.9995;       // what is printed as 1.000

}  // namespace

nlohmann::json truth_in_lists(const RankedLists& lists, const PreparedData& data,
                              int64_t known_queries) {
  const RequestSetView test = data.requests(task::Window::test);
  int64_t relevant = 0, found = 0, without = 0;
  std::set<int64_t> users;
  for (int64_t request = 0; request < test.size(); ++request) {
    const auto truth = test.truth.row(request);
    if (truth.empty()) continue;
    const auto first = static_cast<size_t>(lists.item.offsets[request]);
    const auto last = static_cast<size_t>(lists.item.offsets[request + 1]);
    const size_t top = std::min(last, first + std::max<size_t>(kTop, truth.size()));
    relevant += std::ssize(truth);
    without += first == last;
    users.insert(test.user[request]);
    for (size_t at = first; at < top; ++at)
      found += std::ranges::count(truth, lists.item.values[at]) > 0;
  }
  const auto with_truth = std::ssize(users);
  const bool only = without == 0 && with_truth > 0 && known_queries == with_truth &&
                    20 * (data.users() - with_truth) >= data.users();
  return {{"relevant", relevant},
          {"found", found},
          {"items", data.items()},
          {"only_users_with_truth", only}};
}

AuditFinding lists_know_truth(const nlohmann::json& lists_info) {
  std::vector<std::string> leaks, hints;
  for (const auto& [name, info] : lists_info.items()) {
    const nlohmann::json truth = info.value("truth", nlohmann::json::object());
    const auto relevant = truth.value("relevant", int64_t{0});
    const auto found = truth.value("found", int64_t{0});
    const bool all = relevant >= kFewRelevant && truth.value("items", int64_t{0}) >= kFewItems &&
                     static_cast<double>(found) >= kAll * static_cast<double>(relevant);
    if (all) {
      leaks.push_back(
          fmt::format("lists.{} has {} of {} relevant items of the test window at its "
                      "top: it seems to be made from them",
                      name, text::thousands(found), text::thousands(relevant)));
    } else if (truth.value("only_users_with_truth", false)) {
      hints.push_back(
          fmt::format("lists.{} has a list for exactly the users who have something "
                      "relevant in the test window",
                      name));
    }
  }
  const auto kind = leaks.empty() ? AuditFinding::Kind::property : AuditFinding::Kind::leak;
  std::vector<std::string> texts = leaks;
  texts.insert(texts.end(), hints.begin(), hints.end());
  if (texts.empty())
    return {"lists_know_truth", AuditFinding::Kind::leak, "none",
            "no list holds all that is relevant"};
  return {"lists_know_truth", kind, "found", fmt::format("{}", fmt::join(texts, "; ")),
          "make the list from the training window"};
}

}  // namespace assay::dataset

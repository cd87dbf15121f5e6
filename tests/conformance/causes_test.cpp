#include "conformance/causes.h"

#include <gmock/gmock.h>

namespace assay::conformance {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

std::vector<std::string> names_of(const std::vector<FailureGroup>& groups) {
  std::vector<std::string> names;
  for (const FailureGroup& group : groups) {
    names.push_back(group.first->name);
    for (const std::string& other : group.others) names.push_back("and so: " + other);
  }
  return names;
}

TEST(GroupFailures, ChecksThatMeetTheSameFaultElsewhereAreOneCause) {
  const std::vector<CheckResult> checks{
      {"scores are numbers", Finding::failed("request 3 has score nan at rank 0")},
      {"an empty history is served", Finding::failed("request 17 has score nan at rank 12")},
      {"the whole batch", Finding::failed("request 3 has score inf at rank 0")}};
  EXPECT_THAT(
      names_of(group_failures(checks)),
      ElementsAre("scores are numbers", "and so: an empty history is served", "the whole batch"));
}

TEST(GroupFailures, TheCircumstancesOfACheckAreNoCause) {
  const std::vector<CheckResult> checks{
      {"scores are numbers", Finding::failed("request 3 has score nan at rank 0")},
      {"a request alone", Finding::failed("request 3 served alone: has score nan at rank 4")},
      {"data without times", Finding::failed("on data without times (time_us is -1), request 9 has "
                                             "score nan at rank 1; is needs_time missing?")},
      {"a loaded one",
       Finding::failed("saved and loaded after it: request 4 has score nan at rank 2")}};
  EXPECT_THAT(names_of(group_failures(checks)),
              ElementsAre("scores are numbers", "and so: a request alone",
                          "and so: data without times", "and so: a loaded one"));
}

TEST(GroupFailures, OnlyFailuresHaveACauseAndTheyKeepTheirOrder) {
  EXPECT_THAT(group_failures({{"held", Finding::held()},
                              {"does not apply", {Finding::Result::not_applicable, "no vectors"}},
                              {"was not run", {Finding::Result::not_run, "no vectors"}}}),
              IsEmpty());
  EXPECT_THAT(names_of(group_failures({{"b", Finding::failed("threw: out of range")},
                                       {"held", Finding::held()},
                                       {"a", Finding::failed("returned nothing")},
                                       {"c", Finding::failed("threw: out of range")}})),
              ElementsAre("b", "and so: c", "a"));
}

}  // namespace
}  // namespace assay::conformance

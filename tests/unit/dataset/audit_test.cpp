#include "dataset/audit.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "dataset/split.h"
#include "sample_events.h"

namespace assay::dataset {
namespace {

using task::SplitMethod;

using test::events_of;

constexpr uint8_t T = 0, V = 2, X = 3;

/// What is audited, and who owns it.
struct Case {
  Events events;
  task::SplitSpec split;
  task::CleanSpec cleaning;
  task::FilterSpec filter;
  task::TrafficSpec traffic;
  std::vector<int64_t> items_known_since;
  std::vector<FeatureValues> features;
  std::vector<task::FeatureFileSpec> files;

  Case(Events log, std::vector<uint8_t> window, SplitMethod method) : events(std::move(log)) {
    events.window = std::move(window);
    split.method = method;
  }
  std::vector<AuditFinding> run() const {
    const Warm warm = find_warm(events);
    const RequestSet test = build_requests(events, warm, task::Window::test, {}, traffic);
    return audit({events,
                  test,
                  warm,
                  split,
                  cleaning,
                  filter,
                  traffic,
                  {},
                  items_known_since,
                  features,
                  {},
                  {}});
  }
  AuditFinding check(const std::string& name) const {
    for (const AuditFinding& found : run()) {
      if (found.check == name) return found;
    }
    ADD_FAILURE() << "no check " << name;
    return {};
  }
  std::string error(const std::vector<std::string>& reasons = {}) const {
    std::vector<AuditFinding> findings = run();
    allow(findings, reasons);
    task::DatasetSpec dataset;
    dataset.where = "exp.yaml:6:3";
    dataset.features = files;
    return test::error_of([&] { check_leaks(findings, dataset); });
  }
};

// A clean log: two users, the last event of each is test.
Case clean() {
  return {events_of({{0, 0, 1}, {1, 1, 2}, {0, 2, 3}, {1, 3, 4}}),
          {T, T, X, X},
          SplitMethod::global_time};
}

TEST(Audit, FindsNothingInACleanSplit) {
  for (const AuditFinding& found : clean().run()) {
    EXPECT_TRUE(found.check == "cold_items" || found.result == "none")
        << found.check << ": " << found.detail;
  }
  EXPECT_EQ(clean().error(), "");
}

TEST(Audit, FindsThePlantedEventOnBothSides) {
  Case planted = clean();
  planted.events = events_of({{0, 0, 1}, {1, 1, 2}, {0, 2, 3}, {1, 1, 2}});
  planted.events.window = {T, T, X, X};
  planted.split.method = SplitMethod::leave_last_out;
  EXPECT_EQ(planted.check("same_event_on_both_sides").result, "found");
  EXPECT_EQ(planted.error(),
            "exp.yaml:6:3: the split leaks (same_event_on_both_sides): 1 event is also in an "
            "earlier window (same user, item and time), such as user 1, item 1 at 1970-01-01 "
            "00:00:02 UTC (rows 2 and 4); remove repeats with clean: {duplicates: true}, or say "
            "why it is accepted with allow_leak: [reason]");
}

TEST(Audit, ARepeatAtAnotherTimeIsNoLeak) {
  Case repeat = clean();
  repeat.events = events_of({{0, 0, 1}, {1, 1, 2}, {0, 0, 3}, {1, 1, 4}});
  repeat.events.window = {T, T, X, X};
  EXPECT_EQ(repeat.check("same_event_on_both_sides").result, "none");
  EXPECT_EQ(repeat.check("truth_already_seen").result, "found");
  EXPECT_EQ(repeat.check("truth_already_seen").detail,
            "2 of 2 (100.0 %) relevant items were seen before and are never served");
}

TEST(Audit, WithoutTimesARepeatIsALeakOnlyWhereRowsWereSplit) {
  const Events events = events_of({{0, 0}, {0, 1}, {0, 0}}, false);
  EXPECT_EQ(
      Case(events, {T, T, X}, SplitMethod::leave_last_out).check("same_event_on_both_sides").result,
      "none");
  EXPECT_EQ(Case(events, {T, T, X}, SplitMethod::given).check("same_event_on_both_sides").result,
            "found");
}

TEST(Audit, FindsThePlantedOwnFutureInTheHistory) {
  const Events events = events_of({{0, 0, 1}, {0, 1, 2}, {0, 2, 3}});
  const Case planted(events, {T, X, T}, SplitMethod::given);
  EXPECT_EQ(planted.check("own_future_in_history").result, "found");
  EXPECT_EQ(planted.check("own_future_in_history").detail,
            "1 of 2 (50.0 %) events of histories are newer than their request, such as user 0, "
            "item 2 at 1970-01-01 00:00:03 UTC (row 3) for a request at 1970-01-01 00:00:02 UTC");
  EXPECT_THAT(planted.error(), testing::HasSubstr("the split leaks (own_future_in_history)"));
  const AuditFinding of_rows =
      Case(events, {T, X, T}, SplitMethod::row_hash).check("own_future_in_history");
  EXPECT_EQ(of_rows.kind, AuditFinding::Kind::property) << "row_hash is known to do it";
  EXPECT_EQ(Case(events, {T, X, T}, SplitMethod::row_hash).error(), "");
}

TEST(Audit, MethodsThatDoNotLookAtTimesHaveOwnFutureAsAProperty) {
  const Events events = events_of({{0, 0, 1}, {0, 1, 2}, {0, 2, 3}});
  for (const SplitMethod method :
       {SplitMethod::random, SplitMethod::leave_k_out, SplitMethod::cold_items}) {
    const Case drawn(events, {T, X, T}, method);
    EXPECT_EQ(drawn.check("own_future_in_history").kind, AuditFinding::Kind::property);
    EXPECT_EQ(drawn.check("own_future_in_history").result, "found");
    EXPECT_EQ(drawn.error(), "");
  }
  EXPECT_THAT(Case(events, {T, X, T}, SplitMethod::per_user_time).error(),
              testing::HasSubstr("the split leaks (own_future_in_history)"));
  EXPECT_EQ(Case(events, {T, X, T}, SplitMethod::random).check("test_before_others_train").kind,
            AuditFinding::Kind::property);
}

TEST(Audit, DrawnWindowsOfGivenFilesHaveOwnFutureAsAProperty) {
  const Events events = events_of({{0, 0, 1}, {0, 1, 2}, {0, 2, 3}, {0, 3, 4}});
  const Case drawn(events, {T, V, T, X}, SplitMethod::given);
  EXPECT_EQ(drawn.check("own_future_in_history").kind, AuditFinding::Kind::property);
  EXPECT_EQ(drawn.check("own_future_in_history").result, "found");
  EXPECT_EQ(drawn.error(), "");
  EXPECT_THAT(Case(events, {T, V, X, T}, SplitMethod::given).error(),
              testing::HasSubstr("leaks (own_future_in_history)"));
}

TEST(Audit, ARequestAtAMomentHoldsNothingOfItsFuture) {
  Case drawn(events_of({{0, 0, 1}, {0, 1, 2}, {0, 2, 3}}), {T, X, T}, SplitMethod::given);
  drawn.traffic.requests = task::RequestUnit::per_event;
  EXPECT_EQ(drawn.check("own_future_in_history").result, "none");
  EXPECT_EQ(drawn.error(), "");
}

TEST(Audit, AColdUserSplitLeaksNothingAndSaysThatEveryRequestIsCold) {
  Events events = test::random_events(3, 400);
  task::SplitSpec split{
      .method = SplitMethod::cold_users, .rank = 0, .validation = 0.1, .test = 0.2};
  const Case cold(events, split_events(events, split, 1), SplitMethod::cold_users);
  EXPECT_EQ(cold.check("own_future_in_history").result, "none");
  EXPECT_EQ(cold.check("same_event_on_both_sides").result, "none");
  EXPECT_THAT(cold.check("cold_users").detail, testing::HasSubstr("(100.0 %)"));
}

TEST(Audit, FindsOwnFutureInTheHistoryOfValidationRequestsToo) {
  EXPECT_EQ(Case(events_of({{0, 0, 1}, {0, 1, 2}, {0, 2, 3}, {0, 3, 4}}), {T, V, T, X},
                 SplitMethod::given)
                .check("own_future_in_history")
                .result,
            "found");
}

TEST(Audit, TestBeforeOthersTrainIsAPropertyButNotOfGlobalTime) {
  const Events events = events_of({{0, 0, 1}, {0, 1, 2}, {1, 0, 3}, {1, 1, 4}});
  const AuditFinding last_out =
      Case(events, {T, X, T, X}, SplitMethod::leave_last_out).check("test_before_others_train");
  EXPECT_EQ(last_out.kind, AuditFinding::Kind::property);
  EXPECT_EQ(last_out.result, "found");
  EXPECT_EQ(last_out.detail,
            "1 of 2 (50.0 %) test events are older than the newest training event");
  EXPECT_EQ(Case(events, {T, X, T, X}, SplitMethod::leave_last_out).error(), "");
  for (const SplitMethod method : {SplitMethod::global_time, SplitMethod::walk_forward}) {
    EXPECT_THAT(Case(events, {T, X, T, X}, method).error(),
                testing::HasSubstr("the split leaks (test_before_others_train)"));
  }
}

TEST(Audit, ShowsAFilterOverTheTestWindow) {
  Case filtered = clean();
  filtered.filter.min_user_events = 2;
  EXPECT_EQ(filtered.check("filter_over_test_window").result, "none");
  filtered.filter.scope = task::FilterScope::all;
  EXPECT_EQ(filtered.check("filter_over_test_window").result, "allowed: filter.scope is all");
  EXPECT_EQ(filtered.check("filter_over_test_window").kind, AuditFinding::Kind::leak);
  EXPECT_EQ(filtered.error(), "");
}

TEST(Audit, ShowsCleaningThatTakesUsersByTheWholeLog) {
  Case cleaned = clean();
  cleaned.cleaning.duplicates = true;
  EXPECT_EQ(cleaned.check("filter_over_test_window").result, "none");
  cleaned.cleaning.max_user_events = 100;
  EXPECT_EQ(cleaned.check("filter_over_test_window").result, "allowed: clean uses the whole log");
  EXPECT_EQ(cleaned.check("filter_over_test_window").detail,
            "max_user_events 100: test events are counted for the filter");
}

TEST(Audit, FindsThePlantedFutureFeature) {
  Case planted = clean();
  planted.items_known_since = {0, kMicroseconds, 2 * kMicroseconds, -1};
  EXPECT_EQ(planted.check("future_feature").result, "none");
  planted.items_known_since = {0, kMicroseconds, 2 * kMicroseconds, 99 * kMicroseconds};
  EXPECT_EQ(planted.check("future_feature").result, "found");
  EXPECT_EQ(planted.error(),
            "exp.yaml:6:3: a feature leaks (future_feature): features of 1 item became known after "
            "the first request at 1970-01-01 00:00:03 UTC, such as those of item 3 at 1970-01-01 "
            "00:01:39 UTC; compute features from data before the test window, or leave them out, "
            "or say why it is accepted with allow_leak: [reason]");
  planted.files = {{.of = "user", .path = {}, .format = {}, .id = {}, .where = "exp.yaml:8:5"},
                   {.of = "item", .path = {}, .format = {}, .id = {}, .where = "exp.yaml:9:5"}};
  EXPECT_THAT(planted.error(), testing::StartsWith("exp.yaml:9:5: a feature leaks"));
}

/// A log in which the newest fifth is test, and its items' events with (or without) the test
/// window.
Case log_with_counts(bool with_test) {
  Events events = test::random_events(11, 2000);
  task::SplitSpec split{
      .method = SplitMethod::global_time, .rank = 0, .validation = 0, .test = 0.2};
  std::vector<uint8_t> window = split_events(events, split, 1);
  FeatureValues popularity{"item", "plays", std::vector<float>(events.items, 0)};
  for (size_t e = 0; e < events.size(); ++e) {
    if (with_test || window[e] != X) ++popularity.number[events.item[e]];
  }
  Case out(std::move(events), std::move(window), SplitMethod::global_time);
  out.features = {popularity};
  return out;
}

TEST(Audit, FindsThePlantedFutureFeatureByItsValues) {
  const AuditFinding found = log_with_counts(true).check("future_feature");
  EXPECT_EQ(found.result, "found");
  EXPECT_THAT(
      found.detail,
      testing::StartsWith("item feature plays correlates with the number of events including the "
                          "test window (rank correlation 1.0000; at most 0."));
  Case planted = log_with_counts(true);
  EXPECT_THAT(planted.error(),
              testing::StartsWith("exp.yaml:6:3: a feature leaks (future_feature)"));
  planted.files = {{.of = "item", .path = {}, .format = {}, .id = {}, .where = "exp.yaml:8:5"},
                   {.of = "item", .path = {}, .format = {}, .id = {}, .where = "exp.yaml:9:5"}};
  planted.files[1].columns = {{"plays", "number"}};
  EXPECT_THAT(planted.error(), testing::StartsWith("exp.yaml:9:5: a feature leaks"));
  EXPECT_EQ(log_with_counts(false).check("future_feature").result, "none")
      << "what was known before the test is no leak";
}

TEST(Audit, CountsColdUsersAndItems) {
  const Case cold(events_of({{0, 0, 1}, {0, 0, 2}, {1, 1, 3}}), {T, X, X},
                  SplitMethod::global_time);
  EXPECT_EQ(cold.check("cold_users").detail,
            "1 of 2 (50.0 %) test requests are of users without a training event");
  EXPECT_EQ(cold.check("cold_items").detail,
            "1 of 2 (50.0 %) relevant items have no training event");
}

TEST(Audit, AReasonAllowsALeakAndIsShown) {
  const Case planted(events_of({{0, 0, 1}, {0, 1, 2}, {0, 2, 3}}), {T, X, T}, SplitMethod::given);
  EXPECT_EQ(planted.error({"the public split of that paper"}), "");
  std::vector<AuditFinding> findings = planted.run();
  allow(findings, {"the public split of that paper", "agreed with the reviewers"});
  EXPECT_EQ(findings[1].result,
            "allowed: the public split of that paper; agreed with the reviewers");
}

TEST(Audit, ShowsEveryLeakAtOnce) {
  Case planted(events_of({{0, 0, 1}, {0, 1, 2}, {0, 1, 2}, {0, 2, 3}}), {T, X, T, T},
               SplitMethod::given);
  planted.items_known_since = {99 * kMicroseconds, 0, 0};
  const std::string text = planted.error();
  for (const char* check :
       {"same_event_on_both_sides", "own_future_in_history", "future_feature"}) {
    EXPECT_THAT(text, testing::HasSubstr(check));
  }
}

TEST(Audit, NoSplitThatRespectsTimeLeaksWhateverTheLog) {
  for (uint32_t seed = 0; seed < 10; ++seed) {
    for (const SplitMethod method :
         {SplitMethod::global_time, SplitMethod::leave_last_out, SplitMethod::per_user_time}) {
      Events events = test::random_events(seed, 500);
      // No event twice at a time: that would be a leak of the data.
      for (size_t e = 0; e < events.size(); ++e)
        events.time_us[e] =
            kMicroseconds *
            static_cast<int64_t>(e / 2 * 2 + (e % 2 && events.user[e] == events.user[e - 1]));
      task::SplitSpec split{.method = method, .rank = 0.1, .validation = 0.1, .test = 0.2};
      if (split.method == SplitMethod::leave_last_out)
        split.rank = split.validation = split.test = 1;
      const Case any(events, split_events(events, split, 1), method);
      EXPECT_EQ(any.error(), "");
    }
  }
}

TEST(Audit, ReadsTheFixOfEarlierVersionsByItsOldName) {
  nlohmann::json audit = audit_json(clean().run());
  for (nlohmann::json& row : audit) {
    row["mend"] = "do " + row.at("check").get<std::string>();
    row.erase("fix");
  }
  for (const AuditFinding& found : findings_of(audit)) EXPECT_EQ(found.fix, "do " + found.check);
}

TEST(Audit, GoesToJsonAndBack) {
  const std::vector<AuditFinding> findings = clean().run();
  const std::vector<AuditFinding> back = findings_of(audit_json(findings));
  ASSERT_EQ(back.size(), findings.size());
  for (size_t i = 0; i < back.size(); ++i) {
    EXPECT_EQ(back[i].check, findings[i].check);
    EXPECT_EQ(back[i].kind, findings[i].kind);
    EXPECT_EQ(back[i].result, findings[i].result);
    EXPECT_EQ(back[i].detail, findings[i].detail);
    EXPECT_EQ(back[i].fix, findings[i].fix);
    EXPECT_EQ(back[i].features, findings[i].features);
  }
}

}  // namespace
}  // namespace assay::dataset

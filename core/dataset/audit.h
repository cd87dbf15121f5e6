#pragma once

/// The audit of a split for leaks. Every check tests the result (events with their windows), not
/// the settings.
///
/// A *property* is an effect that the method always has; a *leak* is one that it should not have,
/// and an error unless the file gives a reason to accept it (`allow_leak`).
///
///  - same_event_on_both_sides, leak: an event (user, item, time) stands in two windows. Without
///    times only where files or hash split rows (user, item): file order tells repeats apart
///  - own_future_in_history, leak, for row_hash, random, leave_k_out, cold_items and the drawn
///    windows of `given` a property: a history holds what its user did after the request; per_event
///    and per_session requests hold nothing but their past
///  - test_before_others_train, property, for global_time and walk_forward a leak: test events are
///    older than the newest training event
///  - filter_over_test_window, leak, allowed by writing `filter.scope: all`, or a rule of
///    `clean` that takes users
///  - future_feature, leak: a feature row became known after the first request, or a feature's
///    values are what only the test window tells (dataset/future_value.h), or a context column of
///    logged rows what only the answer tells (dataset/telling_context.h)
///  - truth_already_seen, property: relevant items that the user has seen, never served therefore
///  - cold_users, cold_items, property: test requests of users, and relevant items, without a
///    training event

#include <array>
#include <functional>
#include <nlohmann/json.hpp>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "dataset/events.h"
#include "dataset/future_value.h"
#include "dataset/logged_rows.h"
#include "dataset/requests.h"
#include "task/experiment.h"

namespace assay::dataset {

struct AuditFinding {
  enum class Kind { property, leak };
  std::string check;
  Kind kind = Kind::property;
  std::string result;    ///< none, found, "unknown: why", "allowed: reason"
  std::string detail;    ///< with counts and an example, for a person
  std::string fix = {};  ///< leaks: what to do
  /// Of future_feature: kind (user, item, context) and name of each; no name where it is a row's
  /// time.
  std::vector<std::pair<std::string, std::string>> features = {};

  bool is_error() const { return kind == Kind::leak && result == "found"; }
};

/// Outside ids, for examples; without it they are numbered.
using IdNames = std::function<std::string(int64_t)>;

/// What is audited. Spans of `known_since` are empty without a time column in the feature file.
struct AuditInput {
  const Events& events;
  const RequestSet& test;
  const Warm& warm;
  const task::SplitSpec& split;
  const task::CleanSpec& clean;
  const task::FilterSpec& filter;
  const task::TrafficSpec& traffic;
  std::span<const int64_t> users_known_since = {};
  std::span<const int64_t> items_known_since = {};
  std::vector<FeatureValues> features = {};
  const LoggedRows* logged = nullptr;  ///< null without logged rows
  IdNames user_id = {}, item_id = {};
};

/// All checks, in the order above.
std::vector<AuditFinding> audit(const AuditInput& input);

/// Leaks that are found become "allowed: ..." where there are reasons.
void allow(std::vector<AuditFinding>& findings, const std::vector<std::string>& reasons);

/// Throws UserError with every leak that is not allowed, at the data set or at the features that
/// leak.
void check_leaks(const std::vector<AuditFinding>& findings, const task::DatasetSpec& dataset);

/// [{"check", "kind", "result", "detail", "fix", "features"}], and back. Files of earlier
/// versions call the fix `mend`.
nlohmann::json audit_json(const std::vector<AuditFinding>& findings);
std::vector<AuditFinding> findings_of(const nlohmann::json& audit);

}  // namespace assay::dataset

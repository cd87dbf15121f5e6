#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "condition.h"
#include "expression.h"

namespace assay::rules {

/// Rules as they stand in an experiment file.
struct Texts {
  std::vector<std::string> filter, boost, bury, pin, at_least, at_most;
};

/// A rule that was read.
struct Written {
  std::string name;  ///< `rules: filter[0]`
  std::string text;
  Expression expression;
  int64_t count = 0;  ///< of a quota
};

/// All rules of the file. Throws InvalidInput that names the rule, with a caret where it cannot be
/// read.
struct Rulebook {
  explicit Rulebook(const Texts& texts);
  std::vector<Written> filter, boost, bury, pin, at_least, at_most;
  /// Whether a rule speaks of the request, so that rules are to be bound for each batch.
  bool names_context() const;
};

/// What of the texts that rules name no item or user has, with near names, a typing error as a rule:
/// `filter[0] asks for genre "Horor", which no item has (did you mean "Horror"?)`. Texts of requests
/// are not judged: other requests may have them. "" where all are known.
std::string unknown_texts(const Rulebook& rules, const Tables& tables);

/// How strongly, where, and what happens when it cannot be.
struct Strengths {
  double boost_by = 0.2;
  double bury_by = 0.2;
  int64_t pin_place = 1;  ///< counted from 1
  bool fill = false;      ///< serve fewer than `at_least` asks for where candidates lack
};

/// Rules bound to the features of some data: chooses slates by them.
class SlateRules {
 public:
  /// Throws InvalidInput that names the rule, with a caret, where it does not fit the features.
  SlateRules(const Rulebook& rules, const Strengths& strengths, const Tables& tables);

  /// Throws InvalidInput where a quota cannot be met by any slate: two that contradict each other,
  /// or one of which there are not so many items.
  /// @param items  of the catalogue
  void expect_possible(int64_t items) const;

  /// 1. What a filter holds for is left out. 2. Each pin takes the best candidate that is left for
  /// which it holds, the first rule at `pin_place`. 3. Each `at_least` takes the best until it has
  /// enough. 4. The best others fill the slate. No `at_most` is ever exceeded: the slate is rather
  /// shorter. All but the pinned stand by worth: relevance, plus boost_by for each boost that holds,
  /// less bury_by for each bury.
  ///
  /// Throws InvalidInput where `at_least` cannot be met, unless told to fill.
  /// @param relevance  of each candidate
  /// @param who        the candidate's user and request; its item is set from `items`
  /// @param place      filled from the front; the rest is left
  void choose(std::span<const int64_t> items, std::span<const double> relevance, Candidate who,
              std::span<int64_t> place) const;

 private:
  struct Rule {
    Written written;
    Condition condition;
  };
  class Slate;

  static std::vector<Rule> bound(const std::vector<Written>& rules, const Tables& tables);

  Strengths strengths_;
  std::vector<Rule> filter_, boost_, bury_, pin_, at_least_, at_most_;
};

}  // namespace assay::rules

#include "slate_rules.h"

#include <assay/error.h>

#include <algorithm>
#include <numeric>
#include <utility>

namespace assay::rules {
namespace {

std::vector<Written> read(const std::string& key, const std::vector<std::string>& texts,
                          bool quotas) {
  std::vector<Written> rules;
  for (const std::string& text : texts) {
    const std::string name = "rules: " + key + "[" + std::to_string(rules.size()) + "]";
    try {
      Quota quota = quotas ? read_quota(text) : Quota{0, read_expression(text)};
      rules.push_back({name, text, std::move(quota.expression), quota.count});
    } catch (const InvalidInput& problem) {
      throw InvalidInput(name + ": " + problem.what());
    }
  }
  return rules;
}

// What a quota counts, for messages.
std::string subject(const Written& quota) {
  return quota.text.substr(quota.text.find_first_not_of(' ', quota.text.find("of") + 2));
}

bool is_of_items_alone(const Expression& expression) {
  return !names_any(expression, Operand::Kind::user) &&
         !names_any(expression, Operand::Kind::context);
}

}  // namespace

Rulebook::Rulebook(const Texts& texts)
    : filter(read("filter", texts.filter, false)),
      boost(read("boost", texts.boost, false)),
      bury(read("bury", texts.bury, false)),
      pin(read("pin", texts.pin, false)),
      at_least(read("at_least", texts.at_least, true)),
      at_most(read("at_most", texts.at_most, true)) {}

bool Rulebook::names_context() const {
  for (const auto* rules : {&filter, &boost, &bury, &pin, &at_least, &at_most})
    for (const Written& rule : *rules)
      if (names_any(rule.expression, Operand::Kind::context)) return true;
  return false;
}

std::vector<SlateRules::Rule> SlateRules::bound(const std::vector<Written>& rules,
                                                const Tables& tables) {
  std::vector<Rule> made;
  for (const Written& rule : rules) {
    try {
      made.push_back({rule, Condition(rule.expression, rule.text, tables)});
    } catch (const InvalidInput& problem) {
      throw InvalidInput(rule.name + ": " + problem.what());
    }
  }
  return made;
}

SlateRules::SlateRules(const Rulebook& rules, const Strengths& strengths, const Tables& tables)
    : strengths_(strengths),
      filter_(bound(rules.filter, tables)),
      boost_(bound(rules.boost, tables)),
      bury_(bound(rules.bury, tables)),
      pin_(bound(rules.pin, tables)),
      at_least_(bound(rules.at_least, tables)),
      at_most_(bound(rules.at_most, tables)) {}

void SlateRules::expect_possible(int64_t items) const {
  for (const auto& [least, condition] : at_least_) {
    const std::string asks = least.name + " asks for " + std::to_string(least.count) + " of " +
                             subject(least) + ", but ";
    for (const Rule& most : at_most_) {
      if (subject(least) == subject(most.written) && most.written.count < least.count) {
        throw InvalidInput(asks + most.written.name + " allows " +
                           std::to_string(most.written.count) +
                           "; lower the one or raise the other.");
      }
    }
    if (!is_of_items_alone(least.expression)) continue;
    int64_t known = 0;
    for (int64_t item = 0; item < items; ++item)
      if (condition.holds({.item = item})) ++known;
    if (known < least.count) {
      throw InvalidInput(asks + "of " + std::to_string(items) + " items only " +
                         std::to_string(known) + (known == 1 ? " is" : " are") + " of that kind.");
    }
  }
}

// The slate of one request while it is chosen.
class SlateRules::Slate {
 public:
  Slate(const SlateRules& rules, std::span<const int64_t> items, std::span<const double> relevance,
        Candidate who, size_t places)
      : rules_(rules),
        items_(items),
        who_(who),
        places_(places),
        chosen_(items.size(), false),
        counts_(rules.at_most_.size(), 0) {
    worth_.assign(relevance.begin(), relevance.end());
    for (size_t i = 0; i < items.size(); ++i) {
      if (any(rules_.filter_, i)) continue;
      worth_[i] += rules_.strengths_.boost_by * holding(rules_.boost_, i) -
                   rules_.strengths_.bury_by * holding(rules_.bury_, i);
      order_.push_back(static_cast<int64_t>(i));
    }
    std::ranges::stable_sort(order_, [&](int64_t a, int64_t b) { return worth_[a] > worth_[b]; });
  }

  void pin() {
    for (const Rule& rule : rules_.pin_) {
      const auto found = std::ranges::find_if(
          order_, [&](int64_t i) { return !chosen_[i] && holds(rule, i) && take(i); });
      if (found != order_.end()) pinned_.push_back(*found);
    }
  }

  void meet(const Rule& least) {
    auto have =
        std::ranges::count_if(order_, [&](int64_t i) { return chosen_[i] && holds(least, i); });
    for (const int64_t i : order_) {
      if (have >= least.written.count) return;
      if (!chosen_[i] && holds(least, i) && take(i)) ++have;
    }
    if (have >= least.written.count || rules_.strengths_.fill) return;
    if (items_.empty()) {
      throw InvalidInput(least.written.name + " asks for " + least.written.text +
                         ", but a request has no candidate at all. Give recall a source that knows "
                         "every request (`unknown: {plugin: popularity}`), or set unmet: fill.");
    }
    throw InvalidInput(
        least.written.name + " asks for " + least.written.text + ", but a request has only " +
        std::to_string(have) + " among its " + std::to_string(items_.size()) + " candidates for " +
        std::to_string(places_) +
        " places. Raise k of the stages before, lower the quota, or set unmet: fill.");
  }

  void fill() {
    for (const int64_t i : order_)
      if (!chosen_[i]) take(i);
  }

  void write(std::span<int64_t> place) const {
    std::vector<int64_t> slate;
    for (const int64_t i : order_)
      if (chosen_[i] && std::ranges::find(pinned_, i) == pinned_.end()) slate.push_back(i);
    const int64_t first = std::min(rules_.strengths_.pin_place - 1, std::ssize(slate));
    slate.insert(slate.begin() + first, pinned_.begin(), pinned_.end());
    std::ranges::copy(slate, place.begin());
  }

 private:
  bool holds(const Rule& rule, int64_t i) const {
    return rule.condition.holds({items_[i], who_.user, who_.request});
  }
  bool any(const std::vector<Rule>& rules, size_t i) const {
    return std::ranges::any_of(rules,
                               [&](const Rule& r) { return holds(r, static_cast<int64_t>(i)); });
  }
  double holding(const std::vector<Rule>& rules, size_t i) const {
    return static_cast<double>(std::ranges::count_if(
        rules, [&](const Rule& rule) { return holds(rule, static_cast<int64_t>(i)); }));
  }

  // False where there is no place, or a quota would be exceeded.
  bool take(int64_t i) {
    if (count_ == places_) return false;
    for (size_t q = 0; q < counts_.size(); ++q) {
      const Rule& most = rules_.at_most_[q];
      if (counts_[q] >= most.written.count && holds(most, i)) return false;
    }
    for (size_t q = 0; q < counts_.size(); ++q)
      if (holds(rules_.at_most_[q], i)) ++counts_[q];
    chosen_[i] = true;
    ++count_;
    return true;
  }

  const SlateRules& rules_;
  std::span<const int64_t> items_;
  Candidate who_;
  size_t places_, count_ = 0;
  std::vector<double> worth_;
  std::vector<int64_t> order_, pinned_;  // order_: what no filter leaves out, best first
  std::vector<bool> chosen_;
  std::vector<int64_t> counts_;  // of each at_most
};

void SlateRules::choose(std::span<const int64_t> items, std::span<const double> relevance,
                        Candidate who, std::span<int64_t> place) const {
  Slate slate(*this, items, relevance, who, place.size());
  slate.pin();
  for (const Rule& least : at_least_) slate.meet(least);
  slate.fill();
  slate.write(place);
}

}  // namespace assay::rules

#include <assay/extra/features/near_label.h>

#include <algorithm>

#include "slate_rules.h"

namespace assay::rules {
namespace {

// The feature of items or users that a side names, where its values are texts.
const Feature* feature_of(const Operand& side, const Tables& tables) {
  const FeatureTable* table = nullptr;
  if (side.kind == Operand::Kind::item) table = tables.item;
  if (side.kind == Operand::Kind::user) table = tables.user;
  const Feature* const feature = table == nullptr ? nullptr : table->find(side.name);
  const bool is_of_texts = feature != nullptr && (feature->type == FeatureType::category ||
                                                  feature->type == FeatureType::set ||
                                                  feature->type == FeatureType::text);
  return is_of_texts ? feature : nullptr;
}

class Unknown {
 public:
  explicit Unknown(const Tables& tables) : tables_(tables) {}

  void look_at(const Written& rule, const Expression& expression) {
    for (const Expression& part : expression.parts) look_at(rule, part);
    if (expression.kind != Expression::Kind::relation || expression.relation == Relation::missing)
      return;
    compare(rule, expression.left, expression.right);
    compare(rule, expression.right, expression.left);
  }
  const std::string& said() const { return said_; }

 private:
  void compare(const Written& rule, const Operand& named, const Operand& written) {
    const Feature* const feature = feature_of(named, tables_);
    if (feature == nullptr) return;
    const bool of_labels = feature->type != FeatureType::text;
    const std::vector<std::string>& known = of_labels ? feature->labels : feature->texts;
    for (const std::string& text : written.texts) {
      if (std::ranges::find(known, text) != known.end()) continue;
      const std::string near = of_labels ? extra::near_label(text, known) : "";
      said_ += (said_.empty() ? "" : "; ") + rule.name.substr(rule.name.find(' ') + 1) +
               " asks for " + named.name + " \"" + text + "\", which no " +
               (named.kind == Operand::Kind::user ? "user" : "item") + " has" +
               (near.empty() ? "" : " (did you mean \"" + near + "\"?)");
    }
  }

  const Tables& tables_;
  std::string said_;
};

}  // namespace

std::string unknown_texts(const Rulebook& rules, const Tables& tables) {
  Unknown unknown(tables);
  for (const auto* some :
       {&rules.filter, &rules.boost, &rules.bury, &rules.pin, &rules.at_least, &rules.at_most})
    for (const Written& rule : *some) unknown.look_at(rule, rule.expression);
  return unknown.said();
}

}  // namespace assay::rules

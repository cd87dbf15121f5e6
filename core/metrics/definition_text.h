#pragma once

#include <string>
#include <string_view>

#include "rules/definition_choice.h"

namespace assay::metrics {

/// A definition id, such as `ndcg{gain=linear,discount=log2(r+1),ideal=R}`, taken apart.
class DefinitionText {
 public:
  explicit DefinitionText(std::string_view id) : id_(id) {}

  std::string name() const { return id_.substr(0, id_.find('{')); }
  /// The value of a choice, or "".
  std::string option(std::string_view choice) const {
    return std::string(rules::choice_of(id_, choice));
  }
  bool is(std::string_view choice, std::string_view value) const {
    return rules::choice_of(id_, choice) == value;
  }

 private:
  std::string id_;
};

}  // namespace assay::metrics

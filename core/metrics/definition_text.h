#pragma once

/// Reads a definition id, such as `ndcg{gain=linear,discount=log2(r+1),ideal=R}`.

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace assay::metrics {

struct DefinitionText {
  std::string name;
  std::vector<std::pair<std::string, std::string>> options;

  explicit DefinitionText(std::string_view id);
  /// The value of a choice, or "".
  std::string option(std::string_view key) const;
  bool is(std::string_view key, std::string_view value) const { return option(key) == value; }
};

}  // namespace assay::metrics

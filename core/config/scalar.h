#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>
#include <variant>

#include "config/node.h"
#include "config/problems.h"

namespace assay::config {

/// A text that YAML 1.1 and 1.2 read differently, or that looks like a number and is none of ours.
struct Ambiguous {
  std::string what;  ///< "is ambiguous: ...; write 10, or \"010\" for text"
  bool operator==(const Ambiguous&) const = default;
};

/// What a scalar means. Quotes make text. Without them: `true` and `false` are booleans, decimal
/// numbers are numbers, everything else is text, and where readers of YAML disagree (`no`, `010`,
/// `0x10`, `1_000`, `1:30`, `.inf`) nothing is guessed.
using Scalar = std::variant<Ambiguous, bool, int64_t, double, std::string>;

Scalar read_scalar(const Node& node);

/// A tree as JSON. False, with the problems noted, where a scalar is ambiguous or a value is empty.
bool to_json(const Node& node, const std::string& path, Problems& problems, nlohmann::json& out);

/// `text` as YAML that read_scalar gives back as the same text; in quotes where they are needed.
std::string scalar_text(const std::string& text);

}  // namespace assay::config

#pragma once

#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>

#include "config/node.h"
#include "config/problems.h"
#include "task/experiment.h"
#include "task/plugin_info.h"

namespace assay::config {

/// What `{tune: ...}` holds where a parameter's value stands, or nullptr: the value is none such.
const Node* tune_form(const Node& value);

/// Reads `{tune: [32, 64]}`, `{tune: {log: [1e-4, 1e-1]}}`, `{tune: {linear: [0, 1]}}` or
/// `{tune: declared}`. `stage` and `where` are left to the caller. Problems: another form, ends that
/// are no range, a type that has no range, a parameter without a declared range.
/// @param form  what tune_form gives
/// @param path  of the parameter: "variants.control.recall[0].params.lambda"
/// @param spec  its declaration
std::optional<task::TunedParam> read_tuned(const Node& form, const std::string& path,
                                           const ParamSpec& spec, Problems& problems);

/// The values that the declaration has to allow for all of it to be allowed: each choice, or the
/// ends of the range.
nlohmann::json bounds_of(const task::TunedParam& param);

/// As read_tuned takes it: {"tune": ...}.
nlohmann::ordered_json tuned_tree(const task::TunedParam& param);

}  // namespace assay::config

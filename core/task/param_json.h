#pragma once

#include <assay/params.h>

#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string_view>

namespace assay::task {

/// "boolean", "integer", ..., as `assay describe` and JSON write it.
std::string_view type_name(ParamType type);

nlohmann::json param_json(const ParamValue& value);
/// The JSON value as a parameter of that type; nothing where it is of another type. Nothing is
/// converted but an integer where a number is asked for. (JSON that passed through canonical_json
/// writes 3.0 as 3.)
std::optional<ParamValue> param_value(ParamType type, const nlohmann::json& json);

/// An object: name to value.
nlohmann::json params_json(const ParamMap& params);
/// The complete, checked settings that params_json wrote; `schema` gives the types. Throws
/// InternalError where a value does not fit: settings of users go through check_params instead.
ParamMap params_from_json(const ParamSchema& schema, const nlohmann::json& json);

}  // namespace assay::task

// Types of the SDK lie in bare assay, where JSON's own lookup would search for these.
template <>
struct nlohmann::adl_serializer<assay::ParamSchema> {
  static void to_json(nlohmann::json& json, const assay::ParamSchema& schema);
  static void from_json(const nlohmann::json& json, assay::ParamSchema& schema);
};

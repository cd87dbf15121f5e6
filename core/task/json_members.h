#pragma once

/// ASSAY_JSON(Type, member, ...): to_json and from_json of a plain struct, every member by its
/// name. For .cpp files of core/task; a test checks that a round trip loses nothing.

#include "task/json.h"

#define ASSAY_JSON_PUT(member) out[#member] = value.member;
#define ASSAY_JSON_GET(member) in.at(#member).get_to(value.member);
#define ASSAY_JSON(Type, ...)                                              \
  void to_json(nlohmann::json& out, const Type& value) {                   \
    out = nlohmann::json::object();                                        \
    NLOHMANN_JSON_EXPAND(NLOHMANN_JSON_PASTE(ASSAY_JSON_PUT, __VA_ARGS__)) \
  }                                                                        \
  void from_json(const nlohmann::json& in, Type& value) {                  \
    NLOHMANN_JSON_EXPAND(NLOHMANN_JSON_PASTE(ASSAY_JSON_GET, __VA_ARGS__)) \
  }

#pragma once

/// What readers of JSON share.

#include <deque>
#include <functional>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "ingest/cell.h"

namespace assay::ingest {

/// Elements of lists, which cells point to.
using CellStore = std::deque<std::vector<Cell>>;

/// A value as a cell; the elements of lists are kept in `lists`.
Cell as_cell(const nlohmann::json& value, CellStore& lists);

/// The object that a text holds. Throws UserError: no JSON, or no object.
/// @param where     in messages
/// @param expected  as the message has it: "an object: {...}"
nlohmann::json parsed_json(std::string_view text, const std::string& where, const char* expected,
                           const nlohmann::json::parser_callback_t& callback = nullptr);

/// Throws UserError where a map of `object` has a key twice in its text, of which the parser keeps
/// the last and says nothing.
/// @param where  called for the place in the message
void refuse_key_twice(std::string_view text, const nlohmann::json& object,
                      const std::function<std::string()>& where);

}  // namespace assay::ingest

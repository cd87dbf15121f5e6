#pragma once

/// What readers of JSON share.

#include <deque>
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

/// JSON with integers that 64 bits do not hold in quotes, so that they stay the texts that they are:
/// ids.
std::string huge_in_quotes(std::string_view text);

}  // namespace assay::ingest

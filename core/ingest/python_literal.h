#pragma once

/// Lines that Python wrote as its own literals, which some data sets are published as.

#include <string>
#include <string_view>

namespace assay::ingest {

/// The JSON of a literal of dicts, lists, tuples, texts, numbers, True, False and None, as Python 2
/// and 3 print them: {u'name': 'x', "it's": 0.1, 'early': False}.
/// @param where  for the message
/// Throws UserError: a text that is not closed, a word that is none of a literal. What else is no
/// JSON afterwards is left to its parser.
std::string json_of_python(std::string_view literal, const std::string& where);

}  // namespace assay::ingest

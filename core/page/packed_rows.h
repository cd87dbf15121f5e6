#pragma once

#include <nlohmann/json.hpp>

namespace assay::page {

/// Rows as a page holds long lists of them, in a quarter of the room: names of columns once, equal
/// texts once. {"columns": [["variant", 1], ["mean", 0]], "texts": ["ease"], "rows": [[0, 0.1]]};
/// 1 is a column of texts, whose cells are places in `texts`. What a row lacks is null. packed.js
/// makes rows of it again.
/// @param rows  array of objects; of a column either all values are texts or none is
nlohmann::json packed_rows(const nlohmann::json& rows);

}  // namespace assay::page

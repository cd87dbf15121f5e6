#pragma once

#include <optional>
#include <string>

#include "dataset/prepared.h"
#include "exposure/group_exposure.h"

namespace assay::execution {

/// The categories of every item or user by a category or set feature; nothing where the data set
/// has no such feature, or one of another type.
/// @param of  "item" or "user"
std::optional<exposure::Groups> read_groups(const dataset::PreparedData& data,
                                            const std::string& of, const std::string& feature);

}  // namespace assay::execution

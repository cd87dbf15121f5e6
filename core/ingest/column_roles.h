#pragma once

/// Names that columns of logs usually have.

#include <string>
#include <string_view>

namespace assay::ingest {

/// How well a name fits a role: 3 where it is a usual name of it ("uid", "userId"), 1 where it has
/// its word in it ("buyer_user_no"), 0 otherwise.
/// @param role  user, item, time, value or event
int name_fit(std::string_view role, std::string_view column);

/// Whether it is a usual name of some role.
bool is_role_name(std::string_view column);

}  // namespace assay::ingest

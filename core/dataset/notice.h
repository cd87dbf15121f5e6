#pragma once

#include <functional>
#include <string>

namespace assay::dataset {

/// Takes a line for the user that is no error: "the cache of ml100k was damaged and is made anew".
/// May be empty.
using Notice = std::function<void(const std::string& line)>;

}  // namespace assay::dataset

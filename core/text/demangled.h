#pragma once

#include <string>

namespace assay::text {

/// A symbol as a person would write it: `_ZN2at4_ops3add4callE...` as "at::_ops::add::call(...)"; the
/// symbol itself where it is no mangled name.
std::string demangled(const std::string& symbol);

}  // namespace assay::text

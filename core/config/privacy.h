#pragma once

#include <string>

#include "config/section.h"

namespace assay::config {

/// `privacy.pseudonymise`: the file of the key, absolute; empty without one.
std::string read_privacy(const Section& file);

}  // namespace assay::config

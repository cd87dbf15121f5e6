#pragma once

#include <string>

#include "conformance/tiny_data.h"

namespace assay::worker {

/// A sample of prepared data in the shape of the tiny world, for `assay check --data`: the 36 items
/// that most users were positive about, 53 users who were positive about some of them and one who
/// was not, their events with these items (at most 14 each), and users and items beside them whose
/// events are left out. Features, times, values and the names of the targets are those of the data.
/// The same data give the same sample.
/// @param path  of the prepared data set
/// Throws UserError where the data are too small.
conformance::TinyData check_sample(const std::string& path);

}  // namespace assay::worker

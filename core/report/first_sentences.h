#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

namespace assay::report {

/// A sentence each of the first kMostSentences things, and one that counts the others.
/// @param sentence  of the thing at a place
/// @param more      of so many that are not told
std::vector<std::string> first_sentences(size_t things,
                                         const std::function<std::string(size_t)>& sentence,
                                         const std::function<std::string(int64_t)>& more);

}  // namespace assay::report

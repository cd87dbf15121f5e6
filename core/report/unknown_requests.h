#pragma once

/// What recall strategies do not know: requests for which a source returned no candidate. A verdict
/// on all requests is in part one on who answered these.

#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "results/reader.h"

namespace assay::report {

struct Comparison;

/// One source of candidates and the variants of which the same is to be said.
struct UnknownSource {
  std::vector<std::string> variants;  ///< in the order of the file
  std::string dataset;
  std::string place;   ///< "recall[0]"
  std::string plugin;  ///< "ease"
  /// requests of all folds that it does not know: the least and the most over the seeds
  int64_t least = 0, most = 0;
  int64_t of = 0;        ///< all requests
  std::string answered;  ///< the strategy that stands at `unknown`; empty: none does
  int64_t left = 0;      ///< the most of them that this one does not know either
  bool alone = true;     ///< it is the one source of its variants
};

/// None for a run of a version that did not count them.
std::vector<UnknownSource> unknown_sources(const results::Reader& reader, int64_t run_id);

/// "ease does not know 142 of 921 requests (recall[0] of shop); popularity answered them.", "...;
/// their lists are empty."
std::vector<std::string> unknown_sentences(const Comparison& comparison);

/// [{"variants", "dataset", "place", "plugin", "least", "most", "of", "answered": null or a text,
/// "left"}].
nlohmann::ordered_json unknown_json(const Comparison& comparison);

}  // namespace assay::report

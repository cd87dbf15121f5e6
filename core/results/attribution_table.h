#pragma once

/// Which stage earned a difference, in the results file. A run of this kind keeps the mixed
/// pipelines of two variants of another run; it is no run that `assay compare` takes by itself.

#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "results/reader.h"

namespace assay::results {

/// What the keys of timing passes over mixed pipelines begin with.
inline constexpr std::string_view kAttributionPass = "attribution:";

/// A part of a pipeline in which the two variants differ.
struct AttributionPart {
  std::string name;  ///< "recall", "merge", "rank", "rerank"; one source of several: "recall[1]"
  std::string from, to;  ///< what stands there on either side, for people
};

/// The work of an attribution.
struct AttributionRow {
  int64_t run_id = 0;
  int64_t of_run = 0;    ///< the run whose difference it divides
  std::string key;       ///< of equal ones: trials, metrics and load
  std::string from, to;  ///< variants of that run
  std::vector<AttributionPart> parts;
  std::vector<std::string>
      mixes;  ///< [2^parts] variants of this run; bit p of the place: part p is `to`'s
  std::vector<std::string> notes;  ///< what a reader must know; kept in order
};

/// What a number of an attribution is of.
enum class AttributionOf {
  part,         ///< its Shapley value
  total,        ///< the difference that is divided
  joint,        ///< what is left of it beside what each part earns alone
  interaction,  ///< of two parts, "recall x rank"
};

/// A number with its interval. Key: run, data set, definition, cutoff, `of`, name.
struct AttributionValueRow {
  int64_t run_id = 0;
  std::string dataset, definition;
  int cutoff = 0;
  AttributionOf of = AttributionOf::part;
  std::string name;  ///< of the part; "" of `total` and `joint`
  int position = 0;  ///< in which they are shown
  std::optional<double> value, ci_low, ci_high;
  std::optional<double> first, last;  ///< of a part: what it adds to `from` alone, to all others
  std::optional<double> from_mean;    ///< of `total`: where it starts
  std::optional<double> noise_floor;  ///< of times
  int64_t n = 0;
  std::string method, reason;
};

/// In the transaction that begins its run.
void write_attribution(const Database& database, const AttributionRow& row);
/// Replaces a row of the same key.
void write_attribution_value(const Database& database, const AttributionValueRow& row);

/// None: the run is of another kind.
std::optional<AttributionRow> attribution_of(const Reader& reader, int64_t run_id);
/// Runs that are attributions.
std::set<int64_t> attribution_runs(const Reader& reader);
/// The last one with this key that has ended well; none: there is none.
std::optional<int64_t> ended_attribution(const Reader& reader, const std::string& key);
/// By data set, metric in the order of writing, position.
std::vector<AttributionValueRow> attribution_values(const Reader& reader, int64_t run_id);

}  // namespace assay::results

template <>
struct assay::task::Names<assay::results::AttributionOf> {
  using Of = results::AttributionOf;
  static constexpr std::string_view what = "kind of a number of an attribution";
  static constexpr std::array table{Name{Of::part, "part"}, Name{Of::total, "total"},
                                    Name{Of::joint, "joint"}, Name{Of::interaction, "interaction"}};
};

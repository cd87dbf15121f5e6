#include "report/attribution.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "analysis/metric_name.h"
#include "report/numbers.h"
#include "text/display_width.h"
#include "text/listed.h"

namespace assay::report {
namespace {

using Row = results::AttributionValueRow;
using Of = results::AttributionOf;

constexpr char kLatency[] = "latency_ms";

bool starts_another(const Division& division, const Row& row) {
  return division.dataset != row.dataset || division.total.definition != row.definition ||
         division.total.cutoff != row.cutoff;
}

Division begun(const Row& row, const std::vector<results::MetricRow>& metrics) {
  Division division;
  division.dataset = row.dataset;
  division.total.definition = row.definition;
  division.total.cutoff = row.cutoff;
  const results::MetricRow* const metric = analysis::find_metric(metrics, row.definition);
  division.metric =
      analysis::metric_text(metric == nullptr ? row.definition : metric->name, row.cutoff);
  if (metric != nullptr) division.higher_is_better = metric->higher_is_better;
  if (row.definition == kLatency) {
    division.metric = "p99 latency";
    division.unit = " ms";
  }
  return division;
}

void take(Division& division, const Row& row) {
  if (row.of == Of::total) division.total = row;
  if (row.of == Of::joint) division.joint = row;
  if (row.of == Of::part) division.parts.push_back(row);
  if (row.of == Of::interaction) division.interactions.push_back(row);
}

std::string value_text(const Row& row, const Division& division) {
  if (!row.value) return "-";
  return difference_text(*row.value, row.ci_low, row.ci_high) + division.unit;
}

std::string percent(double share) { return fmt::format("{:.0f} %", std::round(100 * share) + 0.0); }

/// Whether a number is told apart from 0: by its interval, or of times by the noise floor.
bool is_told(const Row& row) {
  if (row.ci_low && row.ci_high) return *row.ci_low > 0 || *row.ci_high < 0;
  return row.noise_floor && std::abs(row.value.value_or(0)) > *row.noise_floor;
}

/// "recall makes 66 % of it, rank 30 %, but merge takes back 3 %, and rerank (1 %) is within chance".
std::string shares_text(const Division& division) {
  std::vector<const Row*> rows;
  for (const Row& part : division.parts) rows.push_back(&part);
  std::ranges::stable_sort(
      rows, [&](const Row* a, const Row* b) { return division.share(*a) > division.share(*b); });
  std::vector<std::string> earned, taken, unclear, clauses;
  for (const Row* row : rows) {
    const double share = division.share(*row);
    if (!is_told(*row))
      unclear.push_back(fmt::format("{} ({})", row->name, percent(share)));
    else if (share < 0)
      taken.push_back(fmt::format("{} takes back {}", row->name, percent(-share)));
    else
      earned.push_back(earned.empty() ? fmt::format("{} makes {} of it", row->name, percent(share))
                                      : fmt::format("{} {}", row->name, percent(share)));
  }
  if (!earned.empty()) clauses.push_back(text::listed(earned));
  if (!taken.empty()) clauses.push_back((earned.empty() ? "" : "but ") + text::listed(taken));
  if (!unclear.empty()) {
    clauses.push_back(fmt::format("{}{} {} within {}", clauses.empty() ? "" : "while ",
                                  text::listed(unclear), unclear.size() == 1 ? "is" : "are",
                                  division.unit.empty() ? "chance" : "the noise floor"));
  }
  return fmt::format("{}", fmt::join(clauses, ", "));
}

/// "; yet recall adds +0.009 [0.002, 0.016]": parts that may cancel one another.
std::string told_parts(const Division& division) {
  std::vector<std::string> told;
  for (const Row& part : division.parts) {
    if (is_told(part))
      told.push_back(fmt::format("{} adds {}", part.name, value_text(part, division)));
  }
  return told.empty() ? "" : "; yet " + text::listed(told);
}

std::string sentence(const Attribution& attribution, const Division& division) {
  const results::AttributionRow& of = attribution.of;
  const std::string where = fmt::format("{} on {}", division.metric, division.dataset);
  if (!division.total.value)
    return fmt::format("{} is not divided: {}.", where, division.total.reason);
  const std::string difference = value_text(division.total, division);
  if (!division.has_shares()) {
    return fmt::format(
        "{} and {} cannot be told apart in {} ({}): there is no difference to take shares of{}.",
        of.to, of.from, where, difference, told_parts(division));
  }
  return fmt::format("{} has {} {} {} in {}: {}.", of.to, difference,
                     *division.total.value > 0 ? "over" : "against", of.from, where,
                     shares_text(division));
}

/// What the parts do together, where that is more or less than chance.
std::string joint_sentence(const Division& division) {
  if (!division.joint || !division.joint->ci_low || !division.joint->value) return "";
  if (*division.joint->ci_low <= 0 && *division.joint->ci_high >= 0) return "";
  const bool same_way = (*division.joint->value > 0) == (*division.total.value > 0);
  return fmt::format("Together they add {} to what each does alone in {} on {}: {}.",
                     value_text(*division.joint, division), division.metric, division.dataset,
                     same_way ? "they need one another"
                              : "in part they do the same, or stand in one another's way");
}

using Cells = std::vector<std::vector<std::string>>;

/// Columns beside one another: the first and the last as they are, the others on the right.
std::string aligned(const Cells& rows) {
  std::vector<size_t> widths(rows.front().size(), 0);
  for (const auto& row : rows) {
    for (size_t c = 0; c < row.size(); ++c)
      widths[c] = std::max(widths[c], text::display_width(row[c]));
  }
  std::string out;
  for (const auto& row : rows) {
    std::string line = "  " + text::pad_right(row.front(), widths.front());
    for (size_t c = 1; c + 1 < row.size(); ++c) line += "  " + text::pad_left(row[c], widths[c]);
    line += "  " + row.back();
    out += line.substr(0, line.find_last_not_of(' ') + 1) + "\n";
  }
  return out;
}

std::string plain(const std::optional<double>& value) {
  return value ? difference_text(*value, {}, {}) : "-";
}

/// "als -> ease" of a part; "" of what is none.
std::string exchange_text(const Attribution& attribution, const std::string& name) {
  for (const results::AttributionPart& part : attribution.of.parts) {
    if (part.name == name) return fmt::format("{} -> {}", part.from, part.to);
  }
  return "";
}

std::string table(const Attribution& attribution, const Division& division) {
  const bool shares = division.has_shares();
  Cells rows = {{"part", "earned", "share", "first", "last", "what is exchanged"}};
  for (const Row& part : division.parts) {
    const bool noise = part.noise_floor && !is_told(part);
    rows.push_back({part.name, value_text(part, division),
                    shares ? percent(division.share(part)) : "-", plain(part.first),
                    plain(part.last),
                    exchange_text(attribution, part.name) + (noise ? " (within the noise)" : "")});
  }
  rows.push_back({"in all", value_text(division.total, division), shares ? "100 %" : "-", "", "",
                  fmt::format("{} -> {}", attribution.of.from, attribution.of.to)});
  if (division.joint)
    rows.push_back({"together", value_text(*division.joint, division), "", "", "",
                    "beyond the sum of what each part adds first"});
  for (const Row& pair : division.interactions)
    rows.push_back({pair.name, value_text(pair, division), "", "", "", "interaction of the two"});
  return aligned(rows);
}

/// A bar from one place to another on a scale of `kWidth` columns.
class Scale {
 public:
  static constexpr size_t kWidth = 48;

  explicit Scale(const Division& division) : at_(*division.total.from_mean) {
    low_ = high_ = at_;
    for (const Row& part : division.parts) {
      at_ += *part.value;
      low_ = std::min(low_, at_);
      high_ = std::max(high_, at_);
    }
  }

  size_t column(double value) const {
    const double place = high_ > low_ ? (value - low_) / (high_ - low_) : 0;
    return static_cast<size_t>(std::lround(place * (kWidth - 1)));
  }
  std::string bar(double from, double to) const {
    const size_t left = column(std::min(from, to)), right = column(std::max(from, to));
    std::string out(left, ' ');
    for (size_t c = left; c < std::max(right, left + 1); ++c) out += from <= to ? "█" : "░";
    return out;
  }
  std::string mark(double value) const { return std::string(column(value), ' ') + "|"; }

 private:
  double at_, low_ = 0, high_ = 0;
};

/// From one pipeline to the other, a bar a part; what lowers the number is shaded.
std::string waterfall(const Attribution& attribution, const Division& division) {
  if (!division.total.from_mean || division.parts.empty()) return "";
  const Scale scale(division);
  double at = *division.total.from_mean;
  Cells rows = {{attribution.of.from, fixed(at, 4), scale.mark(at)}};
  for (const Row& part : division.parts) {
    rows.push_back({part.name, signed_fixed(*part.value, 4), scale.bar(at, at + *part.value)});
    at += *part.value;
  }
  rows.push_back({attribution.of.to, fixed(at, 4), scale.mark(at)});
  return aligned(rows);
}

std::string how(const Division& division) {
  std::string text =
      fmt::format("{}, {}, n = {}", division.metric, division.dataset, division.total.n);
  if (!division.total.method.empty()) text += "; " + division.total.method;
  if (division.total.noise_floor)
    text += fmt::format("; noise floor {:.3g} ms", *division.total.noise_floor);
  return text;
}

nlohmann::json or_null(const std::optional<double>& value) {
  return value ? nlohmann::json(*value) : nlohmann::json();
}

nlohmann::json row_json(const Row& row) {
  nlohmann::json out = {{"value", or_null(row.value)},
                        {"ci_low", or_null(row.ci_low)},
                        {"ci_high", or_null(row.ci_high)}};
  if (!row.name.empty()) out["part"] = row.name;
  if (!row.reason.empty()) out["reason"] = row.reason;
  return out;
}

nlohmann::json division_json(const Division& division) {
  nlohmann::json parts = nlohmann::json::array(), pairs = nlohmann::json::array();
  for (const Row& part : division.parts) {
    nlohmann::json one = row_json(part);
    one["share"] = division.has_shares() ? nlohmann::json(division.share(part)) : nlohmann::json();
    one["first"] = or_null(part.first);
    one["last"] = or_null(part.last);
    parts.push_back(one);
  }
  for (const Row& pair : division.interactions) pairs.push_back(row_json(pair));
  return {{"dataset", division.dataset},
          {"metric", division.metric},
          {"from", or_null(division.total.from_mean)},
          {"total", row_json(division.total)},
          {"joint", division.joint ? row_json(*division.joint) : nlohmann::json()},
          {"parts", parts},
          {"interactions", pairs},
          {"n", division.total.n},
          {"noise_floor", or_null(division.total.noise_floor)},
          {"method", division.total.method}};
}

}  // namespace

bool Division::has_shares() const {
  if (parts.empty() || !total.value || *total.value == 0) return false;
  return is_told(total);
}

double Division::share(const results::AttributionValueRow& part) const {
  return *part.value / *total.value;
}

std::optional<Attribution> read_attribution(const results::Reader& reader, int64_t run_id) {
  auto of = attribution_of(reader, run_id);
  if (!of) return std::nullopt;
  Attribution attribution{std::move(*of), {}};
  const std::vector<results::MetricRow> metrics = reader.metrics();
  for (const Row& row : attribution_values(reader, run_id)) {
    if (attribution.divisions.empty() || starts_another(attribution.divisions.back(), row))
      attribution.divisions.push_back(begun(row, metrics));
    take(attribution.divisions.back(), row);
  }
  return attribution;
}

std::vector<std::string> attribution_sentences(const Attribution& attribution) {
  std::vector<std::string> all;
  for (const Division& division : attribution.divisions) {
    all.push_back(sentence(attribution, division));
    if (std::string joint = joint_sentence(division); !joint.empty())
      all.push_back(std::move(joint));
  }
  return all;
}

std::string attribution_text(const Attribution& attribution) {
  const results::AttributionRow& of = attribution.of;
  std::string out =
      fmt::format("Which stage earned the difference of {} from {}: run {}, of run {}\n\n", of.to,
                  of.from, of.run_id, of.of_run);
  for (const std::string& said : attribution_sentences(attribution)) out += wrapped(said) + "\n";
  for (const Division& division : attribution.divisions) {
    if (division.parts.empty()) continue;
    out += "\n" + wrapped(how(division)) + "\n" + table(attribution, division);
    if (const std::string bars = waterfall(attribution, division); !bars.empty())
      out += "\n" + bars;
  }
  if (!of.notes.empty()) out += "\n";
  for (const std::string& note : of.notes) out += wrapped(note) + "\n";
  return out;
}

nlohmann::json attribution_json(const Attribution& attribution) {
  const results::AttributionRow& of = attribution.of;
  nlohmann::json parts = nlohmann::json::array(), divisions = nlohmann::json::array();
  for (const results::AttributionPart& part : of.parts)
    parts.push_back({{"name", part.name}, {"from", part.from}, {"to", part.to}});
  for (const Division& division : attribution.divisions)
    divisions.push_back(division_json(division));
  return {{"run", of.run_id},       {"of_run", of.of_run},
          {"from", of.from},        {"to", of.to},
          {"parts", parts},         {"pipelines", of.mixes},
          {"divisions", divisions}, {"sentences", attribution_sentences(attribution)},
          {"notes", of.notes}};
}

}  // namespace assay::report

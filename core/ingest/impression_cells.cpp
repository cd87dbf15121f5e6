#include "ingest/impression_cells.h"

#include <fmt/format.h>

#include <cmath>
#include <limits>

#include "dataset/events.h"
#include "dataset/time.h"
#include "error/error.h"
#include "ingest/text.h"
#include "ingest/times.h"
#include "text/trimmed.h"

namespace assay::ingest {
namespace {

constexpr float kLargest = std::numeric_limits<float>::max();

// As it stands in a file of texts, of which empty ones are read as NaN.
std::string as_written(const Cell& cell) {
  if (cell.kind != Cell::Kind::number || !cell.text.empty()) return shown(cell);
  return std::isnan(cell.number) ? "empty" : fmt::format("{}", cell.number);
}

[[noreturn]] void refuse(const Cell& cell, const std::string& column, const Origin& origin,
                         std::string_view expected) {
  throw error::UserError(origin.text(),
                         fmt::format("{} is {}; expected {}", column, as_written(cell), expected));
}

// NaN, infinity and anything else that is no number give none.
std::optional<double> read_number(const Cell& cell) {
  if (cell.kind == Cell::Kind::text) return parse_number(cell.text);
  if (cell.kind == Cell::Kind::boolean) return static_cast<double>(cell.integer);
  const std::optional<double> number = number_of(cell);
  return number && std::isfinite(*number) ? number : std::nullopt;
}

bool is_nan(const Cell& cell) { return cell.kind == Cell::Kind::number && std::isnan(cell.number); }

}  // namespace

int32_t position_of(const Cell& cell, const std::string& column, const Origin& origin) {
  if (cell.missing() || is_nan(cell)) return -1;
  const std::optional<double> number = read_number(cell);
  if (!number || *number != std::floor(*number) || *number < 0 ||
      *number > std::numeric_limits<int32_t>::max())
    refuse(cell, column, origin, "a position: a whole number from 0 on");
  return static_cast<int32_t>(*number);
}

float propensity_of(const Cell& cell, const std::string& column, const Origin& origin) {
  const std::optional<double> number = cell.missing() ? std::nullopt : read_number(cell);
  // What 32 bits round to 0 would divide by 0.
  if (!number || *number > 1 || static_cast<float>(*number) <= 0)
    refuse(cell, column, origin,
           "a propensity: the probability with which the row was shown, above 0 and at most 1");
  return static_cast<float>(*number);
}

std::optional<double> finite_number(const Cell& cell, const std::string& column,
                                    const Origin& origin) {
  if (cell.missing() || is_nan(cell)) return std::nullopt;
  const std::optional<double> number = read_number(cell);
  if (!number) refuse(cell, column, origin, "a number");
  return number;
}

bool is_value(const task::TargetSpec& label) {
  return !label.at_least && !label.at_most && !label.equals && !label.equals_text;
}

uint8_t flag_of(const Cell& cell, const task::TargetSpec& label, const Origin& origin) {
  if (label.equals_text) {
    if (cell.missing()) return dataset::kLabelMissing;
    std::string buffer;
    return plain_text(cell, label.column, origin, buffer) == *label.equals_text;
  }
  const std::optional<double> number = finite_number(cell, label.column, origin);
  if (!number) return dataset::kLabelMissing;
  return dataset::target_holds(label, *number).value();
}

float value_of(const Cell& cell, const task::TargetSpec& label, const Origin& origin) {
  const std::optional<double> number = finite_number(cell, label.column, origin);
  if (!number) return std::numeric_limits<float>::quiet_NaN();
  if (*number < 0 || *number > kLargest)
    refuse(cell, label.column, origin,
           fmt::format("a value from 0 to 3.4e38 (label {} has no equals, at_least or at_most)",
                       label.name));
  return static_cast<float>(*number);
}

void members_of(const Cell& cell, const std::string& column, const Origin& origin,
                std::vector<std::string>& digits, std::vector<std::string_view>& members) {
  members.clear();
  if (cell.kind == Cell::Kind::list) {
    digits.resize(std::max(digits.size(), cell.elements.size()));
    for (size_t i = 0; i < cell.elements.size(); ++i)
      members.push_back(id_text(cell.elements[i], column, origin, digits[i]));
    return;
  }
  if (cell.kind != Cell::Kind::text) {
    digits.resize(std::max<size_t>(digits.size(), 1));
    members.push_back(id_text(cell, column, origin, digits.front()));
    return;
  }
  std::string_view text = text::trimmed(cell.text);
  if (text.size() > 1 && text.front() == '[' && text.back() == ']')
    text = text::trimmed(text.substr(1, text.size() - 2));
  const char separator = text.find(',') != std::string_view::npos   ? ','
                         : text.find('|') != std::string_view::npos ? '|'
                                                                    : ' ';
  while (!text.empty()) {
    const size_t end = text.find(separator);
    std::string_view member = text::trimmed(text.substr(0, end));
    const bool quoted = member.size() > 1 && member.front() == member.back() &&
                        (member.front() == '\'' || member.front() == '"');
    if (quoted) member = member.substr(1, member.size() - 2);
    if (!member.empty()) members.push_back(member);
    if (end == std::string_view::npos) break;
    text.remove_prefix(end + 1);
  }
}

std::string_view plain_text(const Cell& cell, const std::string& column, const Origin& origin,
                            std::string& buffer) {
  if (cell.kind == Cell::Kind::text) return cell.text;
  if (cell.kind == Cell::Kind::missing || is_nan(cell)) return {};
  if (cell.kind == Cell::Kind::list) refuse(cell, column, origin, "one value");
  buffer = shown(cell);
  return buffer;
}

}  // namespace assay::ingest

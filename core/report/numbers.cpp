#include "report/numbers.h"

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "text/display_width.h"
#include "text/thousands.h"

namespace assay::report {

int decimals_for(double half_width) {
  if (!(half_width > 0.0)) return 4;
  const double magnitude = std::floor(std::log10(half_width));
  const double first_digit = half_width / std::pow(10.0, magnitude);
  const double decimals = -magnitude + (first_digit < 3.0 ? 1.0 : 0.0);
  return static_cast<int>(std::clamp(decimals, 0.0, 6.0));
}

std::string fixed(double value, int decimals) {
  std::string text = fmt::format("{:.{}f}", value, decimals);
  const bool is_zero = text.find_first_not_of("-0.") == std::string::npos;
  if (is_zero && text.front() == '-') text.erase(0, 1);
  return text;
}

std::string signed_fixed(double value, int decimals) {
  const std::string text = fixed(value, decimals);
  const bool is_zero = text.find_first_not_of("0.") == std::string::npos;
  return is_zero || text.front() == '-' ? text : "+" + text;
}

namespace {

bool is_written_zero(double value, int decimals) {
  return value != 0.0 && fixed(value, decimals).find_first_not_of("0.") == std::string::npos;
}

/// An end that is not 0 must not look as if it were: whether 0 is inside is what is read off it.
int decimals_for_interval(double low, double high) {
  int decimals = decimals_for((high - low) / 2.0);
  while (decimals < 6 && (is_written_zero(low, decimals) || is_written_zero(high, decimals))) {
    ++decimals;
  }
  return decimals;
}

}  // namespace

std::string difference_text(double difference, std::optional<double> low,
                            std::optional<double> high) {
  if (!low || !high) return difference == 0.0 ? "0" : fmt::format("{:+.3g}", difference);
  const int decimals = decimals_for_interval(*low, *high);
  return fmt::format("{} [{}, {}]", signed_fixed(difference, decimals), fixed(*low, decimals),
                     fixed(*high, decimals));
}

std::string times_text(double ms, double baseline_ms) {
  const double smaller = std::min(ms, baseline_ms);
  const double magnitude = smaller > 0.0 ? std::floor(std::log10(smaller)) : 0.0;
  const int decimals = static_cast<int>(std::clamp(1.0 - magnitude, 0.0, 6.0));
  return fmt::format("{} ms against {} ms", fixed(ms, decimals), fixed(baseline_ms, decimals));
}

std::string percent_change(double relative) {
  const double ratio = 1.0 + relative;
  // Where a percentage says little: -100 % of what is a thousandth, +8200 % of what is 83 times.
  if (ratio > 0.0 && ratio < 0.05) return fmt::format("{:.2g} of it", ratio);
  if (ratio >= 10.0) return text::thousands(std::llround(ratio)) + " times as much";
  const double percent = 100.0 * relative;
  return signed_fixed(percent, std::abs(percent) < 9.95 ? 1 : 0) + " %";
}

std::string share_text(double share) {
  std::string text = fmt::format("{:.4g}", share);
  if (text.starts_with("0.")) text.erase(0, 1);
  return text;
}

std::string detectable_text(double least, double most) {
  const std::string from = fmt::format("{:.2g}", least), to = fmt::format("{:.2g}", most);
  return from == to ? from : fmt::format("{} to {}, by variant", from, to);
}

std::string times_word(int64_t count) {
  if (count == 1) return "once";
  return count == 2 ? "twice" : text::thousands(count) + " times";
}

namespace {

bool stays_with_the_last(const std::string& last, std::string_view word) {
  const bool in_brackets = std::ranges::count(last, '[') > std::ranges::count(last, ']');
  return in_brackets || last.ends_with('=') || word == "=" || word.starts_with('%') ||
         word == "ms" || word.starts_with("ms,");
}

/// Words at which a line may break: not within an interval, nor between a number and its unit.
/// Leading blanks stay with the first word.
std::vector<std::string> unbreakable_words(std::string_view text) {
  std::vector<std::string> words;
  const size_t indent = std::min(text.find_first_not_of(' '), text.size());
  std::string leading(text.substr(0, indent));
  text.remove_prefix(indent);
  while (!text.empty()) {
    const std::string_view word = text.substr(0, text.find(' '));
    text.remove_prefix(std::min(word.size() + 1, text.size()));
    if (!words.empty() && stays_with_the_last(words.back(), word)) {
      words.back() += " " + std::string(word);
    } else {
      words.push_back(leading + std::string(word));
      leading.clear();
    }
  }
  return words;
}

}  // namespace

std::string wrapped(std::string_view text, size_t width, size_t indent) {
  std::string out;
  std::string line;
  for (const std::string& word : unbreakable_words(text)) {
    const bool fresh = line.size() <= indent && line.find_first_not_of(' ') == std::string::npos;
    if (!fresh && text::display_width(line) + 1 + text::display_width(word) > width) {
      out += line + "\n";
      line.assign(indent, ' ');
    } else if (!fresh) {
      line += ' ';
    }
    line += word;
  }
  return out + line;
}

std::string day_text(const std::string& utc) {
  static constexpr std::array kMonths{"January",   "February", "March",    "April",
                                      "May",       "June",     "July",     "August",
                                      "September", "October",  "November", "December"};
  if (utc.size() < 10 || utc[4] != '-' || utc[7] != '-') return utc;
  const auto digit = [&](size_t i) { return utc[i] - '0'; };
  const int month = 10 * digit(5) + digit(6);
  const int day = 10 * digit(8) + digit(9);
  if (month < 1 || month > 12 || day < 1 || day > 31) return utc;
  return fmt::format("{} {} {}", day, kMonths[static_cast<size_t>(month - 1)], utc.substr(0, 4));
}

}  // namespace assay::report

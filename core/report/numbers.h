#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace assay::report {

// How numbers are written where a person reads them. Files and scripts get them unrounded.

/// Decimals that a number with this uncertainty deserves: one digit of the uncertainty, two where
/// its first is 1 or 2 (the rule of the Particle Data Group, with 3 for its 3.55). 0 to 6; 4 for no
/// uncertainty at all.
/// @param half_width  of the interval
int decimals_for(double half_width);

/// "0.0340"; never "-0.000".
std::string fixed(double value, int decimals);
/// "+0.009", "-0.003", "0.000" where nothing is left of it.
std::string signed_fixed(double value, int decimals);
/// "+0.009 [0.004, 0.014]", rounded together, with more decimals where an end that is not 0 would
/// be written as 0; "+0.009" without an interval.
std::string difference_text(double difference, std::optional<double> low,
                            std::optional<double> high);
/// "2.4 ms against 1.9 ms": as many decimals as show two digits of the smaller one.
std::string times_text(double ms, double baseline_ms);
/// "+26 %"; one decimal below 10 %. "0.013 of it" where less than a twentieth is left, "83 times as
/// much" from ten times on.
std::string percent_change(double relative);
/// ".05", ".8": as papers write shares.
std::string share_text(double share);
/// "0.0031 to 0.022, by variant"; "0.0031" where both are written alike.
std::string detectable_text(double least, double most);
/// "once", "twice", "3 times".
std::string times_word(int64_t count);

/// Breaks a text at blanks so that no line is wider than `width` where that can be; what follows
/// the first line is indented. Ends without a newline.
std::string wrapped(std::string_view text, size_t width = 120, size_t indent = 0);

/// "22 November 2026" of "2026-11-22T21:50:03Z"; the text itself where it is no such time.
std::string day_text(const std::string& utc);

}  // namespace assay::report

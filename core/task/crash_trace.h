#pragma once

#include <string>
#include <string_view>

namespace assay::task {

/// How the crash handler of a worker begins the line of one stack frame (host/crash_trace.h); its
/// rest is the offset of the call in its library (hexadecimal), the exported symbol that it lies in
/// or "-", and the path of the library.
inline constexpr std::string_view kFrameMark = "assay-frame ";

/// How a process ended, with what it wrote before: `how` and the place in the plugin's code, then
/// the stack (innermost call first, at most 12 frames, up to where assay called the plugin), then
/// the last lines that it wrote, and a sanitizer's SUMMARY where there is one. One line where
/// there is no more than a line to say.
///
///     crashed (SIGSEGV) in Tower::recall (tower.cpp:107)
///       Tower::recall(assay::RequestBatch const&, long, assay::ServeContext const&) const (tower.cpp:107)
///       its last words: no row for user 17
///
/// Functions and lines come from addr2line where it is installed and the library has the
/// information; else a frame is the exported symbol, or the library and the offset in it.
/// @param how      "crashed (SIGSEGV)"
/// @param written  standard error of the process
std::string end_text(const std::string& how, std::string_view written);

}  // namespace assay::task

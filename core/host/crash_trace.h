#pragma once

namespace assay::host {

/// From here on a crash (SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT) leaves its stack on standard
/// error, a line a frame (task/crash_trace.h), before it ends the process as it would have.
///
/// A signal that has a handler already (a sanitizer's) keeps it. Frames are written without
/// allocating, on a stack of their own, so that a damaged heap and an overflown stack are no
/// obstacle; the names of functions are looked up by whoever reads them.
void trace_crashes();

}  // namespace assay::host

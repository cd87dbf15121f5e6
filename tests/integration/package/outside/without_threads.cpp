#include "threads_seen.h"

namespace {
class WithoutThreads : public ThreadsSeen {};
}  // namespace

ASSAY_PLUGINS(assay::plugin<WithoutThreads>({.name = "without_threads", .doc = "Counts threads."}))

#include "threads_seen.h"

namespace {
class WithThreads : public ThreadsSeen {};
}  // namespace

ASSAY_PLUGINS(assay::plugin<WithThreads>({.name = "with_threads", .doc = "Counts threads."}))

#include "timing/circuit_breaker.h"

namespace assay::timing {

bool CircuitBreaker::allows(int64_t now_ns) {
  if (!open_) return true;
  if (trying_ || now_ns < open_until_ns_) return false;
  trying_ = true;
  return true;
}

void CircuitBreaker::in_time() {
  overruns_ = 0;
  open_ = trying_ = false;
}

void CircuitBreaker::overran(int64_t now_ns) {
  ++overruns_;
  if (after_ <= 0 || overruns_ < after_) return;
  open_ = true;
  trying_ = false;
  open_until_ns_ = now_ns + open_ns_;
}

}  // namespace assay::timing

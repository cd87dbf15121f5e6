#pragma once

#include <cstdint>

namespace assay::timing {

/// Leaves a stage out for a while after it was too slow several times in a row (Nygard, "Release
/// It!", 2007). When the while is over one batch tries the stage: in time, and all use it again;
/// too slow, and it is left out once more. Knows no clock: every call is told the time, in
/// nanoseconds.
class CircuitBreaker {
 public:
  /// @param after    overruns in a row that open it; 0: never
  /// @param open_ns  how long it stays open
  CircuitBreaker(int64_t after, int64_t open_ns) : after_(after), open_ns_(open_ns) {}

  /// False where the stage is to be left out. True asks for one of in_time() and overran() later.
  bool allows(int64_t now_ns);
  void in_time();
  void overran(int64_t now_ns);

 private:
  int64_t after_, open_ns_;
  int64_t overruns_ = 0;  // in a row
  int64_t open_until_ns_ = 0;
  bool open_ = false, trying_ = false;
};

}  // namespace assay::timing

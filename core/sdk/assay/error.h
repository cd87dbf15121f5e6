#pragma once

#include <assay/params.h>

#include <stdexcept>
#include <string>

namespace assay {

/// Thrown by a strategy where the *user* can mend it: the data lack what the strategy needs, two
/// settings contradict each other given the data. Say what was found, what was expected and what to
/// do. The variant fails with this text as its reason; anything else that leaves a strategy is
/// taken for the plugin's fault and reported as such.
class ASSAY_API InvalidInput : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
  ~InvalidInput() override;
};

}  // namespace assay

#pragma once

#include <assay/params.h>

#include <stdexcept>
#include <string>

namespace assay {

/// Throw it for errors that the *user* can fix: the data lack what the strategy needs, or two
/// settings contradict each other given the data. Say what was found, what was expected and what to
/// do. The variant fails with this text as its reason. Anything else that is thrown counts as a
/// fault of the plugin and is reported as one.
class ASSAY_API InvalidInput : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
  ~InvalidInput() override;
};

}  // namespace assay

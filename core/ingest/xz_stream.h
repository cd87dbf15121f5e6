#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

namespace assay::ingest {

/// What an .xz file holds, read on and on.
class XzStream {
 public:
  /// Of an open file, read from its start. The descriptor stays the caller's.
  explicit XzStream(int descriptor);
  ~XzStream();

  /// Copies what comes next, at most `count` bytes; 0 at the end. Throws std::string: why it cannot
  /// be decompressed.
  size_t read(uint8_t* to, size_t count);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace assay::ingest

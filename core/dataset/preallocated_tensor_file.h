#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <string>

namespace assay::dataset {

/// The inside of a file that has no name yet, for tensors whose length is known before their
/// values: filled where they will lie, they need no memory of their own (the system can write their
/// pages out) and are not copied into the file at the end. A file that is not given a name is gone
/// with this object, or with the process.
class PreallocatedTensorFile {
 public:
  /// Allocates `bytes` after a header of `header` bytes, on the file system of `folder`, which is
  /// created. Unused bytes take no disk space. Null if the file system has no unnamed files:
  /// tensors are then held in memory.
  static std::shared_ptr<PreallocatedTensorFile> make(const std::string& folder, size_t header,
                                                      size_t bytes);
  PreallocatedTensorFile(const PreallocatedTensorFile&) = delete;
  PreallocatedTensorFile& operator=(const PreallocatedTensorFile&) = delete;
  ~PreallocatedTensorFile();

  /// The next free bytes; empty if there are too few, or if the disk is full.
  std::span<std::byte> take(size_t bytes);

  std::span<std::byte> header() const { return {start_, header_}; }
  /// What was taken.
  std::span<std::byte> taken() const { return {start_ + header_, taken_}; }

  /// Truncates the file to `used` bytes after the header, appends `rest`, and gives it an unused
  /// name. False if the system refuses: the file then stays unnamed, with its bytes.
  bool finish(size_t used, std::span<const std::span<const std::byte>> rest,
              const std::string& path);

 private:
  PreallocatedTensorFile(int file, std::byte* start, size_t header, size_t size)
      : file_(file), start_(start), header_(header), size_(size) {}

  int file_;
  std::byte* start_;
  size_t header_, size_;
  size_t taken_ = 0;
};

}  // namespace assay::dataset

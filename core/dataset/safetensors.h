#pragma once

/// Named tensors in one file that is used as it lies on disk (the safetensors format of Hugging
/// Face: 8 bytes length, JSON header, data). Readable from Python; never executes anything.
///
/// Ours hold under "__metadata__" an XXH3-64 over header and data, so that a truncated file or a
/// flipped bit is noticed. Tensors lie without gaps, each aligned to its element: in the order of
/// falling element size, behind those that were filled in their place.

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include "dataset/columns.h"

namespace assay::dataset {

class MappedFile;

/// A tensor of a safetensors file: bytes that stay valid as long as what it came from lives.
struct TensorView {
  std::string dtype;  ///< safetensors' names: U8, I32, I64, F32, F64, BOOL
  std::vector<int64_t> shape;
  std::span<const std::byte> bytes;
};

/// "I32" for int32_t, ...
template <typename T>
constexpr const char* safetensors_dtype() {
  if constexpr (std::is_same_v<T, uint8_t> || std::is_same_v<T, char>)
    return "U8";
  else if constexpr (std::is_same_v<T, int32_t>)
    return "I32";
  else if constexpr (std::is_same_v<T, int64_t>)
    return "I64";
  else if constexpr (std::is_same_v<T, float>)
    return "F32";
  else {
    static_assert(std::is_same_v<T, double>, "a dtype that we store");
    return "F64";
  }
}

/// Collects views of tensors, then writes them all. What was added must live until write().
class SafetensorsWriter {
 public:
  /// @param shape  {} for one dimension of `values.size()`
  template <typename T>
  void add(const std::string& name, std::span<const T> values, std::vector<int64_t> shape = {}) {
    if (shape.empty()) shape = {static_cast<int64_t>(values.size())};
    add(name, TensorView{safetensors_dtype<T>(), std::move(shape), std::as_bytes(values)});
  }
  template <typename T>
  void add(const std::string& name, const std::vector<T>& values, std::vector<int64_t> shape = {}) {
    add(name, std::span<const T>(values), std::move(shape));
  }
  template <typename T, size_t kMostInMemory>
  void add(const std::string& name, const LargeVector<T, kMostInMemory>& values) {
    add(name, std::span<const T>(values));
  }
  /// `<name>` (or `<name>.text` for ids) and `<offsets>`: strings end to end.
  void add_text(const std::string& name, const std::string& offsets, const TextView& text);
  void add(const std::string& name, TensorView tensor);
  /// A string of the header's metadata.
  void note(const std::string& key, std::string value) { metadata_[key] = std::move(value); }

  /// Writes beside `path` and renames, so that a reader sees the whole file or none. Makes the
  /// folder. Throws UserError where it cannot be written.
  /// @param room  where tensors may lie already, which then stay there; used up. May be null.
  void write(const std::string& path, PreallocatedTensorFile* file = nullptr) const;

 private:
  bool write_in(PreallocatedTensorFile& file, const std::string& path) const;

  std::map<std::string, TensorView> tensors_;
  std::map<std::string, std::string> metadata_;
};

/// A safetensors file, mapped read-only. Cheap to copy; views stay valid as long as a copy lives.
class SafetensorsFile {
 public:
  SafetensorsFile() = default;
  /// Throws UserError: the file is missing; header or size are wrong ("... is damaged").
  static SafetensorsFile open(const std::string& path);
  /// As open(), of a file that somebody else may write to: it is read instead of mapped, since who
  /// cuts a mapped file short ends its readers.
  static SafetensorsFile read(const std::string& path);

  const std::string& path() const;
  bool has(std::string_view name) const;
  /// Throws InternalError where there is none.
  const TensorView& tensor(std::string_view name) const;
  std::vector<std::string> names() const;
  /// Throws InternalError where the dtype is another.
  template <typename T>
  std::span<const T> array(std::string_view name) const {
    const TensorView& view = typed(name, safetensors_dtype<T>());
    return {reinterpret_cast<const T*>(view.bytes.data()), view.bytes.size() / sizeof(T)};
  }
  /// A string of the metadata, or "".
  std::string note(const std::string& key) const;

  /// Reads everything and compares it with the stored hash. False: damaged.
  bool intact() const;

 private:
  static SafetensorsFile of(MappedFile file, const std::string& path);
  const TensorView& typed(std::string_view name, const char* dtype) const;

  struct State;
  std::shared_ptr<const State> state_;
};

}  // namespace assay::dataset

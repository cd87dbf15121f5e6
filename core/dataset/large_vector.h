#pragma once

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <initializer_list>
#include <span>
#include <type_traits>
#include <utility>

namespace assay::dataset {

namespace large_vector_detail {

/// Longer vectors are stored in a temporary file.
inline constexpr size_t kMostInMemory = size_t{256} << 20;

/// Mapped memory that grows without being copied: huge pages, or where it is large a temporary file
/// without a name, whose pages the system can write out and take back.
struct Memory {
  void* start = nullptr;
  size_t bytes = 0;
  int file = -1;
  bool lent = false;  ///< somebody else's, until it grows

  Memory() = default;
  Memory(const Memory&) = delete;
  Memory& operator=(const Memory&) = delete;
  ~Memory();
  /// Grows to `at_least` bytes; the first `used` of them are kept. Throws std::bad_alloc; UserError
  /// if there is no space for the file.
  void grow(size_t used, size_t at_least, size_t most_in_memory);
  /// Takes the place of memory of its own. Throws InternalError where it has some.
  void lend(void* from, size_t size);
  void swap(Memory& other) noexcept {
    std::swap(start, other.start);
    std::swap(bytes, other.bytes);
    std::swap(file, other.file);
    std::swap(lent, other.lent);
  }
};

}  // namespace large_vector_detail

/// A vector of numbers for columns that may be as long as a log: it grows without a copy (so the
/// old and the new one are never both there), what is added is written once (nothing is set to zero
/// before), and huge pages make fresh memory four times as fast to touch. More than `kMostInMemory`
/// bytes lie in a temporary file (TMPDIR, else /var/tmp), so that a log may be larger than memory.
template <typename T, size_t kMostInMemory = large_vector_detail::kMostInMemory>
class LargeVector {
  static_assert(std::is_trivially_copyable_v<T>);

 public:
  using value_type = T;

  LargeVector() = default;
  LargeVector(std::initializer_list<T> values) { append(values); }
  explicit LargeVector(std::span<const T> values) { append(values); }
  LargeVector(const LargeVector& other) { append(other); }
  LargeVector(LargeVector&& other) noexcept { swap(other); }
  LargeVector& operator=(LargeVector other) noexcept {
    swap(other);
    return *this;
  }

  /// Lies in `room`, which must outlive it, until it outgrows that. For one that is still empty;
  /// an empty room changes nothing.
  void lie_in(std::span<std::byte> room) {
    if (!room.empty()) memory_.lend(room.data(), room.size());
  }

  size_t size() const { return size_; }
  bool empty() const { return size_ == 0; }
  T* data() { return static_cast<T*>(memory_.start); }
  const T* data() const { return static_cast<const T*>(memory_.start); }
  T* begin() { return data(); }
  T* end() { return data() + size_; }
  const T* begin() const { return data(); }
  const T* end() const { return data() + size_; }
  T& operator[](size_t place) { return data()[place]; }
  const T& operator[](size_t place) const { return data()[place]; }
  T& back() { return data()[size_ - 1]; }
  const T& back() const { return data()[size_ - 1]; }

  /// Room for so many without another growth. Costs no memory until it is used, but disk where it
  /// is a file.
  void reserve(size_t capacity) {
    if (capacity <= this->capacity()) return;
    memory_.grow(size_ * sizeof(T), capacity * sizeof(T), kMostInMemory);
  }
  void push_back(T value) {
    if (size_ == capacity()) reserve(2 * size_ + 1);
    data()[size_++] = value;
  }
  void append(std::span<const T> values) {
    if (values.empty()) return;
    std::memcpy(extend(values.size()), values.data(), values.size_bytes());
  }
  void append(size_t count, T value) {
    T* out = extend(count);
    for (size_t i = 0; i < count; ++i) out[i] = value;
  }
  /// Makes it longer; what is new has no value yet. Returns where that begins.
  T* extend(size_t count) {
    if (size_ + count > capacity()) reserve(std::max(size_ + count, 2 * size_));
    size_ += count;
    return data() + size_ - count;
  }
  void clear() { size_ = 0; }
  void swap(LargeVector& other) noexcept {
    memory_.swap(other.memory_);
    std::swap(size_, other.size_);
  }

 private:
  size_t capacity() const { return memory_.bytes / sizeof(T); }

  large_vector_detail::Memory memory_;
  size_t size_ = 0;
};

}  // namespace assay::dataset

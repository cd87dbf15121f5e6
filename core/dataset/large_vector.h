#pragma once

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <initializer_list>
#include <span>
#include <type_traits>
#include <utility>

namespace assay {

namespace large_vector_detail {
/// Memory for at least `bytes`, with what stands in the first of `used` bytes of `old`, whose
/// `old_bytes` are given up. Large memory is mapped in huge pages and grows without being copied.
/// `bytes` becomes what there is. Throws std::bad_alloc.
void* regrown(void* old, size_t old_bytes, size_t& bytes);
void release(void* memory, size_t bytes) noexcept;
}  // namespace large_vector_detail

/// A vector of numbers for columns that may be as long as a log: it grows without a copy (so the
/// old and the new one are never both there), what is added is written once (nothing is set to zero
/// before), and huge pages make fresh memory four times as fast to touch.
template <typename T>
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
  ~LargeVector() { large_vector_detail::release(data_, capacity_ * sizeof(T)); }

  size_t size() const { return size_; }
  bool empty() const { return size_ == 0; }
  T* data() { return data_; }
  const T* data() const { return data_; }
  T* begin() { return data_; }
  T* end() { return data_ + size_; }
  const T* begin() const { return data_; }
  const T* end() const { return data_ + size_; }
  T& operator[](size_t place) { return data_[place]; }
  const T& operator[](size_t place) const { return data_[place]; }
  T& back() { return data_[size_ - 1]; }
  const T& back() const { return data_[size_ - 1]; }

  /// Room for so many without another growth. Costs no memory until it is used.
  void reserve(size_t capacity) {
    if (capacity <= capacity_) return;
    size_t bytes = capacity * sizeof(T);
    data_ = static_cast<T*>(large_vector_detail::regrown(data_, capacity_ * sizeof(T), bytes));
    capacity_ = bytes / sizeof(T);
  }
  void push_back(T value) {
    if (size_ == capacity_) reserve(2 * size_ + 1);
    data_[size_++] = value;
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
    if (size_ + count > capacity_) reserve(std::max(size_ + count, 2 * size_));
    size_ += count;
    return data_ + size_ - count;
  }
  void clear() { size_ = 0; }
  void swap(LargeVector& other) noexcept {
    std::swap(data_, other.data_);
    std::swap(size_, other.size_);
    std::swap(capacity_, other.capacity_);
  }

 private:
  T* data_ = nullptr;
  size_t size_ = 0;
  size_t capacity_ = 0;
};

}  // namespace assay

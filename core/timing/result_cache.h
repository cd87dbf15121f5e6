#pragma once

#include <cstdint>
#include <list>
#include <unordered_map>

namespace assay::timing {

/// Which answers a cache in front of the instances holds: the least recently used goes first, and
/// an answer is good for a while only. To time serving, that an answer is there is all that counts.
/// Knows no clock: every call is told the time, in nanoseconds.
class ResultCache {
 public:
  /// @param capacity  answers held; 0: none, every find() misses
  /// @param ttl_ns    time to live of an answer since it was stored; 0: no expiry
  ResultCache(int64_t capacity, int64_t ttl_ns) : capacity_(capacity), ttl_ns_(ttl_ns) {}

  /// True on a hit, which makes the answer the most recently used one.
  bool find(int64_t request, int64_t now_ns);
  void put(int64_t request, int64_t now_ns);

 private:
  struct Entry {
    int64_t request, since_ns;
  };
  using Order = std::list<Entry>;

  void drop(Order::iterator entry);

  int64_t capacity_, ttl_ns_;
  Order order_;  // most recently used first
  std::unordered_map<int64_t, Order::iterator> places_;
};

}  // namespace assay::timing

#pragma once

#include <algorithm>
#include <cstddef>
#include <future>
#include <thread>
#include <vector>

namespace assay::dataset {

/// Calls body(begin, end) for pieces that make up [0, size), on as many threads as there are cores,
/// four at most: what it is for is bound by memory. Short work stays on this thread.
template <typename Body>
void in_parallel(size_t size, const Body& body) {
  constexpr size_t kWorthAThread = 1 << 16;
  const size_t cores = std::clamp<size_t>(std::thread::hardware_concurrency(), 1, 4);
  const size_t pieces = std::clamp<size_t>(size / kWorthAThread, 1, cores);
  const auto edge = [&](size_t piece) {
    return size / pieces * piece + std::min(piece, size % pieces);
  };
  std::vector<std::future<void>> others;
  for (size_t piece = 1; piece < pieces; ++piece) {
    others.push_back(std::async(
        std::launch::async, [&body, from = edge(piece), to = edge(piece + 1)] { body(from, to); }));
  }
  body(edge(0), edge(1));
  for (std::future<void>& other : others) other.get();
}

}  // namespace assay::dataset

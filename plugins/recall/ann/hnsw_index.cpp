#include "hnsw_index.h"

#include <ATen/ops/empty.h>
#include <hnswlib/hnswlib.h>  // in this file alone: it defines functions that are not inline
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <numeric>
#include <stdexcept>
#include <string>
#include <system_error>
#include <utility>

namespace assay::ann {
namespace {

constexpr int64_t kItemsBetweenQuestions = 1000;

/// A file in memory, since hnswlib reads and writes files by name only.
class MemoryFile {
 public:
  MemoryFile() : file_(::memfd_create("assay-ann", MFD_CLOEXEC)) {
    if (file_ < 0) fail("make");
  }
  MemoryFile(const MemoryFile&) = delete;
  ~MemoryFile() { ::close(file_); }

  std::string path() const { return "/proc/self/fd/" + std::to_string(file_); }

  at::Tensor content() const {
    struct stat about {};
    if (::fstat(file_, &about) != 0) fail("look at");
    at::Tensor bytes = at::empty({static_cast<int64_t>(about.st_size)}, at::kByte);
    auto* const to = bytes.mutable_data_ptr<uint8_t>();
    each_part(bytes.size(0),
              [&](int64_t done, size_t left) { return ::pread(file_, to + done, left, done); });
    return bytes;
  }
  void fill(const at::Tensor& bytes) const {
    const auto* const from = bytes.const_data_ptr<uint8_t>();
    each_part(bytes.size(0),
              [&](int64_t done, size_t left) { return ::pwrite(file_, from + done, left, done); });
  }

 private:
  // The system reads and writes 2 GiB at a time at most.
  template <typename Move>
  static void each_part(int64_t size, const Move& move) {
    for (int64_t done = 0; done < size;) {
      const ssize_t moved = move(done, static_cast<size_t>(size - done));
      if (moved <= 0) fail("move");
      done += moved;
    }
  }
  [[noreturn]] static void fail(const char* what) {
    throw std::system_error(errno, std::generic_category(),
                            std::string("ann: cannot ") + what + " a file in memory");
  }

  int file_;
};

// float64 [N]: squared lengths.
std::vector<double> squared_lengths(const at::Tensor& vectors) {
  const int64_t width = vectors.size(1);
  const float* row = vectors.const_data_ptr<float>();
  std::vector<double> squares(static_cast<size_t>(vectors.size(0)), 0);
  for (double& square : squares) {
    for (int64_t d = 0; d < width; ++d) square += static_cast<double>(row[d]) * row[d];
    row += width;
  }
  return squares;
}

// Those that are not 0, by rising length; equal ones by id.
std::vector<int64_t> insertion_order(const at::Tensor& vectors) {
  const std::vector<double> square = squared_lengths(vectors);
  std::vector<int64_t> order;
  for (size_t item = 0; item < square.size(); ++item)
    if (square[item] > 0) order.push_back(static_cast<int64_t>(item));
  std::ranges::stable_sort(order, {}, [&](int64_t item) { return square[item]; });
  return order;
}

template <typename Queue>
const typename Queue::container_type& content_of(const Queue& queue) {
  struct Opened : Queue {
    static const typename Queue::container_type& of(const Queue& closed) {
      return closed.*&Opened::c;
    }
  };
  return Opened::of(queue);
}

}  // namespace

class HnswIndex::Graph {
 public:
  Graph(int64_t width, int64_t items, const IndexSettings& settings)
      : space_(static_cast<size_t>(width)),
        graph_(&space_, static_cast<size_t>(items), static_cast<size_t>(settings.links),
               static_cast<size_t>(settings.ef_construction)) {}
  Graph(int64_t width, const std::string& path)
      : space_(static_cast<size_t>(width)), graph_(&space_, path) {}

  void add(const float* vector, int64_t item) {
    graph_.addPoint(vector, static_cast<hnswlib::labeltype>(item));
  }
  void write(const std::string& path) { graph_.saveIndex(path); }
  int64_t size() const { return static_cast<int64_t>(graph_.cur_element_count); }

  // Whether what was read is a graph of these vectors.
  bool fits(int64_t items) const {
    const bool sizes =
        graph_.label_offset_ - graph_.offsetData_ == graph_.data_size_ &&
        graph_.offsetData_ == graph_.size_links_level0_ &&
        graph_.label_offset_ + sizeof(hnswlib::labeltype) == graph_.size_data_per_element_;
    if (!sizes || size() == 0 || graph_.enterpoint_node_ >= graph_.cur_element_count) return false;
    for (hnswlib::tableint at = 0; at < graph_.cur_element_count; ++at)
      if (graph_.getExternalLabel(at) >= static_cast<hnswlib::labeltype>(items)) return false;
    return true;
  }

  // searchKnn() of hnswlib without its counters, which threads share, and without sorting what was
  // found by a product that is about to be computed anew. It must not be called after loading in any
  // case: 0.6.2 leaves num_deleted_ uninitialised there.
  void search(const float* query, int64_t ef, std::vector<int64_t>& items) const {
    const auto found = graph_.template searchBaseLayerST<false, false>(entry(query), query,
                                                                       static_cast<size_t>(ef));
    for (const auto& [distance, place] : content_of(found))
      items.push_back(static_cast<int64_t>(graph_.getExternalLabel(place)));
  }

 private:
  // Where the search of the lowest layer begins: the best of each layer above, greedily.
  hnswlib::tableint entry(const float* query) const {
    hnswlib::tableint best = graph_.enterpoint_node_;
    float nearest = distance(query, best);
    for (int level = graph_.maxlevel_; level > 0; --level) {
      for (bool moved = true; moved;) {
        moved = false;
        const auto* const links = graph_.get_linklist(best, level);
        const int count = graph_.getListCount(const_cast<hnswlib::linklistsizeint*>(links));
        for (int n = 1; n <= count; ++n) {
          const float other = distance(query, links[n]);
          if (other >= nearest) continue;
          nearest = other;
          best = links[n];
          moved = true;
        }
      }
    }
    return best;
  }
  float distance(const float* query, hnswlib::tableint place) const {
    return graph_.fstdistfunc_(query, graph_.getDataByInternalId(place), graph_.dist_func_param_);
  }

  hnswlib::InnerProductSpace space_;
  hnswlib::HierarchicalNSW<float> graph_;
};

HnswIndex::HnswIndex(std::unique_ptr<Graph> graph) : graph_(std::move(graph)) {}
HnswIndex::HnswIndex(HnswIndex&&) noexcept = default;
HnswIndex& HnswIndex::operator=(HnswIndex&&) noexcept = default;
HnswIndex::~HnswIndex() = default;

std::optional<HnswIndex> HnswIndex::build(const at::Tensor& vectors, const IndexSettings& settings,
                                          const std::function<bool(int64_t)>& stop) {
  const std::vector<int64_t> order = insertion_order(vectors);
  if (order.empty()) return std::nullopt;
  const int64_t width = vectors.size(1);
  auto graph = std::make_unique<Graph>(width, std::ssize(order), settings);
  for (const int64_t item : order) {
    if (graph->size() % kItemsBetweenQuestions == 0 && stop(graph->size())) return std::nullopt;
    graph->add(vectors.const_data_ptr<float>() + item * width, item);
  }
  return HnswIndex(std::move(graph));
}

HnswIndex HnswIndex::load(const at::Tensor& bytes, int64_t items, int64_t width) {
  const MemoryFile file;
  file.fill(bytes);
  auto graph = std::make_unique<Graph>(width, file.path());
  if (!graph->fits(items)) throw std::runtime_error("ann: the index is of other vectors");
  return HnswIndex(std::move(graph));
}

at::Tensor HnswIndex::bytes() const {
  const MemoryFile file;
  graph_->write(file.path());
  return file.content();
}

int64_t HnswIndex::size() const { return graph_->size(); }

void HnswIndex::search(const float* query, int64_t ef, std::vector<int64_t>& items) const {
  items.clear();
  graph_->search(query, ef, items);
}

}  // namespace assay::ann

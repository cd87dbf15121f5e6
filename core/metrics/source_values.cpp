#include "metrics/source_values.h"

#include <algorithm>
#include <limits>
#include <span>
#include <string>

#include "error/error.h"

namespace assay::metrics {
namespace {

using Items = std::span<const int64_t>;

constexpr float kNoValue = std::numeric_limits<float>::quiet_NaN();

float share(double part, double whole) {
  return whole > 0 ? static_cast<float>(part / whole) : kNoValue;
}

// Lists of a batch on the CPU.
class HostLists {
 public:
  explicit HostLists(const at::Tensor& lists) : items_(lists.cpu().contiguous()) {}
  Items row(int64_t r) const {
    const int64_t width = items_.size(1);
    const int64_t* first = items_.const_data_ptr<int64_t>() + r * width;
    return {first, static_cast<size_t>(std::find(first, first + width, -1) - first)};
  }

 private:
  at::Tensor items_;
};

std::vector<int64_t> sorted(Items items) {
  std::vector<int64_t> out(items.begin(), items.end());
  std::ranges::sort(out);
  return out;
}

// Which of the sources retrieved an item.
std::vector<size_t> bringers(const std::vector<std::vector<int64_t>>& sources, int64_t item) {
  std::vector<size_t> out;
  for (size_t s = 0; s < sources.size(); ++s) {
    if (std::ranges::binary_search(sources[s], item)) out.push_back(s);
  }
  return out;
}

// For each source, the share of `items` that it retrieved.
std::vector<float> shares(const std::vector<std::vector<int64_t>>& sources, Items items) {
  std::vector<double> brought(sources.size());
  for (const int64_t item : items) {
    const auto by = bringers(sources, item);
    for (const size_t s : by) brought[s] += 1 / static_cast<double>(by.size());
  }
  std::vector<float> out;
  for (const double part : brought) out.push_back(share(part, static_cast<double>(items.size())));
  return out;
}

int64_t common(const std::vector<int64_t>& a, const std::vector<int64_t>& b) {
  return std::ranges::count_if(a,
                               [&](int64_t item) { return std::ranges::binary_search(b, item); });
}

struct Overlap {
  float of_either, of_smaller;
};

Overlap mean_overlap(const std::vector<std::vector<int64_t>>& sources) {
  double either = 0, smaller = 0, pairs = 0, filled = 0;
  for (size_t a = 0; a < sources.size(); ++a) {
    for (size_t b = a + 1; b < sources.size(); ++b) {
      const auto both = static_cast<double>(common(sources[a], sources[b]));
      const double all = static_cast<double>(sources[a].size() + sources[b].size()) - both,
                   least = static_cast<double>(std::min(sources[a].size(), sources[b].size()));
      if (all == 0) continue;
      either += both / all;
      ++pairs;
      if (least == 0) continue;
      smaller += both / least;
      ++filled;
    }
  }
  return {share(either, pairs), share(smaller, filled)};
}

}  // namespace

struct SourceValues::Request {
  std::vector<std::vector<int64_t>> sources;  // ascending
  Items candidates, served, relevant;
};

void SourceValues::add(const std::vector<at::Tensor>& sources, const at::Tensor& candidates,
                       const at::Tensor& served, const Ragged& truth) {
  error::require(sources.size() == of_source_.size(), "there is a list of every source");
  const HostLists merged(candidates), shown(served);
  std::vector<HostLists> brought;
  for (const at::Tensor& source : sources) brought.emplace_back(source);
  const Ragged relevant = truth.to(at::Device(at::kCPU));
  const auto* offset = relevant.offsets.const_data_ptr<int64_t>();
  const auto* value = relevant.values.const_data_ptr<int64_t>();
  for (int64_t r = 0; r < truth.rows(); ++r) {
    Request request;
    for (const HostLists& lists : brought) request.sources.push_back(sorted(lists.row(r)));
    request.candidates = merged.row(r);
    request.served = shown.row(r);
    request.relevant = {value + offset[r], static_cast<size_t>(offset[r + 1] - offset[r])};
    add(request);
  }
}

void SourceValues::add(const Request& request) {
  std::vector<int64_t> hits;
  for (const int64_t item : request.served) {
    if (std::ranges::binary_search(request.relevant, item)) hits.push_back(item);
  }
  std::vector<double> only(of_source_.size());
  for (const int64_t item : request.relevant) {
    const auto by = bringers(request.sources, item);
    if (by.size() == 1) ++only[by[0]];
  }
  const auto served = shares(request.sources, request.served),
             candidates = shares(request.sources, request.candidates),
             of_hits = shares(request.sources, hits);
  for (size_t s = 0; s < of_source_.size(); ++s) {
    of_source_[s].served.push_back(served[s]);
    of_source_[s].candidates.push_back(candidates[s]);
    of_source_[s].hits.push_back(of_hits[s]);
    of_source_[s].only.push_back(share(only[s], static_cast<double>(request.relevant.size())));
  }
  const Overlap overlap = mean_overlap(request.sources);
  overlap_of_either_.push_back(overlap.of_either);
  overlap_of_smaller_.push_back(overlap.of_smaller);
}

const std::vector<float>& SourceValues::values(std::string_view definition, size_t source) const {
  if (definition == "source_overlap{per=either}") return overlap_of_either_;
  if (definition == "source_overlap{per=smaller}") return overlap_of_smaller_;
  const OfSource& own = of_source_.at(source);
  if (definition == "source_only") return own.only;
  if (definition == "source_share{list=served}") return own.served;
  if (definition == "source_share{list=candidates}") return own.candidates;
  if (definition == "source_share{list=hits}") return own.hits;
  throw error::InternalError("no metric of sources is called " + std::string(definition));
}

}  // namespace assay::metrics

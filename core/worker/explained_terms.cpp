#include "worker/explained_terms.h"

#include <ATen/ops/full.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <utility>

namespace assay::worker {
namespace {

constexpr float kNothing = std::numeric_limits<float>::quiet_NaN();

/// A tensor of ids or numbers as a flat vector on the CPU.
template <typename T>
std::vector<T> values_of(const at::Tensor& tensor) {
  const at::Tensor host = tensor.cpu().contiguous();
  const T* const data = host.const_data_ptr<T>();
  return {data, data + host.numel()};
}

struct Term {
  int64_t kind = 0, id = 0;
  float weight = 0;
};

/// An explanation on the CPU, its terms by candidate.
class TermTable {
 public:
  explicit TermTable(const Why& why)
      : width_(why.candidates.width()),
        items_(values_of<int64_t>(why.candidates.item)),
        base_(values_of<float>(why.explanation->base)),
        terms_(items_.size()) {
    const Explanation& said = *why.explanation;
    const auto row = values_of<int64_t>(said.row), kind = values_of<int64_t>(said.kind),
               id = values_of<int64_t>(said.id);
    const auto weight = values_of<float>(said.weight);
    for (size_t i = 0; i < row.size(); ++i) {
      terms_[static_cast<size_t>(row[i])].push_back({kind[i], id[i], weight[i]});
    }
  }

  /// Place of an item among the candidates of a request; none where it is not one.
  std::optional<size_t> place(size_t request, int64_t item) const {
    const auto begin = items_.begin() + static_cast<ptrdiff_t>(request) * width_;
    const auto found = std::find(begin, begin + width_, item);
    if (found == begin + width_) return std::nullopt;
    return static_cast<size_t>(found - items_.begin());
  }
  const std::vector<Term>& terms(size_t place) const { return terms_[place]; }
  float base(size_t place) const { return base_[place]; }

  /// Features whose term is the same for every candidate of a request.
  std::vector<int64_t> equal_features(size_t request) const {
    struct Seen {
      float weight = 0;
      int64_t count = 0;
      bool equal = true;
    };
    std::map<int64_t, Seen> features;
    int64_t candidates = 0;
    for (size_t slot = request * width(); slot < (request + 1) * width(); ++slot) {
      if (items_[slot] < 0) continue;
      ++candidates;
      for (const Term& term : terms_[slot]) {
        if (!is_feature(term)) continue;
        Seen& seen = features.try_emplace(term.id, Seen{term.weight}).first->second;
        seen.equal &= term.weight == seen.weight;
        ++seen.count;
      }
    }
    std::vector<int64_t> equal;
    for (const auto& [id, seen] : features) {
      if (candidates > 1 && seen.equal && seen.count == candidates) equal.push_back(id);
    }
    return equal;
  }

  static bool is_feature(const Term& term) {
    return term.kind == static_cast<int64_t>(Explanation::Kind::feature);
  }

 private:
  size_t width() const { return static_cast<size_t>(width_); }

  int64_t width_;
  std::vector<int64_t> items_;
  std::vector<float> base_;
  std::vector<std::vector<Term>> terms_;
};

/// The terms worth showing stand first, at most `most`; returns how many.
size_t best_first(std::vector<Term>& terms, const std::vector<int64_t>& equal, size_t most) {
  const auto tells = [&](const Term& term) {
    return !(TermTable::is_feature(term) && std::ranges::binary_search(equal, term.id));
  };
  const auto others = std::ranges::stable_partition(terms, tells);
  const auto larger = [](const Term& a, const Term& b) {
    const float left = std::abs(a.weight), right = std::abs(b.weight);
    return left != right ? left > right : a.id < b.id;
  };
  std::sort(terms.begin(), others.begin(), larger);
  return std::min(most, static_cast<size_t>(others.begin() - terms.begin()));
}

}  // namespace

CandidateBatch only_wanted(const CandidateBatch& all, const Wanted& wanted) {
  const auto items = values_of<int64_t>(all.item);
  const auto scores = values_of<float>(all.score);
  const auto from = static_cast<size_t>(all.width());
  size_t width = 0;
  for (const auto& row : wanted) width = std::max(width, row.size());
  const auto rows = static_cast<int64_t>(wanted.size());
  CandidateBatch out;
  out.item = at::full({rows, static_cast<int64_t>(width)}, -1, at::kLong);
  out.score = at::full({rows, static_cast<int64_t>(width)}, -std::numeric_limits<float>::infinity(),
                       at::kFloat);
  for (size_t row = 0; row < wanted.size(); ++row) {
    int64_t* item = out.item.mutable_data_ptr<int64_t>() + row * width;
    float* score = out.score.mutable_data_ptr<float>() + row * width;
    for (size_t slot = row * from; slot < (row + 1) * from; ++slot) {
      if (items[slot] < 0 || std::ranges::find(wanted[row], items[slot]) == wanted[row].end())
        continue;
      *item++ = items[slot];
      *score++ = scores[slot];
    }
  }
  out.item = out.item.to(all.item.device());
  out.score = out.score.to(all.score.device());
  return out;
}

results::Explanations explained_terms(const Why& why, const Wanted& wanted, int size, size_t most) {
  results::Explanations out;
  out.size = size;
  out.rests.assign(wanted.size() * static_cast<size_t>(size), kNothing);
  const TermTable table(why);
  for (size_t request = 0; request < wanted.size(); ++request) {
    const std::vector<int64_t> equal = table.equal_features(request);
    for (size_t slot = 0; slot < wanted[request].size(); ++slot) {
      const auto place = table.place(request, wanted[request][slot]);
      if (!place) continue;
      const size_t cell = request * static_cast<size_t>(size) + slot;
      std::vector<Term> terms = table.terms(*place);
      const size_t kept = best_first(terms, equal, most);
      for (size_t i = 0; i < kept; ++i) {
        out.slots.push_back(static_cast<int32_t>(cell));
        out.kinds.push_back(static_cast<int32_t>(terms[i].kind));
        out.ids.push_back(static_cast<int32_t>(terms[i].id));
        out.weights.push_back(terms[i].weight);
      }
      double rest = table.base(*place);
      for (size_t i = kept; i < terms.size(); ++i) rest += terms[i].weight;
      out.rests[cell] = static_cast<float>(rest);
    }
  }
  return out;
}

}  // namespace assay::worker

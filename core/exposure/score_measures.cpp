/// What the scores of all lists together are worth.

#include <algorithm>
#include <cmath>
#include <numeric>
#include <utility>

#include "exposure/served_lists.h"
#include "rules/definition_choice.h"

namespace assay::exposure {
namespace {

struct Scored {
  double score;
  bool hit;
};

// Every listed item. Those with equal scores stand in the order of the requests: sums are the same
// bits each time.
class AllScores : public ListsMeasure {
 public:
  explicit AllScores(int64_t cutoff) : cutoff_(cutoff) {}

  void add(const ServedLists& served) override {
    for (int64_t l = 0; l < served.lists(); ++l) {
      const auto list = served.list(l, cutoff_);
      for (size_t r = 0; r < list.size(); ++r) {
        take({served.scores[static_cast<size_t>(l * served.size) + r],
              served.is_relevant(l, list[r])});
      }
    }
  }

 protected:
  virtual void take(Scored item) { all_.push_back(item); }

  std::vector<Scored> sorted() const {
    std::vector<Scored> out = all_;
    std::ranges::stable_sort(out, std::less<>(), &Scored::score);
    return out;
  }

 private:
  int64_t cutoff_;
  std::vector<Scored> all_;
};

class PooledAuc : public AllScores {
 public:
  using AllScores::AllScores;

  std::optional<double> value() const override {
    const std::vector<Scored> all = sorted();
    double right = 0, hits = 0, misses = 0;
    for (size_t first = 0; first < all.size();) {
      double tied_hits = 0, tied_misses = 0;
      size_t last = first;
      for (; last < all.size() && all[last].score == all[first].score; ++last)
        ++(all[last].hit ? tied_hits : tied_misses);
      right += tied_hits * (misses + tied_misses / 2);
      hits += tied_hits;
      misses += tied_misses;
      first = last;
    }
    if (hits == 0 || misses == 0) return std::nullopt;
    return right / (hits * misses);
  }
};

struct Bin {
  double probability = 0, hits = 0;
};

class CalibrationError : public AllScores {
 public:
  CalibrationError(std::string_view definition, int64_t cutoff)
      : AllScores(cutoff),
        logit_(rules::choice_of(definition, "link") == "logit"),
        mass_(rules::choice_of(definition, "binning") == "mass"),
        bins_(std::stoul(std::string(rules::choice_of(definition, "bins")))) {}

  std::optional<double> value() const override {
    if (broken_ || count_ == 0) return std::nullopt;
    double error = 0;
    for (const Bin& bin : mass_ ? bins_of_equal_mass() : bins_)
      error += std::abs(bin.probability - bin.hits);
    return error / count_;
  }

 private:
  void take(Scored item) override {
    const double p = logit_ ? 1 / (1 + std::exp(-item.score)) : item.score;
    if (!(p >= 0 && p <= 1)) broken_ = true;
    if (broken_) return;
    ++count_;
    if (mass_) return AllScores::take({p, item.hit});
    const auto size = bins_.size();
    Bin& bin = bins_[std::min(static_cast<size_t>(p * static_cast<double>(size)), size - 1)];
    bin.probability += p;
    bin.hits += item.hit;
  }

  // Bin b holds the items n b / bins .. n (b + 1) / bins of the order by p.
  std::vector<Bin> bins_of_equal_mass() const {
    const std::vector<Scored> all = sorted();
    std::vector<Bin> bins(bins_.size());
    for (size_t b = 0; b < bins.size(); ++b) {
      for (size_t i = all.size() * b / bins.size(); i < all.size() * (b + 1) / bins.size(); ++i) {
        bins[b].probability += all[i].score;
        bins[b].hits += all[i].hit;
      }
    }
    return bins;
  }

  bool logit_, mass_, broken_ = false;
  double count_ = 0;
  std::vector<Bin> bins_;
};

}  // namespace

std::unique_ptr<ListsMeasure> make_pooled_auc(const ListsWorld& world) {
  return std::make_unique<PooledAuc>(world.cutoff);
}

std::unique_ptr<ListsMeasure> make_calibration_error(std::string_view definition,
                                                     const ListsWorld& world) {
  return std::make_unique<CalibrationError>(definition, world.cutoff);
}

}  // namespace assay::exposure

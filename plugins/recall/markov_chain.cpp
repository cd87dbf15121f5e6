#include <ATen/TensorOperators.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/tensor.h>
#include <ATen/ops/zeros.h>
#include <assay/extra/interactions/positive_events.h>
#include <assay/extra/interactions/ragged_spans.h>
#include <assay/extra/neighbours/history_terms.h>
#include <assay/extra/neighbours/tiles.h>
#include <assay/extra/threads/parallel.h>
#include <assay/plugin.h>

#include <algorithm>
#include <cmath>
#include <utility>
#include <vector>

namespace {

/// What users did right after the item that the history ends with: a Markov chain of order 1 over
/// items (Shani, Heckerman & Brafman 2005, section 3.1), smoothed towards popularity by a Dirichlet
/// prior (Zhai & Lafferty 2004).
///
///     score(u, j) = (c_ij + smoothing q_j) / (c_i + smoothing),  i the last item of u
///
/// c_ij counts how often a positive event with j followed one with i as the same user's next, c_i
/// is their sum over j, q_j the share of positive events that are with j. Scores are probabilities of
/// what comes next. A request without a history gets an empty list: of it the chain knows nothing
/// that `popularity` does not know better.
///
/// With weights of event types a transition counts the weight of the event that it leads to, and so
/// does an event in q. Repeats have no setting: nothing is summed over a history, of which the last
/// item alone matters, and that an item follows itself, or another one again, is what is learnt.
class MarkovChain : public assay::RecallStrategy {
 public:
  struct Params {
    double smoothing = 1;
  };
  static void describe(assay::ParamList<Params>& p) {
    p.add("smoothing", &Params::smoothing,
          "Weight of the popularity prior, in transitions: larger trusts items with few "
          "transitions less. Near 0, popularity orders only items without a transition.")
        .unit("transitions")
        .range(1e-9, 1e9);
  }
  explicit MarkovChain(const Params& params) : params_(params) {}

  /// The transitions and what they are counted into, of which there are at most as many as events.
  static assay::MemoryUse memory(const assay::DataSizes& sizes, const Params&) {
    const int64_t counts = 16 * sizes.events + 16 * sizes.items;
    return {.fit = 48 * sizes.events + counts + 8 * sizes.users, .serve = counts};
  }

  void fit(const assay::TrainingView& data, assay::FitContext& ctx) override {
    last_.assign(static_cast<size_t>(data.users), -1);
    events_ = at::zeros({data.items}, at::kDouble);
    next_ = {at::zeros({0}, at::kLong), at::zeros({data.items + 1}, at::kLong)};
    times_ = at::zeros({0}, at::kDouble);
    learn(data);
    ctx.note("transitions", std::to_string(std::llround(times_.sum().item<double>())));
    ctx.note("different_transitions", std::to_string(times_.size(0)));
  }

  void update(const assay::EventSlice& events, assay::FitContext&) override { learn(events); }

  assay::CandidateBatch recall(const assay::RequestBatch& requests, int64_t k,
                               const assay::ServeContext&) const override {
    return assay::extra::known_top_k_in_tiles(
        requests, share_.size(0), k, [&](const assay::RequestBatch& tile) { return scores(tile); });
  }

  std::optional<assay::Explanation> explain(const assay::RequestBatch& requests,
                                            const assay::CandidateBatch& candidates,
                                            const assay::ServeContext&) const override;

  void save(assay::Archive& archive) const override {
    archive.put_ragged("next", next_);
    archive.put("times", times_);
    archive.put("share", share_);
  }
  void load(const assay::Archive& archive, const assay::LoadContext&) override {
    next_ = archive.ragged("next").to(at::kCPU);
    times_ = archive.tensor("times").cpu();
    share_ = archive.tensor("share").cpu();
  }

 private:
  struct Transition {
    int64_t from, to;
    double times;
  };
  using Transitions = std::vector<Transition>;
  struct Counts {
    std::vector<int64_t> next, offsets;
    std::vector<double> times;
  };

  void learn(const assay::EventSlice& events) {
    const assay::extra::PositiveEvents positive = assay::extra::positive_events(events);
    keep(counted(transitions(positive)));
    double* const count = events_.mutable_data_ptr<double>();
    for (int64_t e = 0; e < positive.size(); ++e)
      count[positive.items()[e]] += positive.weight_of(e);
    share_ = events_ * (1 / std::max<double>(1, events_.sum().item<double>()));
  }

  static std::pair<int64_t, int64_t> pair_of(const Transition& one) { return {one.from, one.to}; }

  // Events come in time order: what stands before an event of a user is that user's one before.
  Transitions transitions(const assay::extra::PositiveEvents& positive) {
    Transitions all;
    for (int64_t e = 0; e < positive.size(); ++e) {
      int64_t& from = last_[positive.users()[e]];
      const int64_t to = positive.items()[e];
      if (from >= 0) all.push_back({from, to, positive.weight_of(e)});
      from = to;
    }
    return all;
  }

  // What was counted so far and the new transitions, both by (from, to).
  Counts counted(Transitions all) const {
    std::ranges::stable_sort(all, {}, pair_of);
    const int64_t items = next_.rows();
    const int64_t* const offset = next_.offsets.const_data_ptr<int64_t>();
    const int64_t* const next = next_.values.const_data_ptr<int64_t>();
    const double* const times = times_.const_data_ptr<double>();
    Counts counts;
    counts.offsets.push_back(0);
    auto fresh = all.begin();
    for (int64_t from = 0; from < items; ++from) {
      const size_t first = counts.next.size();
      const auto add = [&](int64_t to, double count) {
        if (counts.next.size() == first || counts.next.back() != to) {
          counts.next.push_back(to);
          counts.times.push_back(0);
        }
        counts.times.back() += count;
      };
      for (int64_t at = offset[from]; at < offset[from + 1]; ++at) {
        for (; fresh != all.end() && pair_of(*fresh) < std::pair(from, next[at]); ++fresh)
          add(fresh->to, fresh->times);
        add(next[at], times[at]);
      }
      for (; fresh != all.end() && fresh->from == from; ++fresh) add(fresh->to, fresh->times);
      counts.offsets.push_back(static_cast<int64_t>(counts.next.size()));
    }
    return counts;
  }

  void keep(const Counts& counts) {
    next_ = {at::tensor(counts.next, at::kLong), at::tensor(counts.offsets, at::kLong)};
    times_ = at::tensor(counts.times, at::kDouble);
  }

  // What followed an item: places first .. last - 1 of next_ and times_, and how often in all.
  struct Followers {
    int64_t first = 0, last = 0;
    double transitions = 0;
  };
  Followers after(int64_t last_item) const {
    if (last_item < 0) return {};
    const int64_t* const offset = next_.offsets.const_data_ptr<int64_t>() + last_item;
    Followers found{offset[0], offset[1]};
    const double* const times = times_.const_data_ptr<double>();
    for (int64_t at = found.first; at < found.last; ++at) found.transitions += times[at];
    return found;
  }

  // -1 without. What the stage does not learn from has weight 0.
  static int64_t last_item(const assay::extra::WeightedSpans& history, int64_t row) {
    for (size_t n = history[row].size(); n > 0; --n)
      if (history.weight(row, n - 1) > 0) return history[row][n - 1];
    return -1;
  }

  // float64 [B, N]; equal where there is no last item.
  at::Tensor scores(const assay::RequestBatch& requests) const {
    const int64_t items = share_.size(0);
    at::Tensor scores = at::empty({requests.size(), items}, at::kDouble);
    double* const to = scores.mutable_data_ptr<double>();
    const double* const share = share_.const_data_ptr<double>();
    const int64_t* const next = next_.values.const_data_ptr<int64_t>();
    const double* const times = times_.const_data_ptr<double>();
    const assay::extra::WeightedSpans history(requests.history, requests.history.weight);
    assay::extra::parallel_blocks(requests.size(), assay::extra::kRequestsPerBlock,
                                  [&](int64_t first, int64_t last) {
                                    for (int64_t row = first; row < last; ++row) {
                                      const int64_t past = last_item(history, row);
                                      const Followers known = after(past);
                                      const double whole = known.transitions + params_.smoothing;
                                      double* const score = to + row * items;
                                      if (past < 0) {
                                        std::fill_n(score, items, 0);
                                        continue;
                                      }
                                      for (int64_t i = 0; i < items; ++i)
                                        score[i] = share[i] * (params_.smoothing / whole);
                                      for (int64_t at = known.first; at < known.last; ++at)
                                        score[next[at]] += times[at] / whole;
                                    }
                                  });
    return scores.to(requests.request.device());
  }

  Params params_;
  assay::Ragged next_;  // of each item, those that followed it, ascending; on the CPU
  at::Tensor times_;    // float64, how often, in the order of next_.values
  at::Tensor share_;    // float64 [N], q
  // For updates alone, so that they are not saved.
  at::Tensor events_;          // float64 [N], positive events with their weights
  std::vector<int64_t> last_;  // of each user the last item, -1 without
};

// Popularity is the base; the last item of the history adds its transitions.
std::optional<assay::Explanation> MarkovChain::explain(const assay::RequestBatch& requests,
                                                       const assay::CandidateBatch& candidates,
                                                       const assay::ServeContext&) const {
  const at::Tensor items = candidates.item.cpu().contiguous();
  const int64_t* const item = items.const_data_ptr<int64_t>();
  const int64_t* const next = next_.values.const_data_ptr<int64_t>();
  const assay::extra::WeightedSpans history(requests.history, requests.history.weight);
  at::Tensor base = at::zeros(items.sizes(), at::kFloat);
  assay::extra::HistoryTerms terms;
  for (int64_t place = 0; place < items.numel(); ++place) {
    if (item[place] < 0) continue;
    const int64_t past = last_item(history, place / candidates.width());
    const Followers known = after(past);
    const double whole = known.transitions + params_.smoothing;
    base.mutable_data_ptr<float>()[place] = static_cast<float>(
        share_.const_data_ptr<double>()[item[place]] * params_.smoothing / whole);
    const int64_t* const end = next + known.last;
    const int64_t* const found = std::find(next + known.first, end, item[place]);
    if (found == end) continue;
    terms.add(place, past, times_.const_data_ptr<double>()[found - next] / whole);
  }
  assay::Explanation why = terms.explanation(candidates);
  why.base = base.to(candidates.item.device());
  return why;
}

}  // namespace

ASSAY_PLUGINS(assay::plugin<MarkovChain>({
    .name = "markov_chain",
    .doc = "First-order Markov chain: transitions from the last item of the history, smoothed "
           "towards popularity; for logs in which the order of events matters.",
    .paper = "Shani, Heckerman & Brafman 2005, An MDP-Based Recommender System; "
             "Zhai & Lafferty 2004, A Study of Smoothing Methods for Language Models",
    .traits = {.scores = assay::Traits::Scores::probability, .additive = true, .updates = true},
}))

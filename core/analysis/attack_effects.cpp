#include "analysis/attack_effects.h"

#include <algorithm>
#include <optional>

#include "analysis/paired_values.h"
#include "stats/paired.h"

namespace assay::analysis {
namespace {

using Targets = std::vector<int64_t>;

/// Where the targets stand in a list, from 1; size + 1 where one is not in it.
std::vector<int64_t> ranks_in(const results::Slates& slates, int64_t request,
                              const Targets& targets) {
  const auto begin = slates.items.begin() + request * slates.size;
  std::vector<int64_t> ranks;
  for (const int64_t target : targets)
    ranks.push_back(std::find(begin, begin + slates.size, static_cast<int32_t>(target)) - begin +
                    1);
  return ranks;
}

/// Of one side in a range: by seed, of each request.
struct SideValues {
  SeedValues hit, held, rank;

  void add(const results::Slates& slates, const Targets& of) {
    std::vector<float> hits, counts, ranks;
    for (int64_t r = 0; r < slates.requests; ++r) {
      float count = 0, sum = 0;
      for (const int64_t place : ranks_in(slates, r, of)) {
        count += place <= slates.size ? 1.0F : 0.0F;
        sum += static_cast<float>(place);
      }
      hits.push_back(count > 0 ? 1.0F : 0.0F);
      counts.push_back(count);
      ranks.push_back(sum / static_cast<float>(of.size()));
    }
    hit.push_back(std::move(hits));
    held.push_back(std::move(counts));
    rank.push_back(std::move(ranks));
  }
};

/// A mean over requests and seeds.
struct Mean {
  double sum = 0;
  int64_t count = 0;

  void add(const SeedValues& values) {
    for (const std::vector<float>& seed : values) {
      for (const float value : seed) sum += value;
      count += std::ssize(seed);
    }
  }
  std::optional<double> value() const {
    return count == 0 ? std::nullopt : std::optional(sum / static_cast<double>(count));
  }
};

struct SideMeans {
  Mean hit, held, rank;
  void add(const SideValues& values) {
    hit.add(values.hit);
    held.add(values.held);
    rank.add(values.rank);
  }
};

/// Scores of targets that both lists hold.
struct ScoreShift {
  double sum = 0;
  int64_t count = 0;

  void add(const results::Slates& attacked, const results::Slates& twin, const Targets& targets) {
    for (int64_t r = 0; r < attacked.requests; ++r) {
      const auto here = ranks_in(attacked, r, targets), there = ranks_in(twin, r, targets);
      for (size_t t = 0; t < targets.size(); ++t) {
        if (here[t] > attacked.size || there[t] > twin.size) continue;
        sum += double{attacked.scores[r * attacked.size + here[t] - 1]} -
               twin.scores[r * twin.size + there[t] - 1];
        ++count;
      }
    }
  }
};

/// One variant, beside its twin where there is one.
class Effect {
 public:
  Effect(const results::Reader& reader, const TrialGroup& group, const TrialGroup* twin,
         const Targets& targets)
      : reader_(reader),
        group_(group),
        twin_(twin),
        targets_(targets),
        users_(reader, group),
        pairing_(twin ? twin->seeds.size() : 1, group.seeds.size(), users_.order(), 0) {
    for (const RequestRange& range : ranges_of(reader, group)) {
      requests_ += range.count;
      add(range);
    }
  }

  void tell(results::AttackEffectRow& row, double alpha) const {
    row.requests = requests_;
    row.hit_ratio = own_.hit.value();
    row.targets_per_list = own_.held.value();
    if (twin_ == nullptr) return;
    row.twin_hit_ratio = other_.hit.value();
    row.twin_targets_per_list = other_.held.value();
    if (requests_ > 0) row.rank_shift = *other_.rank.value() - *own_.rank.value();
    row.scored = scores_.count;
    if (scores_.count > 0) row.prediction_shift = scores_.sum / static_cast<double>(scores_.count);
    const stats::Difference difference = stats::paired_difference(
        pairing_.sample(), {.alpha = alpha, .method = stats::PairedMethod::student_t});
    row.hit_shift = difference.value;
    if (!difference.interval) return;
    row.ci_low = difference.interval->low;
    row.ci_high = difference.interval->high;
  }

 private:
  results::Slates lists_of(const TrialGroup& group, size_t seed, const RequestRange& range) const {
    const std::string& key = group.seeds[seed % group.seeds.size()].trial_keys.at(range.set);
    return reader_.slates(key, range.first, range.count);
  }

  SideValues side(const TrialGroup& group, const RequestRange& range) const {
    SideValues out;
    for (size_t s = 0; s < group.seeds.size(); ++s) out.add(lists_of(group, s, range), targets_);
    return out;
  }

  void add(const RequestRange& range) {
    const SideValues own = side(group_, range);
    own_.add(own);
    if (twin_ == nullptr) return;
    const SideValues other = side(*twin_, range);
    other_.add(other);
    pairing_.add(spans(other.hit), spans(own.hit), users_.read(range));
    for (size_t s = 0; s < std::max(group_.seeds.size(), twin_->seeds.size()); ++s)
      scores_.add(lists_of(group_, s, range), lists_of(*twin_, s, range), targets_);
  }

  const results::Reader& reader_;
  const TrialGroup& group_;
  const TrialGroup* twin_;
  const Targets& targets_;
  const GroupUsers users_;
  stats::SeedPairing pairing_;
  SideMeans own_, other_;
  ScoreShift scores_;
  int64_t requests_ = 0;
};

}  // namespace

std::vector<results::AttackEffectRow> attack_effects(const RunSamples& samples, int64_t run_id,
                                                     double alpha) {
  std::vector<results::AttackEffectRow> rows;
  const auto targets = results::attack_targets(samples.reader(), run_id);
  if (targets.empty()) return rows;
  const auto logs = results::changed_logs(samples.reader(), run_id);
  for (const TrialGroup& group : samples.groups()) {
    Targets of;
    for (const results::AttackTargetRow& target : targets)
      if (target.variant == group.variant && target.dataset == group.dataset &&
          target.fold == group.fold)
        of.push_back(target.item);
    if (of.empty() || !group.complete) continue;
    results::AttackEffectRow& row = rows.emplace_back();
    row.run_id = run_id;
    row.variant = group.variant;
    row.dataset = group.dataset;
    row.fold = group.fold;
    const auto log = std::ranges::find(logs, group.variant, &results::ChangedLogRow::variant);
    if (log != logs.end()) row.twin = log->twin;
    const TrialGroup* twin =
        row.twin.empty() ? nullptr : samples.find(row.twin, group.dataset, group.fold);
    if (twin != nullptr && (!twin->complete || twin->request_sets != group.request_sets))
      twin = nullptr;
    Effect(samples.reader(), group, twin, of).tell(row, alpha);
    if (twin == nullptr)
      row.reason = row.twin.empty() ? "no variant has the same stages without perturb"
                                    : "not all trials of " + row.twin + " are done";
  }
  return rows;
}

}  // namespace assay::analysis

#include "report/all_pairs.h"

#include <algorithm>

#include "analysis/paired_values.h"
#include "stats/letters.h"
#include "stats/multiple.h"
#include "stats/verdict.h"

namespace assay::report {

namespace {

/// The ranked variants with their values.
struct Contender {
  const analysis::TrialGroup* group = nullptr;
  analysis::Column values;
};

std::vector<Contender> contenders(const std::vector<std::string>& ranked,
                                  const analysis::RunSamples& samples, const std::string& dataset,
                                  const results::StageMetric& at) {
  std::vector<Contender> found;
  for (const std::string& variant : ranked) {
    const analysis::TrialGroup* group = samples.find(variant, dataset, "all");
    if (group == nullptr || !group->complete) return {};
    const std::vector<results::StageMetric> columns = samples.columns(*group);
    if (!std::ranges::binary_search(columns, at)) return {};
    found.push_back({group, analysis::Column(samples.reader(), *group, at)});
  }
  return found;
}

/// One variant with each that stands below it and answered the same requests; their values are read
/// once.
struct Below {
  std::vector<size_t> places;
  std::vector<stats::SeedPairing> pairings;

  Below(const std::vector<Contender>& all, size_t a, const analysis::GroupUsers& users) {
    for (size_t b = a + 1; b < all.size(); ++b) {
      if (all[a].group->request_sets != all[b].group->request_sets) continue;
      places.push_back(b);
      pairings.emplace_back(all[a].values.seeds(), all[b].values.seeds(), users.order(), 0);
    }
    for (const analysis::RequestRange& range : all[a].values.ranges()) {
      const analysis::SeedValues own = all[a].values.read(range);
      const std::vector<int32_t> asked = users.read(range);
      for (size_t i = 0; i < places.size(); ++i)
        pairings[i].add(analysis::spans(own), analysis::spans(all[places[i]].values.read(range)),
                        asked);
    }
  }
};

/// p of each pair that could be tested; false where a pair has too few requests to say anything.
bool test_pairs(const std::vector<Contender>& all, const analysis::GroupUsers& users,
                std::vector<stats::DifferingPair>& pairs, std::vector<double>& p) {
  stats::PairedOptions options;
  options.method = stats::PairedMethod::student_t;
  for (size_t a = 0; a < all.size(); ++a) {
    const Below below(all, a, users);
    for (size_t i = 0; i < below.places.size(); ++i) {
      const stats::PairedSample sample = below.pairings[i].sample();
      if (sample.n() < stats::kRequestsForVerdict) return false;
      const stats::Difference difference = stats::paired_difference(sample, options);
      if (!difference.p) continue;
      pairs.push_back({a, below.places[i]});
      p.push_back(*difference.p);
    }
  }
  return true;
}

}  // namespace

std::vector<std::string> ranked_variants(const Comparison& comparison, const std::string& dataset) {
  std::vector<std::pair<double, std::string>> means;
  for (const std::string& variant : comparison.variants) {
    const results::SummaryRow* row = comparison.summary(variant, dataset);
    if (row != nullptr && row->mean) means.emplace_back(*row->mean, variant);
  }
  const bool higher = comparison.higher_is_better(comparison.metric.definition);
  std::ranges::stable_sort(means, [&](const auto& a, const auto& b) {
    return higher ? a.first > b.first : a.first < b.first;
  });
  std::vector<std::string> ranked;
  for (const auto& [mean, variant] : means) ranked.push_back(variant);
  return ranked;
}

std::map<std::string, std::string> letters_of(const Comparison& comparison,
                                              const analysis::RunSamples& samples,
                                              const std::string& dataset) {
  const std::vector<std::string> ranked = ranked_variants(comparison, dataset);
  if (ranked.size() < 2 || ranked.size() > kMostLetters) return {};
  const results::StageMetric at{analysis::kServed, comparison.metric.definition, comparison.cutoff};
  const std::vector<Contender> all = contenders(ranked, samples, dataset, at);
  if (all.empty()) return {};

  std::vector<stats::DifferingPair> pairs;
  std::vector<double> p;
  const analysis::GroupUsers users(samples.reader(), *all.front().group);
  if (!test_pairs(all, users, pairs, p)) return {};
  const std::vector<double> adjusted = stats::adjust(p, stats::Correction::holm);
  std::vector<stats::DifferingPair> differing;
  for (size_t i = 0; i < pairs.size(); ++i) {
    if (adjusted[i] <= comparison.run.info.row.alpha) differing.push_back(pairs[i]);
  }
  const std::vector<std::string> letters = stats::compact_letters(ranked.size(), differing);
  std::map<std::string, std::string> by_variant;
  for (size_t i = 0; i < ranked.size(); ++i) by_variant[ranked[i]] = letters[i];
  return by_variant;
}

}  // namespace assay::report

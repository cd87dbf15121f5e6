#include "analysis/catalogue_bootstrap.h"

#include <algorithm>
#include <cmath>
#include <map>

#include "exposure/exposure.h"
#include "metric_catalog/metric_definition.h"
#include "stats/moments.h"
#include "stats/philox_sequence.h"

namespace assay::analysis {

namespace {

/// Items that are counted at most for one metric, over all resamples: some tenths of a second.
constexpr double kMostCounted = 4e8;
constexpr int kFewestResamples = 100, kMostResamples = 1000;
constexpr uint32_t kStream = 0xCA7;

/// The lists of one trial, cut at the metric's cutoff.
struct Lists {
  int size = 0;
  std::vector<int32_t> items;  ///< [requests, size], -1: none
};

bool counts_alone(const std::string& definition) {
  using enum metric_catalog::MetricNeed;
  const metric_catalog::MetricDefinition metric = metric_catalog::parse_metric(definition);
  for (const auto need : {training, feature, user_feature, lists}) {
    if (metric.needs_any(need)) return false;
  }
  return true;
}

bool keeps_lists(const results::Reader& reader, const std::string& trial) {
  const results::Cell parameters[] = {trial};
  return !reader.query("SELECT 1 FROM slate WHERE trial_key = ? LIMIT 1", parameters).rows.empty();
}

std::optional<std::vector<Lists>> lists_of(const results::Reader& reader, const TrialGroup& group,
                                           int cutoff) {
  std::vector<Lists> all;
  for (const SeedTrials& seed : group.seeds) {
    if (seed.trial_keys.size() != 1 || !keeps_lists(reader, seed.trial_keys.front()))
      return std::nullopt;
    const results::Slates slates = reader.slates(seed.trial_keys.front());
    Lists& lists = all.emplace_back();
    lists.size = cutoff > 0 ? std::min(cutoff, slates.size) : slates.size;
    for (int64_t r = 0; r < slates.requests; ++r) {
      const auto first = slates.items.begin() + r * slates.size;
      lists.items.insert(lists.items.end(), first, first + lists.size);
    }
  }
  return all;
}

/// How many items the data have; 0 where the file does not say.
int64_t items_of(const results::Reader& reader, const std::string& request_set) {
  const results::Cell parameters[] = {request_set};
  const auto rows = reader
                        .query(
                            "SELECT items FROM catalogue JOIN request_set USING (prepared_hash) "
                            "WHERE request_set = ?",
                            parameters)
                        .rows;
  return rows.empty() ? 0 : std::get<int64_t>(rows[0][0]);
}

/// Who asks in each request, numbered from 0; requests by themselves where nobody asks twice.
std::vector<int32_t> users_of(const RunSamples& samples, const GroupPair& pair, int64_t requests) {
  std::vector<int32_t> users;
  if (pair.users.repeat()) {
    for (const RequestRange& range : ranges_of(samples.reader(), pair.baseline)) {
      const std::vector<int32_t> some = pair.users.read(range);
      users.insert(users.end(), some.begin(), some.end());
    }
  }
  std::map<int32_t, int32_t> numbers;
  int32_t next = 0;
  users.resize(static_cast<size_t>(requests), -1);
  for (int32_t& user : users) {
    const int32_t number = next;
    if (user < 0) {  // anonymous, or alone
      user = next++;
      continue;
    }
    const auto [place, fresh] = numbers.try_emplace(user, number);
    if (fresh) ++next;
    user = place->second;
  }
  return users;
}

/// Weights of users: Poisson with mean 1, by inversion.
std::vector<int> weights_of(int64_t users, uint64_t seed, uint32_t resample) {
  stats::PhiloxSequence random(seed, kStream, resample);
  std::vector<int> weights(static_cast<size_t>(users));
  for (int& weight : weights) {
    const double u = random.next_uniform();
    double share = std::exp(-1.0), sum = share;
    while (u > sum && weight < 20) {
      ++weight;
      share /= weight;
      sum += share;
    }
  }
  return weights;
}

/// The metric's mean over seeds; `weights` by user.
class Measuring {
 public:
  Measuring(const results::StageMetric& at, const std::vector<int32_t>& users, int64_t items)
      : at_(at), users_(users), counts_(static_cast<size_t>(items)) {}

  std::optional<double> value(const Lists& lists, const std::vector<int>& weights) {
    std::ranges::fill(counts_, 0);
    exposure::Exposed exposed{counts_, 0, at_.cutoff};
    for (size_t r = 0; r < users_.size(); ++r) {
      const int weight = weights[static_cast<size_t>(users_[r])];
      exposed.lists += weight;
      for (int i = 0; weight > 0 && i < lists.size; ++i) {
        const int32_t item =
            lists.items[r * static_cast<size_t>(lists.size) + static_cast<size_t>(i)];
        if (item >= 0) counts_[static_cast<size_t>(item)] += weight;
      }
    }
    return exposure::catalogue_value(at_.definition, exposed);
  }

  std::optional<double> mean(const std::vector<Lists>& seeds, const std::vector<int>& weights) {
    double sum = 0.0;
    for (const Lists& lists : seeds) {
      const auto one = value(lists, weights);
      if (!one) return std::nullopt;
      sum += *one;
    }
    return sum / static_cast<double>(seeds.size());
  }

 private:
  results::StageMetric at_;
  const std::vector<int32_t>& users_;
  std::vector<int64_t> counts_;
};

double variance_of_seeds(Measuring& measuring, const std::vector<Lists>& seeds,
                         const std::vector<int>& everyone) {
  if (seeds.size() < 3) return 0.0;
  std::vector<double> values;
  for (const Lists& lists : seeds) values.push_back(measuring.value(lists, everyone).value_or(0.0));
  return stats::moments_of(values).variance / static_cast<double>(values.size());
}

}  // namespace

std::optional<CatalogueResamples> resample_catalogue(const Comparing& comparing,
                                                     const GroupPair& pair,
                                                     const results::StageMetric& at) {
  const results::Reader& reader = comparing.samples.reader();
  const int64_t items = items_of(reader, pair.baseline.request_sets.front());
  if (items == 0 || !counts_alone(at.definition)) return std::nullopt;
  if (pair.baseline.request_sets != pair.variant.request_sets) return std::nullopt;
  const auto from = lists_of(reader, pair.baseline, at.cutoff);
  const auto to = lists_of(reader, pair.variant, at.cutoff);
  if (!from || !to || from->front().size == 0 || to->front().size == 0) return std::nullopt;
  const auto requests = std::ssize(from->front().items) / from->front().size;
  const std::vector<int32_t> users = users_of(comparing.samples, pair, requests);
  CatalogueResamples out;
  out.users = users.empty() ? 0 : *std::ranges::max_element(users) + 1;
  Measuring measuring(at, users, items);
  const std::vector<int> everyone(static_cast<size_t>(out.users), 1);
  out.seeds_baseline = variance_of_seeds(measuring, *from, everyone);
  out.seeds_variant = variance_of_seeds(measuring, *to, everyone);
  const double counted = static_cast<double>(std::ssize(from->front().items)) *
                         static_cast<double>(from->size() + to->size());
  const auto resamples = static_cast<uint32_t>(std::clamp(kMostCounted / std::max(1.0, counted),
                                                          static_cast<double>(kFewestResamples),
                                                          static_cast<double>(kMostResamples)));
  for (uint32_t b = 0; b < resamples; ++b) {
    const std::vector<int> weights = weights_of(out.users, comparing.settings.seed, b);
    const auto baseline = measuring.mean(*from, weights), variant = measuring.mean(*to, weights);
    if (!baseline || !variant) return std::nullopt;
    out.baseline.push_back(*baseline);
    out.variant.push_back(*variant);
  }
  return out;
}

}  // namespace assay::analysis

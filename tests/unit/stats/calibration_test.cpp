// A pipeline against itself: of many A/A comparisons a share alpha may come out significant, for
// every method that a verdict can rest on. Values are like those of ranking metrics: most
// differences 0, the others in steps.

#include <gmock/gmock.h>

#include <algorithm>
#include <cmath>
#include <fstream>
#include <string>

#include "samples.h"
#include "stats/distributions.h"
#include "stats/latency.h"
#include "stats/paired.h"
#include "stats/rank_tests.h"
#include "stats/sign_flip.h"
#include "stats/two_samples.h"

namespace assay::stats {
namespace {

constexpr double kAlpha = 0.05;

/// Differences of a ranking metric between two equal pipelines, symmetric around 0.
PairedSample a_a_sample(int n, uint32_t which) {
  PhiloxSequence random(2024, 1, which);
  PairedSample sample;
  for (int i = 0; i < n; ++i) {
    const double size = random.next_uniform() < 0.6 ? 0.0 : 1.0 / (1 + random.next_word() % 10);
    sample.differences.push_back(random.next_uniform() < 0.5 ? size : -size);
  }
  return sample;
}

/// `alarms` of `trials` must fit a chance of alpha within three standard deviations.
void expect_calibrated(int alarms, int trials) {
  const double deviation = std::sqrt(trials * kAlpha * (1.0 - kAlpha));
  EXPECT_NEAR(alarms, trials * kAlpha, 3.0 * deviation);
}

template <typename P>
int alarms_of(int trials, int n, P p_of) {
  int alarms = 0;
  for (int trial = 0; trial < trials; ++trial) {
    alarms += p_of(a_a_sample(n, static_cast<uint32_t>(trial))) <= kAlpha;
  }
  return alarms;
}

int alarms_of_method(int trials, PairedMethod method) {
  return alarms_of(trials, 250, [&](const PairedSample& sample) {
    return *paired_difference(sample, {.method = method, .bootstrap = {.resamples = 999}}).p;
  });
}

TEST(Calibration, PairedBootstrapKeepsItsLevel) {
  expect_calibrated(alarms_of_method(600, PairedMethod::bootstrap_percentile), 600);
}

TEST(Calibration, PairedTKeepsItsLevel) {
  expect_calibrated(alarms_of_method(2'000, PairedMethod::student_t), 2'000);
}

TEST(Calibration, StudentisedNormalKeepsItsLevel) {
  expect_calibrated(alarms_of_method(2'000, PairedMethod::studentised_normal), 2'000);
}

TEST(Calibration, SignFlipsKeepTheirLevel) {
  const int alarms = alarms_of(600, 250, [](const PairedSample& sample) {
    return sign_flip_test(sample.differences, {.resamples = 999}).p_two_sided;
  });
  expect_calibrated(alarms, 600);
}

TEST(Calibration, WilcoxonKeepsItsLevel) {
  const int alarms = alarms_of(1'000, 250, [](const PairedSample& sample) {
    return wilcoxon_signed_rank(sample.differences).p_two_sided;
  });
  expect_calibrated(alarms, 1'000);
}

TEST(Calibration, WelchKeepsItsLevelUnderUnequalSpread) {
  int alarms = 0;
  for (uint32_t trial = 0; trial < 2'000; ++trial) {
    alarms +=
        *welch(normal_sample(20, 0.0, 1.0, 2 * trial), normal_sample(60, 0.0, 3.0, 2 * trial + 1))
             .p <= kAlpha;
  }
  expect_calibrated(alarms, 2'000);
}

// --- A/A on a real log: MovieLens-100K, protocol C of models_ml100k.json ---

/// Users of the log with what a popularity list of 10 gave them.
struct RealUsers {
  std::vector<uint32_t> user;
  std::vector<int> relevant;  ///< held-out items of the user
  std::vector<double> ndcg;
};

const RealUsers& real_users() {
  static const RealUsers users = [] {
    std::ifstream file(ASSAY_SOURCE_DIR "/tests/golden/stats/ml100k_popularity.tsv");
    std::string header;
    std::getline(file, header);
    RealUsers read;
    uint32_t user = 0;
    int relevant = 0;
    double ndcg = 0;
    while (file >> user >> relevant >> ndcg) {
      read.user.push_back(user);
      read.relevant.push_back(relevant);
      read.ndcg.push_back(ndcg);
    }
    return read;
  }();
  return users;
}

/// ndcg@10 of one user by a server that draws its list from all items anew under every seed.
double random_server(uint32_t user, int relevant, uint64_t seed) {
  constexpr int kItems = 1'682;
  PhiloxSequence random(seed, 7, user);
  double gained = 0, ideal = 0;
  int left = relevant;
  for (int rank = 0; rank < 10; ++rank) {
    const double discount = 1.0 / std::log2(rank + 2.0);
    if (rank < relevant) ideal += discount;
    if (random.next_uniform() * (kItems - rank) >= left) continue;
    gained += discount;
    --left;
  }
  return gained / ideal;
}

/// Differences of that server under seed `trial` and under another seed, on the same users.
PairedSample serving_seeds(uint32_t trial) {
  const RealUsers& users = real_users();
  std::vector<double> one, other;
  for (size_t u = 0; u < users.user.size(); ++u) {
    one.push_back(random_server(users.user[u], users.relevant[u], 2 * trial));
    other.push_back(random_server(users.user[u], users.relevant[u], 2 * trial + 1));
  }
  return pair_up(std::span<const double>(one), std::span<const double>(other));
}

/// Users hashed to two arms by a salt, all of them served by the same list.
double p_of_salt(uint32_t salt) {
  const RealUsers& users = real_users();
  std::vector<double> arms[2];
  for (size_t u = 0; u < users.user.size(); ++u) {
    arms[rules::philox({users.user[u], 0, 0, 0}, rules::philox_key(salt))[0] & 1u].push_back(
        users.ndcg[u]);
  }
  return *welch(arms[0], arms[1]).p;
}

/// Rejections at 5 % lie in the central 99.9 % of Binomial(n, .05), and p is uniform: the largest
/// distance of its distribution function from the diagonal (Kolmogorov) stays below the 99.9 %
/// point, 1.949 / sqrt(n).
void expect_a_a(std::vector<double> p) {
  const int64_t n = std::ssize(p);
  const int64_t alarms = std::ranges::count_if(p, [](double x) { return x <= kAlpha; });
  EXPECT_GT(binomial_cdf(alarms, n, kAlpha), 0.0005) << alarms << " of " << n;
  EXPECT_LT(binomial_cdf(alarms - 1, n, kAlpha), 0.9995) << alarms << " of " << n;
  std::ranges::sort(p);
  double distance = 0;
  for (size_t i = 0; i < p.size(); ++i) {
    const auto below = static_cast<double>(i) / static_cast<double>(n);
    distance = std::max({distance, p[i] - below, below + 1.0 / static_cast<double>(n) - p[i]});
  }
  EXPECT_LT(distance, 1.949 / std::sqrt(static_cast<double>(n)));
}

TEST(Calibration, TheRealLogIsTheOracles) {
  const RealUsers& users = real_users();
  ASSERT_EQ(users.user.size(), 942u);
  EXPECT_NEAR(moments_of(users.ndcg).mean, 0.21638841909818346, 1e-6);  // models_ml100k.json, pop
}

TEST(Calibration, OneVariantInTwoHashedArmsIsRarelyDifferentFromItself) {
  std::vector<double> p;
  for (uint32_t salt = 0; salt < 1'000; ++salt) p.push_back(p_of_salt(salt));
  expect_a_a(p);
}

TEST(Calibration, OneStochasticServerUnderManySeedsIsRarelyDifferentFromItself) {
  std::vector<double> t, permutation;
  for (uint32_t trial = 0; trial < 1'000; ++trial) {
    const PairedSample sample = serving_seeds(trial);
    t.push_back(*paired_difference(sample, {.method = PairedMethod::student_t}).p);
    permutation.push_back(sign_flip_test(sample.differences, {.resamples = 999}).p_two_sided);
  }
  {
    SCOPED_TRACE("paired t");
    expect_a_a(t);
  }
  SCOPED_TRACE("sign flips");
  expect_a_a(permutation);
}

TEST(Calibration, AWrongErrorIsNoticed) {
  std::vector<double> p;
  for (uint32_t salt = 0; salt < 1'000; ++salt) {
    const double z = normal_quantile(1.0 - p_of_salt(salt) / 2.0);
    p.push_back(normal_two_sided(1.25 * z));  // a standard error that is 20 % too small
  }
  const auto alarms = std::ranges::count_if(p, [](double x) { return x <= kAlpha; });
  EXPECT_GT(binomial_cdf(alarms - 1, 1'000, kAlpha), 0.9995);
}

TEST(Calibration, QuantileDifferencesOfEqualServicesAreRarelySignificant) {
  int alarms = 0;
  constexpr int kTrials = 300;
  for (uint32_t trial = 0; trial < kTrials; ++trial) {
    alarms += *quantile_difference(float_sample(500, 10.0, 1.0, 2 * trial),
                                   float_sample(500, 10.0, 1.0, 2 * trial + 1), 0.9, kAlpha,
                                   {.resamples = 399})
                   .p <= kAlpha;
  }
  EXPECT_LE(alarms, kTrials * 0.09);
}

}  // namespace
}  // namespace assay::stats

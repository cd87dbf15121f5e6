#include <gmock/gmock.h>
#include <malloc.h>

#include "../peak_memory.h"
#include "unit/report/faked_run.h"

namespace assay::analysis {
namespace {

using faked::FakedRun;
using faked::Folder;
using faked::kNdcg;
using faked::kRecall;

constexpr int kFew = 100'000, kMany = 400'000;
constexpr int64_t kSlack = 2 << 20;

/// Two variants with three seeds and four columns, in requests of which each user asks two.
class LargeRun {
 public:
  explicit LargeRun(int requests) : n_(requests) {
    run_.settings.metrics.slices = {"time: 4", "user.gender"};
    run_.data("ml100k", "h");
    add_requests();
    add_labels();
    for (const std::string variant : {"control", "ease"}) {
      run_.variant(variant);
      for (const int64_t seed : {1, 2, 3}) run_.trial(variant, "ml100k", seed, left(seed));
    }
  }

  /// Analyses and prints it.
  void conclude() {
    run_.finish();
    if (run_.text().empty()) throw error::InternalError("a comparison has a text");
  }

 private:
  faked::TrialValues left(int64_t seed) const {
    faked::TrialValues all;
    for (const std::string& definition : {kNdcg, kRecall}) {
      for (const int cutoff : {5, 10}) {
        all.columns[{"served", definition, cutoff}] =
            faked::values(n_, 0.0, static_cast<uint64_t>(100 * seed + cutoff));
      }
    }
    return all;
  }

  void add_requests() {
    const auto n = static_cast<size_t>(n_);
    std::vector<int32_t> users, truth(n, 0);
    std::vector<int64_t> times, offsets{0};
    for (size_t r = 0; r < n; ++r) {
      users.push_back(static_cast<int32_t>(r / 2));
      times.push_back(static_cast<int64_t>(r * 7919 % n));
      offsets.push_back(static_cast<int64_t>(r) + 1);
    }
    run_.database.write(
        results::RequestSetRow{.request_set = "requests-ml100k",
                               .prepared_hash = "h",
                               .fold = "all",
                               .window = "test",
                               .user_ids = {n, [](size_t) { return std::string_view("u"); }},
                               .users = users,
                               .times = times,
                               .truth_offsets = offsets,
                               .truth_items = truth});
  }

  void add_labels() {
    results::LabelRow labels{.prepared_hash = "h", .cut = "user.gender", .labels = {"F", "M"}};
    labels.offsets = {0};
    for (int user = 0; user < n_ / 2; ++user) {
      labels.codes.push_back(user % 2);
      labels.offsets.push_back(user + 1);
    }
    run_.database.write(labels);
  }

  int n_;
  FakedRun run_;
};

/// The values are made in the process that is measured; what they took is free again by then and
/// would hide what the analysis takes, so the memory is given back first.
int64_t concluding(int requests) {
  LargeRun run(requests);
  malloc_trim(0);
  return test::peak_of([&] { run.conclude(); });
}

// The contract of `assay run`: what the coordinator holds does not grow with the requests.
TEST(ReportMemory, ComparingHoldsNoRequests) {
  if (!test::kMemoryCanBeMeasured) GTEST_SKIP() << "a sanitizer keeps what is freed";
  const auto few = test::in_child([&] { return concluding(kFew); });
  const auto many = test::in_child([&] { return concluding(kMany); });
  ASSERT_TRUE(few && many);
  EXPECT_LE(*many, *few + kSlack);
}

}  // namespace
}  // namespace assay::analysis

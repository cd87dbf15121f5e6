#include <gmock/gmock.h>

#include "../peak_memory.h"
#include "sample_run.h"

namespace assay::results {
namespace {

constexpr int64_t kShard = 8192;
constexpr int64_t kFew = 400 * kShard / 8, kMany = 4 * kFew;  // 409,600 and 1,638,400
/// Of what grows with requests not a byte a request may be left.
constexpr int64_t kSlack = 2 << 20;

/// What recording a request set takes, beyond what is asked for it.
int64_t recording(const std::string& path, int64_t requests) {
  const auto n = static_cast<size_t>(requests);
  std::vector<int32_t> users(n), truth(n);
  std::vector<int64_t> times(n), offsets(n + 1);
  for (size_t r = 0; r <= n; ++r) offsets[r] = static_cast<int64_t>(r);
  auto database = Database::open_or_create(path);
  const std::string id = "someone whose name is not short";
  return test::peak_of([&] {
    database.write(RequestSetRow{.request_set = "r",
                                 .prepared_hash = "h",
                                 .fold = "all",
                                 .window = "test",
                                 .user_ids = {n, [&](size_t) { return std::string_view(id); }},
                                 .users = users,
                                 .times = times,
                                 .truth_offsets = offsets,
                                 .truth_items = truth,
                                 .history_offsets = offsets,
                                 .history_items = truth});
  });
}

/// A part with some shards of a trial, each with eight columns of values: more than pages are held.
std::string part_with_values(const std::string& path, int shards) {
  PartWriter part(path, {path, "evaluate"});
  part.host(sample::host_facts());
  const std::vector<float> values(kShard, 0.25F);
  for (int shard = 0; shard < shards; ++shard) {
    const auto id = part.begin_shard({.trial_key = "c",
                                      .shard = shard,
                                      .shards = shards,
                                      .first_request = shard * kShard,
                                      .requests = kShard});
    for (int cutoff = 1; cutoff <= 8; ++cutoff)
      part.values(id, {"served", sample::kNdcg, cutoff}, values);
    part.end_shard(id, 0.25);
  }
  part.finish();
  return path;
}

/// What joining the shards of a trial takes.
int64_t joining(const std::string& path, int64_t requests) {
  auto database = Database::open_or_create(path);
  const int64_t run = sample::begin_sample(database);
  const std::string part = part_with_values(path + ".part", static_cast<int>(requests / kShard));
  return test::peak_of([&] { database.merge(part, run, sample::coverage); });
}

struct ResultsMemory : ::testing::Test {
  void SetUp() override {
    if (!test::kMemoryCanBeMeasured) GTEST_SKIP() << "a sanitizer keeps what is freed";
  }

  void expect_no_growth(int64_t (*work)(const std::string&, int64_t)) {
    const auto few = test::in_child([&] { return work(folder / "few.sqlite", kFew); });
    const auto many = test::in_child([&] { return work(folder / "many.sqlite", kMany); });
    ASSERT_TRUE(few && many);
    EXPECT_LE(*many, *few + kSlack);
  }

  sample::Folder folder;
};

TEST_F(ResultsMemory, RecordingRequestsHoldsNoneOfThem) { expect_no_growth(recording); }

TEST_F(ResultsMemory, JoiningShardsHoldsOneAtATime) { expect_no_growth(joining); }

}  // namespace
}  // namespace assay::results

#include <gmock/gmock.h>

#include <random>

#include "sample_run.h"

namespace assay::results {
namespace {

constexpr int64_t kRequests = 10'000, kBatch = 1000;
constexpr int kShards = 4, kSlots = 20, kColumns = 40;
constexpr double kBudget = 1.5e9 * 3 * kRequests / (30 * 100'000.0);

// The promise: 10 variants x 3 seeds x 100,000 requests x slates of 20 stay under 1.5 GB. Size is
// proportional to requests x trials, so a tenth of the requests of three trials must stay under a
// hundredth of it.
TEST(Size, OfABigExperimentStaysUnderOneAndAHalfGigabytes) {
  const sample::Folder folder;
  auto database = Database::open_or_create(folder / "x.sqlite");
  const int64_t run = sample::begin_sample(database);
  std::mt19937 random(1);
  std::vector<int32_t> items(kBatch * kSlots);
  std::vector<float> scores(kBatch * kSlots), values(kRequests / kShards);
  const auto slates_of = [&](int64_t first, int64_t rows) {
    const auto cells = static_cast<size_t>(rows) * kSlots;
    for (auto& item : items) item = static_cast<int32_t>(random() % 41'000);
    for (auto& score : scores) score = static_cast<float>(random()) / 4e9F;
    return SlateChunk{
        first, kSlots, std::span(items).first(cells), std::span(scores).first(cells), {}};
  };
  // All trials advance together: the worst case for what waits for its last shard.
  for (int shard = 0; shard < kShards; ++shard) {
    const std::string path = folder / ("p" + std::to_string(shard));
    PartWriter part(path, {std::to_string(shard), "evaluate"});
    for (const char* key : {"c", "d1", "d2"}) {
      const int64_t first = shard * (kRequests / kShards);
      const auto id = part.begin_shard({.trial_key = key,
                                        .shard = shard,
                                        .shards = kShards,
                                        .first_request = first,
                                        .requests = kRequests / kShards});
      for (int64_t batch = first; batch < first + kRequests / kShards;) {
        const auto rows = std::min<int64_t>(kBatch, first + kRequests / kShards - batch);
        part.slates(id, slates_of(batch, rows));
        batch += rows;
      }
      for (auto& value : values) value = static_cast<float>(random()) / 4e9F;
      for (int column = 0; column < kColumns; ++column) {
        part.values(id, {"served", sample::kNdcg, column + 1}, values);
      }
      part.end_shard(id, 1);
    }
    part.finish();
    database.merge(path, run, {});
  }
  database.close();
  const auto bytes = std::filesystem::file_size(folder / "x.sqlite");
  EXPECT_LT(static_cast<double>(bytes), kBudget);
  RecordProperty("bytes_of_the_big_one", std::to_string(bytes * 100));
  std::printf("the big one would take %.2f GB\n", static_cast<double>(bytes) * 100 / 1e9);
}

}  // namespace
}  // namespace assay::results

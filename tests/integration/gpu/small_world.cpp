#include "integration/gpu/small_world.h"

#include <unistd.h>

#include <filesystem>
#include <string>

#include "dataset/columns.h"
#include "dataset/imported.h"
#include "dataset/prepare.h"
#include "dataset/time.h"

namespace assay::testing {
namespace {

constexpr int kUsers = 600, kItems = 400, kGroups = 5, kEvents = 12'000;

dataset::Dataset make_dataset() {
  dataset::Dataset data;
  uint64_t state = 11;
  const auto draw = [&state](uint64_t below) {
    state = state * 6364136223846793005u + 1442695040888963407u;
    return static_cast<int32_t>((state >> 33) % below);
  };
  for (int user = 0; user < kUsers; ++user) data.users.ids.add(std::to_string(user));
  for (int item = 0; item < kItems; ++item) data.items.ids.add(std::to_string(item));
  for (int event = 0; event < kEvents; ++event) {
    const int32_t user = draw(kUsers);
    const int32_t item =
        draw(3) ? user % kGroups * (kItems / kGroups) + draw(kItems / kGroups) : draw(kItems);
    data.events.user.push_back(user);
    data.events.item.push_back(item);
    data.events.time_us.push_back((1'600'000'000 + event * 100) * dataset::kMicroseconds);
  }
  dataset::FeatureColumn group{.name = "group", .type = "category"},
      price{.name = "price", .type = "number"};
  for (int item = 0; item < kItems; ++item) {
    group.category.push_back(item / (kItems / kGroups));
    price.number.push_back(static_cast<float>(draw(1000)) / 10);
  }
  for (int label = 0; label < kGroups; ++label) group.labels.add("group" + std::to_string(label));
  data.items.features = {group, price};
  return data;
}

}  // namespace

dataset::PreparedData small_world() {
  const auto folder =
      std::filesystem::temp_directory_path() / ("assay-gpu-" + std::to_string(::getpid()));
  std::filesystem::create_directories(folder);
  const std::string imported = (folder / "imported.safetensors").string();
  write_imported(make_dataset(),
                 {{"format", "made"}, {"files", nlohmann::json::array()}, {"value", ""}}, imported);
  task::DatasetSpec spec;
  spec.name = "world";
  spec.split = {
      .method = task::SplitMethod::global_time, .rank = 0.15, .validation = 0.1, .test = 0.2};
  const dataset::PreparedRef prepared = dataset::prepare({imported, "world", {{"format", "made"}}},
                                                         {}, spec, {}, {}, 1, folder.string());
  const dataset::PreparedData data = dataset::PreparedData::open(prepared.path);
  std::filesystem::remove_all(folder);  // what is mapped stays
  return data;
}

}  // namespace assay::testing

#include <gtest/gtest.h>
#include <sys/resource.h>

#include <fstream>
#include <string>

#include "../peak_memory.h"
#include "dataset/requests.h"
#include "dataset/time.h"

namespace assay::dataset {
namespace {

constexpr int32_t kPast = 20;  // events of a user before the one that is asked for

// Users who did kPast things, then one in the test window.
Events log_of(int32_t users) {
  Events events;
  events.users = users;
  events.items = 100;
  for (int32_t at = 0; at <= kPast; ++at) {
    for (int32_t user = 0; user < users; ++user) {
      events.user.push_back(user);
      events.item.push_back((user + at) % 100);
      events.time_us.push_back(at * kMicroseconds);
      events.window.push_back(
          static_cast<uint8_t>(at < kPast ? task::Window::train : task::Window::test));
    }
  }
  return events;
}

// Memory of this process that is its own (what RLIMIT_DATA counts), in bytes.
int64_t own_bytes() {
  std::ifstream status("/proc/self/status");
  for (std::string line; std::getline(status, line);) {
    if (line.starts_with("VmData:")) return std::stoll(line.substr(7)) * 1024;
  }
  return 0;
}

// Histories and excluded items of these requests take 2 x 20 x 8 x 400,000 = 128 MB.
TEST(RequestsMemory, RequestsNeedLittleOfTheirOwn) {
  if (!test::kMemoryCanBeMeasured) GTEST_SKIP() << "a sanitizer keeps what is freed";
  const auto built = test::in_child([] {
    const Events events = log_of(400'000);
    const Warm warm = find_warm(events);
    const int64_t most = own_bytes() + (int64_t{130} << 20);
    const rlimit limit{static_cast<rlim_t>(most), static_cast<rlim_t>(most)};
    if (::setrlimit(RLIMIT_DATA, &limit) != 0) return int64_t{-1};
    return build_requests(events, warm, task::Window::test, {}, {}).size();
  });
  EXPECT_EQ(built, 400'000);
}

}  // namespace
}  // namespace assay::dataset

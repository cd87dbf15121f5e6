#pragma once

#include <sys/wait.h>
#include <unistd.h>

#include <cstdint>
#include <cstdlib>
#include <fstream>
#include <functional>
#include <iostream>
#include <limits>
#include <optional>
#include <string>

/// What a piece of work holds in memory at most, measured in a process of its own.
namespace assay::test {

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
inline constexpr bool kMemoryCanBeMeasured =
    false;  // what a sanitizer keeps of freed memory counts
#else
inline constexpr bool kMemoryCanBeMeasured = true;
#endif

/// "VmHWM" or "VmRSS" of this process, in bytes.
inline int64_t status_bytes(const std::string& key) {
  std::ifstream status("/proc/self/status");
  for (std::string word; status >> word;) {
    int64_t kilobytes = 0;
    if (word == key + ":" && status >> kilobytes) return 1024 * kilobytes;
  }
  return -1;
}

/// Runs `body` in a child process and gives back the number that it returns; none where it threw,
/// or ended otherwise.
inline std::optional<int64_t> in_child(const std::function<int64_t()>& body) {
  int ends[2];
  if (pipe(ends) != 0) return std::nullopt;
  const pid_t child = fork();
  if (child == 0) {
    try {
      const int64_t number = body();
      const bool told = write(ends[1], &number, sizeof number) == sizeof number;
      _exit(told ? 0 : 1);
    } catch (const std::exception& error) {
      std::cerr << error.what() << std::endl;
      _exit(1);
    }
  }
  close(ends[1]);
  int64_t number = 0;
  const bool told = read(ends[0], &number, sizeof number) == sizeof number;
  close(ends[0]);
  int status = 0;
  waitpid(child, &status, 0);
  return told && status == 0 ? std::optional(number) : std::nullopt;
}

/// By how many bytes `work` makes this process larger at most.
inline int64_t peak_of(const std::function<void()>& work) {
  std::ofstream("/proc/self/clear_refs") << "5";  // forgets the peak so far
  const int64_t before = status_bytes("VmRSS");
  work();
  return status_bytes("VmHWM") - before;
}

}  // namespace assay::test

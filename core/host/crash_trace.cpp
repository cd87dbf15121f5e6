#include "host/crash_trace.h"

#include <dlfcn.h>
#include <execinfo.h>
#include <signal.h>
#include <unistd.h>

#include <array>
#include <cstdint>
#include <cstring>
#include <string_view>

#include "task/crash_trace.h"

namespace assay::host {

namespace {

constexpr int kMostFrames = 48;
constexpr size_t kStackBytes = 64 * 1024;

// What is called in the handler may not allocate, lock or format.

void put(std::string_view text) {
  [[maybe_unused]] const ssize_t written = ::write(STDERR_FILENO, text.data(), text.size());
}

void put_hex(uintptr_t value) {
  std::array<char, 18> text{};
  size_t at = text.size();
  do {
    text[--at] = "0123456789abcdef"[value % 16];
    value /= 16;
  } while (value != 0);
  text[--at] = 'x';
  text[--at] = '0';
  put({text.data() + at, text.size() - at});
}

void put_frame(void* address, bool is_return) {
  // A return address may already belong to the next line.
  const uintptr_t call = reinterpret_cast<uintptr_t>(address) - (is_return ? 1 : 0);
  Dl_info found{};
  if (::dladdr(reinterpret_cast<void*>(call), &found) == 0 || found.dli_fname == nullptr) return;
  put(task::kFrameMark);
  put_hex(call - reinterpret_cast<uintptr_t>(found.dli_fbase));
  put(" ");
  put(found.dli_sname == nullptr ? "-" : found.dli_sname);
  put(" ");
  put(found.dli_fname);
  put("\n");
}

void on_crash(int signal) {
  std::array<void*, kMostFrames> frames{};
  const int count = ::backtrace(frames.data(), kMostFrames);
  put("\n");
  // The first two are this function and the kernel's; the third is where it happened.
  for (int i = 2; i < count; ++i) put_frame(frames[static_cast<size_t>(i)], i > 2);
  ::raise(signal);  // the handler was removed when it was called
}

}  // namespace

void trace_crashes() {
  std::array<void*, 1> first{};
  ::backtrace(first.data(), 1);  // loads what it needs, which a handler may not do
  static std::array<char, kStackBytes> stack;
  const stack_t alternative{.ss_sp = stack.data(), .ss_flags = 0, .ss_size = stack.size()};
  ::sigaltstack(&alternative, nullptr);
  for (const int crash : {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT}) {
    struct sigaction now {};
    ::sigaction(crash, nullptr, &now);
    if (now.sa_handler != SIG_DFL) continue;
    struct sigaction ours {};
    ours.sa_handler = on_crash;
    ours.sa_flags = static_cast<int>(SA_ONSTACK | SA_RESETHAND | SA_NODEFER);
    ::sigaction(crash, &ours, nullptr);
  }
}

}  // namespace assay::host

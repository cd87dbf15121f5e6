#include <fmt/format.h>
#include <malloc.h>

#include <algorithm>
#include <cmath>
#include <fstream>
#include <optional>
#include <string>

#include "conformance/check.h"
#include "host/guard.h"

namespace assay::conformance {

namespace {

/// Less than this is noise of the allocator and of libraries that set themselves up.
constexpr int64_t kFloor = 4 << 20;
/// The world grows until the strategy declares more than the floor, but not beyond: a declaration
/// that is far too low shows there too.
constexpr int64_t kMostCopies = 64;

/// Positive pairs of a training view, each once.
DataSizes sizes_of(const TrainingView& view) {
  DataSizes sizes;
  sizes.users = view.users;
  sizes.items = view.items;
  sizes.events = view.size();
  sizes.positives = view.by_user.values.size(0);
  const int64_t* offset = view.by_user.offsets.const_data_ptr<int64_t>();
  for (int64_t user = 0; user < view.users; ++user) {
    const auto length = static_cast<double>(offset[user + 1] - offset[user]);
    sizes.squared_lengths += length * length;
  }
  return sizes;
}

/// A line of /proc/self/status in bytes, such as "VmHWM:".
int64_t status_bytes(const std::string& name) {
  std::ifstream in("/proc/self/status");
  for (std::string line; std::getline(in, line);)
    if (line.starts_with(name)) return std::stoll(line.substr(name.size())) * 1024;
  return 0;
}

/// Sets the peak of this process back to what it holds now; false where the system does not let us.
bool forget_peak() {
  std::ofstream out("/proc/self/clear_refs");
  out << "5";
  return static_cast<bool>(out.flush());
}

/// How much more memory this process held at its peak while `body` ran.
template <typename Body>
std::optional<int64_t> peak_of(const Body& body) {
  // What is freed goes back at once, so that it is counted again when it is asked for again.
  ::mallopt(M_MMAP_THRESHOLD, 64 << 10);
  ::malloc_trim(0);
  if (!forget_peak()) return std::nullopt;
  const int64_t before = status_bytes("VmRSS:");
  body();
  return std::max<int64_t>(0, status_bytes("VmHWM:") - before);
}

std::optional<int64_t> measured_fit(const Subject& subject, const TinyWorld& world) {
  const auto strategy = subject.make();
  TinyLabelled labelled(subject.traits().learns_from_candidates, true, subject.data());
  TinyFit context(world, subject.fit_inputs(world), {}, [](int64_t) { return 0.5; });
  return peak_of([&] { subject.fit(*strategy, context, world, labelled); });
}

MemoryUse declared(const Subject& subject, const DataSizes& sizes) {
  return host::guarded("memory(sizes, params)",
                       [&] { return subject.entry().memory(sizes, subject.params()); });
}

std::string mebibytes(int64_t bytes) {
  return fmt::format("{:.1f} MiB", static_cast<double>(bytes) / (1 << 20));
}

bool is_half_wrong(int64_t declared, int64_t measured) {
  if (std::max(declared, measured) < kFloor) return false;
  return std::abs(static_cast<double>(declared - measured)) > 0.5 * static_cast<double>(measured);
}

Finding memory_of_fit(const Subject& subject) {
  if (!subject.entry().memory) return Finding::not_applicable("it declares no memory");
  for (const ParamSpec& spec : subject.entry().schema.params)
    if (spec.type == ParamType::input)
      return Finding::not_applicable("its inputs are made for the tiny data alone");
  std::unique_ptr<const TinyWorld> world;
  MemoryUse use;
  for (int64_t copies = 1; copies <= kMostCopies; copies *= 2) {
    world = std::make_unique<const TinyWorld>(subject.data(), copies);
    use = declared(subject, sizes_of(world->training));
    if (use.fit < 0 || use.serve < 0)
      return Finding::failed(
          fmt::format("memory says {} bytes for fit and {} for serving", use.fit, use.serve));
    if (use.fit >= kFloor) break;
  }
  std::optional<int64_t> took = measured_fit(subject, *world);
  // A first fit of this size may have set up a library that it calls.
  if (took && is_half_wrong(use.fit, *took)) took = measured_fit(subject, *world);
  if (!took) return Finding::not_applicable("this system does not tell the peak of a process");
  if (!is_half_wrong(use.fit, *took)) return Finding::held();
  return Finding::failed(fmt::format(
      "memory declares {} for a fit of {} users, {} items and {} events, which took {}; they may "
      "differ by half of what it took",
      mebibytes(use.fit), world->training.users, world->training.items, world->training.size(),
      mebibytes(*took)));
}

}  // namespace

std::vector<Check> memory_checks() {
  return {{"memory tells what a fit takes, within half", kAllStrategies, memory_of_fit}};
}

}  // namespace assay::conformance

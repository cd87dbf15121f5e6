#include "timing/disturbance.h"

#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <fstream>
#include <sstream>

#include "task/breadcrumb.h"

namespace assay::timing {
namespace {

double ticks_per_s() { return static_cast<double>(::sysconf(_SC_CLK_TCK)); }

double cores() { return static_cast<double>(std::max(1L, ::sysconf(_SC_NPROCESSORS_ONLN))); }

ResourceReading reading_of(double seconds, const char* name, std::optional<double> value,
                           const char* reason) {
  return {seconds, name, value, value ? "" : reason};
}

}  // namespace

// user nice system idle iowait irq softirq steal guest guest_nice: the guests' times are in the
// first two already (proc(5)).
std::optional<CpuTimes> read_cpu_times(std::istream& stat, double ticks) {
  std::string line, name;
  if (!std::getline(stat, line)) return std::nullopt;
  std::istringstream in(line);
  double user = 0, nice = 0, system = 0, idle = 0, waiting = 0, irq = 0, softirq = 0, steal = 0;
  if (!(in >> name >> user >> nice >> system >> idle >> waiting >> irq >> softirq) || name != "cpu")
    return std::nullopt;
  in >> steal;  // Linux before 2.6.11 has none
  return CpuTimes{(user + nice + system + irq + softirq) / ticks, steal / ticks};
}

std::optional<double> read_waited_s(std::istream& pressure) {
  constexpr std::string_view kTotal = "total=";
  std::string word;
  if (!(pressure >> word) || word != "some") return std::nullopt;
  while (pressure >> word) {
    if (!word.starts_with(kTotal)) continue;
    std::istringstream in(word.substr(kTotal.size()));
    double microseconds = 0;
    if (in >> microseconds) return microseconds * 1e-6;
  }
  return std::nullopt;
}

DisturbanceMeter::Counters DisturbanceMeter::read() {
  Counters now;
  now.ns = task::monotonic_ns();
  now.own_cpu_s = process_cpu_seconds();
  rusage usage{};
  if (::getrusage(RUSAGE_SELF, &usage) == 0) now.switches = usage.ru_nivcsw;
  std::ifstream stat("/proc/stat");
  now.cores = read_cpu_times(stat, ticks_per_s());
  std::ifstream pressure("/proc/pressure/cpu");
  now.waited_s = read_waited_s(pressure);
  return now;
}

DisturbanceMeter::DisturbanceMeter() : start_(read()) {}

std::vector<ResourceReading> DisturbanceMeter::stop() const {
  const Counters end = read();
  const double seconds = std::max(1e-9, static_cast<double>(end.ns - start_.ns) * 1e-9);
  std::optional<double> others, stolen, waited, switches;
  if (start_.cores && end.cores) {
    // Each core's count may be a tick late at both ends.
    const double late_s = 2 * cores() / ticks_per_s();
    const double busy_s = end.cores->busy_s - start_.cores->busy_s;
    const double own_s = end.own_cpu_s - start_.own_cpu_s;
    others = std::max(0.0, busy_s - own_s - late_s) / (seconds * cores());
    const double taken_s = end.cores->stolen_s - start_.cores->stolen_s;
    stolen = std::max(0.0, taken_s - late_s) / (seconds * cores());
  }
  if (start_.waited_s && end.waited_s)
    waited = std::clamp((*end.waited_s - *start_.waited_s) / seconds, 0.0, 1.0);
  if (start_.switches && end.switches)
    switches = static_cast<double>(*end.switches - *start_.switches) / seconds;
  return {reading_of(seconds, "others_cpu_share", others, "/proc/stat cannot be read"),
          reading_of(seconds, "cpu_wait_share", waited, "/proc/pressure/cpu cannot be read"),
          reading_of(seconds, "steal_share", stolen, "/proc/stat cannot be read"),
          reading_of(seconds, "involuntary_switches_per_s", switches, "getrusage failed")};
}

}  // namespace assay::timing

#pragma once

/// Time zones by their IANA names, from the database of the system (tzdata).

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace assay::clock {

struct PosixRule;

/// When clocks of a zone showed what. Threads may share it.
class TimeZone {
 public:
  /// What cannot be used as a zone, to be read after its name: "is not in the database of time
  /// zones; ..."; empty where find() gives it.
  static std::string problem(const std::string& name);

  /// Null where problem() is not empty.
  static std::shared_ptr<const TimeZone> find(const std::string& name);

  /// UTC of a time that clocks of the zone showed, both in microseconds since 1970. Of two (clocks
  /// were turned back) the earlier; none where they were turned forward over it.
  std::optional<int64_t> utc_of(int64_t local_us) const;

  const std::string& name() const { return name_; }

 private:
  /// The clock from a time on.
  struct Period {
    int64_t begin_s;   ///< UTC
    int64_t offset_s;  ///< east of Greenwich
  };
  TimeZone(std::string name, std::vector<Period> periods)
      : name_(std::move(name)), periods_(std::move(periods)) {}
  static std::optional<std::vector<Period>> periods_of(const std::string& bytes);
  /// Adds what a rule says after the last period.
  static void add_years(const PosixRule& rule, std::vector<Period>& periods);

  std::string name_;
  std::vector<Period> periods_;  // ascending; the first begins with time
};

/// The folder of the database: TZDIR, else where systems have it; "" where there is none.
std::string zone_folder();

/// The names in it, sorted.
std::vector<std::string> zone_names();

}  // namespace assay::clock

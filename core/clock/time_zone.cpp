#include "clock/time_zone.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <limits>
#include <string_view>

#include "clock/posix_rule.h"
#include "error/error.h"
#include "text/lower_case.h"

namespace assay::clock {
namespace {

namespace fs = std::filesystem;

constexpr int64_t kSecondUs = 1'000'000;
constexpr int64_t kMostOffset = 26 * 3600;  // that a clock of the database was ever off
constexpr int kLastYear = 2100;             // up to which rules are spelt out
constexpr std::string_view kMagic = "TZif";
constexpr size_t kHeader = 44;

/// Counts of a block of a TZif file (RFC 9636, section 3).
struct Block {
  std::string_view bytes;  // behind its header
  size_t isut, isstd, leaps, times, types, characters;

  size_t size(size_t time_size) const {
    return times * (time_size + 1) + types * 6 + characters + leaps * (time_size + 4) + isstd +
           isut;
  }
};

// Big-endian, of two's complement.
int64_t integer(std::string_view bytes, size_t at, size_t size) {
  uint64_t value = static_cast<unsigned char>(bytes[at]) >= 0x80 ? ~uint64_t{0} : 0;
  for (size_t i = 0; i < size; ++i) value = value << 8 | static_cast<unsigned char>(bytes[at + i]);
  return static_cast<int64_t>(value);
}

std::optional<Block> block_at(std::string_view bytes, size_t at) {
  if (bytes.size() < at + kHeader || bytes.substr(at, kMagic.size()) != kMagic) return std::nullopt;
  std::array<size_t, 6> counts{};
  for (size_t i = 0; i < counts.size(); ++i)
    counts[i] = static_cast<size_t>(integer(bytes, at + 20 + 4 * i, 4)) & 0xFFFF'FFFF;
  return Block{
      bytes.substr(at + kHeader), counts[0], counts[1], counts[2], counts[3], counts[4], counts[5]};
}

// Letters and what stands between them; never a way out of the folder.
bool is_zone_name(const std::string& name) {
  return !name.empty() && name.front() != '/' && name.find("..") == name.npos &&
         std::ranges::all_of(name, [](char c) {
           return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ||
                  c == '/' || c == '_' || c == '-' || c == '+';
         });
}

/// The bytes of a zone's file; "" where there is none.
std::string bytes_of(const std::string& name) {
  const std::string folder = zone_folder();
  const fs::path path = fs::path(folder) / name;
  std::error_code ignored;
  if (folder.empty() || !is_zone_name(name) || !fs::is_regular_file(path, ignored)) return "";
  std::ifstream in(path, std::ios::binary);
  std::string bytes((std::istreambuf_iterator<char>(in)), std::istreambuf_iterator<char>());
  return bytes.starts_with(kMagic) ? bytes : "";
}

// "Shanghai" or "asia/shanghai" for Asia/Shanghai.
std::optional<std::string> meant(const std::string& name) {
  const std::vector<std::string> names = zone_names();
  const std::string small = text::lower_case(name);
  for (const std::string& known : names) {
    const std::string other = text::lower_case(known);
    if (other == small || other.ends_with("/" + small)) return known;
  }
  return error::near_name(name, names);
}

}  // namespace

std::string zone_folder() {
  if (const char* named = std::getenv("TZDIR")) return named;
  for (const char* folder : {"/usr/share/zoneinfo", "/usr/share/lib/zoneinfo", "/usr/lib/zoneinfo",
                             "/etc/zoneinfo", "/var/db/timezone/zoneinfo"}) {
    std::error_code ignored;
    if (fs::is_directory(folder, ignored)) return folder;
  }
  return "";
}

std::vector<std::string> zone_names() {
  std::vector<std::string> names;
  const fs::path folder = zone_folder();
  std::error_code ignored;
  for (fs::recursive_directory_iterator at(folder, ignored), end; at != end;
       at.increment(ignored)) {
    const std::string name = at->path().lexically_relative(folder).string();
    // Other files, and the copies in posix/ and right/, begin with small letters.
    if (is_zone_name(name) && name.front() >= 'A' && name.front() <= 'Z' &&
        at->is_regular_file(ignored) && at->path().extension().empty())
      names.push_back(name);
  }
  std::ranges::sort(names);
  return names;
}

std::string TimeZone::problem(const std::string& name) {
  if (find(name)) return "";
  const std::string folder = zone_folder();
  std::error_code ignored;
  if (!fs::is_directory(folder, ignored)) {
    return fmt::format(
        "cannot be looked up, since this machine has no database of time zones{}; install tzdata, "
        "or let TZDIR name its folder",
        folder.empty() ? "" : " in " + folder);
  }
  const std::optional<std::string> near = meant(name);
  return fmt::format("is no time zone that this machine knows; {}",
                     near ? fmt::format("did you mean \"{}\"?", *near)
                          : "expected an IANA name such as Asia/Shanghai or UTC");
}

std::shared_ptr<const TimeZone> TimeZone::find(const std::string& name) {
  std::optional<std::vector<Period>> periods = periods_of(bytes_of(name));
  if (!periods) return nullptr;
  return std::shared_ptr<const TimeZone>(new TimeZone(name, std::move(*periods)));
}

void TimeZone::add_years(const PosixRule& rule, std::vector<Period>& periods) {
  std::vector<Period> all;
  for (int year = 1970; year <= kLastYear; ++year) {
    all.push_back(
        {rule.summer_begins.in_year(year) - rule.standard_offset_s, rule.summer_offset_s});
    all.push_back({rule.summer_ends.in_year(year) - rule.summer_offset_s, rule.standard_offset_s});
  }
  std::ranges::sort(all, {}, &Period::begin_s);
  const int64_t last = periods.back().begin_s;
  for (const Period& period : all)
    if (period.begin_s > last) periods.push_back(period);
}

// Version 2 and later have a second block, with times of 64 bits, and a rule behind it.
std::optional<std::vector<TimeZone::Period>> TimeZone::periods_of(const std::string& bytes) {
  std::optional<Block> block = block_at(bytes, 0);
  if (!block) return std::nullopt;
  const bool is_long = bytes[4] >= '2';
  if (is_long) block = block_at(bytes, kHeader + block->size(4));
  const size_t time_size = is_long ? 8 : 4;
  if (!block || block->types == 0 || block->bytes.size() < block->size(time_size))
    return std::nullopt;
  const size_t types = block->times * (time_size + 1);
  const auto offset_of = [&](size_t type) { return integer(block->bytes, types + 6 * type, 4); };
  std::vector<Period> out = {{std::numeric_limits<int64_t>::min(), offset_of(0)}};
  for (size_t i = 0; i < block->times; ++i) {
    const auto type = static_cast<unsigned char>(block->bytes[block->times * time_size + i]);
    if (type >= block->types) return std::nullopt;
    out.push_back({integer(block->bytes, i * time_size, time_size), offset_of(type)});
  }
  std::string_view footer = is_long ? block->bytes.substr(block->size(8)) : std::string_view();
  if (footer.starts_with('\n')) footer = footer.substr(1, footer.find('\n', 1) - 1);
  if (const auto rule = PosixRule::parse(footer); rule && rule->has_summer) add_years(*rule, out);
  return out;
}

std::optional<int64_t> TimeZone::utc_of(int64_t local_us) const {
  const int64_t local_s = local_us / kSecondUs - (local_us % kSecondUs < 0);
  const auto first =
      std::ranges::upper_bound(periods_, local_s - kMostOffset, {}, &Period::begin_s);
  for (auto period = first - 1; period != periods_.end(); ++period) {
    const int64_t utc_s = local_s - period->offset_s;
    if (period->begin_s > local_s + kMostOffset) break;
    const bool ended = period + 1 != periods_.end() && utc_s >= (period + 1)->begin_s;
    if (utc_s >= period->begin_s && !ended) return local_us - period->offset_s * kSecondUs;
  }
  return std::nullopt;
}

}  // namespace assay::clock

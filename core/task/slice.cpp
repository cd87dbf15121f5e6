#include "task/slice.h"

#include <fmt/core.h>

#include <algorithm>
#include <charconv>
#include <functional>

#include "error/error.h"

namespace assay::task {

namespace {

constexpr int64_t kMostParts = 100;

[[noreturn]] void refuse(std::string_view text) {
  throw error::UserError(
      fmt::format("{}, which is not a slice; it must be users: activity, items: activity, "
                  "user.<feature>, item.<feature> or time: <parts, 2 to {}>",
                  text, kMostParts));
}

int64_t parts_of(std::string_view text, std::string_view number) {
  int64_t parts = 0;
  const auto [end, error] = std::from_chars(number.data(), number.data() + number.size(), parts);
  const bool whole = error == std::errc() && end == number.data() + number.size();
  if (!whole || parts < 2 || parts > kMostParts) refuse(text);
  return parts;
}

}  // namespace

SliceSpec parse_slice(std::string_view text) {
  constexpr std::string_view kTime = "time: ";
  if (text == "users: activity") return {SliceSpec::Of::users, "", 0};
  if (text == "items: activity") return {SliceSpec::Of::items, "", 0};
  if (text.starts_with(kTime)) {
    return {SliceSpec::Of::time, "", parts_of(text, text.substr(kTime.size()))};
  }
  for (const std::string_view kind : {"user.", "item."}) {
    if (!text.starts_with(kind) || text.size() == kind.size()) continue;
    return {kind == "user." ? SliceSpec::Of::users : SliceSpec::Of::items,
            std::string(text.substr(kind.size())), 0};
  }
  refuse(text);
}

std::string slice_text(const SliceSpec& spec) {
  if (spec.of == SliceSpec::Of::time) return fmt::format("time: {}", spec.parts);
  const bool users = spec.of == SliceSpec::Of::users;
  if (spec.feature.empty()) return users ? "users: activity" : "items: activity";
  return (users ? "user." : "item.") + spec.feature;
}

std::vector<int32_t> activity_of(const std::vector<int64_t>& events) {
  std::vector<int64_t> active;
  for (const int64_t count : events) {
    if (count > 0) active.push_back(count);
  }
  std::ranges::sort(active, std::greater());
  const size_t fifth = (active.size() + 4) / 5;  // rounded up
  std::vector<int32_t> labels;
  for (const int64_t count : events) {
    labels.push_back(count == 0 ? 0 : count >= active[fifth - 1] ? 2 : 1);
  }
  return labels;
}

std::string slice_name(const SliceSpec& spec, std::string_view label) {
  if (spec.of == SliceSpec::Of::time) return fmt::format("time: {}", label);
  const std::string text = slice_text(spec);
  return fmt::format("{}: {}", spec.feature.empty() ? text.substr(0, text.find(':')) : text, label);
}

}  // namespace assay::task

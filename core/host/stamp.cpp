#include "host/stamp.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <cstring>
#include <string_view>
#include <vector>

#include "host/refused.h"

namespace assay::host {

namespace {

constexpr char kRebuild[] = "build it again with this assay's CMake package";

template <size_t size>
std::string_view text_of(const char (&field)[size]) {
  return {field, ::strnlen(field, size)};
}

std::string compiler_text(const Stamp& stamp) {
  const std::string_view name = text_of(stamp.compiler);
  return fmt::format("{} {}",
                     name == "gcc"     ? "g++"
                     : name == "clang" ? "clang++"
                                       : name,
                     stamp.compiler_major);
}

/// 202002 is C++20.
std::string standard_text(const Stamp& stamp) {
  return fmt::format("C++{}", stamp.cpp_standard / 100 % 100);
}

std::string standard_library_text(const Stamp& stamp) {
  return fmt::format("the {} libstdc++ ABI", stamp.libstdcxx_abi == 1 ? "new" : "old");
}

std::string cuda_text(const Stamp& stamp) {
  return stamp.cuda == 1 ? "LibTorch with CUDA" : "LibTorch without CUDA";
}

std::string containers_text(const Stamp& stamp) {
  return stamp.checked_stl == 1 ? "containers of _GLIBCXX_DEBUG" : "ordinary containers";
}

std::string sanitizer_text(const Stamp& stamp) {
  const std::string_view name = text_of(stamp.sanitizer);
  return name.empty() ? "no sanitizer" : fmt::format("sanitizer {}", name);
}

std::string torch_text(const Stamp& stamp) { return fmt::format("torch {}", text_of(stamp.torch)); }

/// What must be equal, and how to say it.
using FieldText = std::string (*)(const Stamp&);
constexpr FieldText kExact[] = {
    torch_text,      cuda_text,     compiler_text, standard_text, standard_library_text,
    containers_text, sanitizer_text};

std::string sdk_text(const Stamp& stamp) {
  return fmt::format("SDK {}.{}", stamp.sdk_major, stamp.sdk_minor);
}

void check_sdk(const std::string& path, const Stamp& theirs, const Stamp& ours) {
  if (theirs.sdk_major != ours.sdk_major)
    throw PluginRefused(path, task::ProbeCode::other_sdk,
                        fmt::format("is built for plugin {}, but this assay has {}: {}, after the "
                                    "changes that docs/upgrading.md lists",
                                    sdk_text(theirs), sdk_text(ours), kRebuild));
  if (theirs.sdk_minor > ours.sdk_minor)
    throw PluginRefused(
        path, task::ProbeCode::other_sdk,
        fmt::format("needs plugin {}, but this assay has {}; use a newer assay, or {}",
                    sdk_text(theirs), sdk_text(ours), kRebuild));
}

}  // namespace

Stamp parse_note(const std::string& path, std::span<const std::byte> note) {
  const auto refuse = [&](std::string_view what) {
    throw PluginRefused(
        path, task::ProbeCode::damaged_note,
        fmt::format("has a damaged note .note.assay ({}); build or copy it again", what));
  };
  constexpr size_t before = offsetof(StampNote, stamp);
  StampNote found{};
  if (note.size() < before) refuse(fmt::format("{} bytes", note.size()));
  std::memcpy(&found, note.data(), std::min(note.size(), sizeof found));
  if (found.name_size != 6 || text_of(found.name) != "ASSAY" || found.type != 1)
    refuse("its name is not ASSAY");
  if (text_of(found.stamp.magic) != "ASSAYPL") refuse("its stamp does not begin with ASSAYPL");
  if (found.desc_size > note.size() - before || found.stamp.size > found.desc_size)
    refuse(fmt::format("its stamp should have {} bytes", found.stamp.size));
  return found.stamp;
}

void check_stamp(const std::string& path, const Stamp& theirs, const Stamp& ours) {
  check_sdk(path, theirs, ours);
  std::vector<std::string> differing;
  for (const FieldText text : kExact)
    if (text(theirs) != text(ours))
      differing.push_back(fmt::format("{} (this assay: {})", text(theirs), text(ours)));
  if (differing.empty()) return;
  throw PluginRefused(path, task::ProbeCode::other_build,
                      fmt::format("is built with {}; {}", fmt::join(differing, ", "), kRebuild));
}

std::string build_type(const Stamp& stamp) { return std::string(text_of(stamp.build_type)); }

std::string stamp_text(const Stamp& stamp) {
  return fmt::format("{}, {}, {}", sdk_text(stamp), torch_text(stamp), compiler_text(stamp));
}

}  // namespace assay::host

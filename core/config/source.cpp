#include "config/source.h"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <optional>

#include "error/error.h"
#include "text/display_width.h"
#include "text/utf8.h"

namespace assay::config {
namespace {

// Position of the first byte that no experiment file may hold: what is not UTF-8, and a zero byte.
std::optional<size_t> first_bad_byte(std::string_view text) {
  const size_t zero = text.find('\0');
  const auto bad = text::first_bad_byte(text.substr(0, zero));
  return bad || zero == std::string_view::npos ? bad : zero;
}

std::string read_bytes(const std::string& path) {
  std::error_code ignored;
  if (std::filesystem::is_directory(path, ignored)) {
    throw error::UserError(path, "is a folder; an experiment is one YAML file");
  }
  const std::unique_ptr<std::FILE, int (*)(std::FILE*)> file(std::fopen(path.c_str(), "rb"),
                                                             &std::fclose);
  if (!file) throw error::UserError(path, fmt::format("cannot be read ({})", std::strerror(errno)));
  std::string bytes(kMaxFileBytes + 1, '\0');
  bytes.resize(std::fread(bytes.data(), 1, bytes.size(), file.get()));
  if (std::ferror(file.get())) throw error::UserError(path, "cannot be read to its end");
  return bytes;
}

std::string unix_lines(std::string text) {
  for (size_t at = 0; (at = text.find("\r\n", at)) != std::string::npos;) text.erase(at, 1);
  return text;
}

std::string checked_text(const std::string& path, std::string bytes) {
  if (bytes.size() > kMaxFileBytes) {
    throw error::UserError(path, "is larger than 1 MiB, the limit of an experiment file");
  }
  if (const auto bad = first_bad_byte(bytes)) {
    const auto line = std::count(bytes.begin(), bytes.begin() + static_cast<long>(*bad), '\n') + 1;
    throw error::UserError(fmt::format("{}:{}", path, line),
                           fmt::format("byte 0x{:02x} is not UTF-8; save the file as UTF-8",
                                       static_cast<unsigned char>(bytes[*bad])));
  }
  if (bytes.starts_with(text::kByteOrderMark)) bytes.erase(0, text::kByteOrderMark.size());
  return unix_lines(std::move(bytes));
}

// What of a line is shown: `text`, in which the marker begins `before` characters from the left.
struct Shown {
  std::string text;
  size_t before;
  size_t marked;
};

// A long line is cut to the surroundings of its mark.
Shown cut(std::string_view line, size_t from, size_t length) {
  constexpr size_t kWidth = 100;
  size_t first = 0;
  if (line.size() > kWidth && from > kWidth / 2) first = from - kWidth / 2;
  while (first > 0 && text::is_continuation(line[first])) --first;
  size_t last = std::min(line.size(), first + kWidth);
  while (last < line.size() && text::is_continuation(line[last])) ++last;
  const size_t end = std::clamp(from + length, from, last);
  std::string text(line.substr(first, last - first));
  std::ranges::replace(text, '\t', ' ');
  const std::string_view left = first > 0 ? "..." : "";
  return {fmt::format("{}{}{}", left, text, last < line.size() ? "..." : ""),
          left.size() + text::display_width(line.substr(first, from - first)),
          std::max<size_t>(1, text::display_width(line.substr(from, end - from)))};
}

}  // namespace

std::string_view Source::line(int number) const {
  std::string_view rest = text;
  for (int i = 1; i < number; ++i) {
    const size_t end = rest.find('\n');
    if (end == std::string_view::npos) return {};
    rest.remove_prefix(end + 1);
  }
  return rest.substr(0, rest.find('\n'));
}

std::string Place::text() const {
  if (source == nullptr) return "";
  if (!source->is_file || line == 0) return source->name;
  const std::string_view before = source->line(line).substr(0, static_cast<size_t>(column - 1));
  return fmt::format("{}:{}:{}", source->name, line, text::display_width(before) + 1);
}

std::string Place::excerpt() const {
  if (source == nullptr || !source->is_file || line == 0) return "";
  const std::string_view whole = source->line(line);
  if (whole.empty()) return "";
  const size_t from = std::min(static_cast<size_t>(column - 1), whole.size());
  const Shown shown = cut(whole, from, static_cast<size_t>(length));
  return fmt::format("{:>5} | {}\n{:>5} | {:>{}}{:^>{}}", line, shown.text, "", "", shown.before,
                     "", shown.marked);
}

const Source& Sources::add(Source source) {
  source.index = sources_.size();
  sources_.push_back(std::make_unique<Source>(std::move(source)));
  return *sources_.back();
}

const Source& Sources::read(const std::string& path) {
  return add({.name = path,
              .folder = std::filesystem::path(path).parent_path().string(),
              .text = checked_text(path, read_bytes(path))});
}

const Source& Sources::add_override(std::string name, std::string folder, std::string text) {
  if (first_bad_byte(text)) throw error::UserError(name, "is not UTF-8");
  return add({.name = std::move(name),
              .folder = std::move(folder),
              .text = std::move(text),
              .is_file = false});
}

std::string join_path(std::string_view folder, std::string_view path) {
  return (std::filesystem::path(folder) / path).string();
}

}  // namespace assay::config

#include "task/crash_trace.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <map>
#include <sstream>
#include <utility>
#include <vector>

#include "error/error.h"
#include "process/run.h"
#include "text/clipped.h"
#include "text/demangled.h"

namespace assay::task {

namespace {

constexpr size_t kMostFrames = 12;
constexpr int64_t kMostForeign = 3;  // before the first frame of the plugin
constexpr size_t kMostLines = 8;
constexpr size_t kLongestLine = 300;

struct Frame {
  std::string offset;  ///< "0x1234"
  std::string symbol;  ///< mangled; "-" where there is none
  std::string library;
  std::string function, place;  ///< for a person; `place` may be empty
};

struct Written {
  std::vector<Frame> frames;
  std::vector<std::string> lines;
};

bool is_blank(const std::string& line) {
  return line.find_first_not_of(" \t\r") == std::string::npos;
}

Written split(std::string_view written) {
  Written out;
  std::istringstream in{std::string(written)};
  for (std::string line; std::getline(in, line);) {
    if (!line.starts_with(kFrameMark)) {
      if (!is_blank(line)) out.lines.push_back(text::clipped(line, kLongestLine));
      continue;
    }
    Frame frame;
    std::istringstream words(line.substr(kFrameMark.size()));
    words >> frame.offset >> frame.symbol;
    std::getline(words >> std::ws, frame.library);
    out.frames.push_back(std::move(frame));
  }
  return out;
}

std::string file_name(const std::string& path) { return std::filesystem::path(path).filename(); }

/// What is no code of the author's: its exported symbols are enough, and addr2line takes long on it.
bool is_foreign(const std::string& library) {
  const std::string name = file_name(library);
  return library.starts_with("/lib") || library.starts_with("/usr/lib") ||
         name.starts_with("libtorch") || name.starts_with("libc10") || name.starts_with("libgomp");
}

bool is_assay(const std::string& library) {
  return file_name(library) == "assay-worker" || file_name(library) == "assay";
}

/// From the innermost call to the last one that assay did not make.
std::vector<Frame> of_the_plugin(std::vector<Frame> frames) {
  const auto own = std::ranges::find_if(
      frames, [](const Frame& f) { return !is_foreign(f.library) && !is_assay(f.library); });
  const auto host =
      std::find_if(own, frames.end(), [](const Frame& f) { return is_assay(f.library); });
  frames.erase(host, frames.end());
  if (own - frames.begin() > kMostForeign) frames.erase(frames.begin() + kMostForeign, own);
  if (frames.size() > kMostFrames) frames.resize(kMostFrames);
  return frames;
}

/// What a program writes on standard output within its limits; "" where it cannot be run.
std::string output_of(std::vector<std::string> words) {
  constexpr process::Limits limits{.time = std::chrono::seconds(5), .bytes = 1 << 20};
  process::Command command;
  command.words = std::move(words);
  command.output = process::Output::pipe();
  command.error = process::Output::nothing();
  try {
    return process::run(command, limits).output;
  } catch (const error::Error&) {
    return "";
  }
}

/// "tower.cpp:107" of "/home/me/tower/tower.cpp:107 (discriminator 2)"; "" of "??:0".
std::string place_of(std::string text) {
  text.erase(std::min(text.find(" ("), text.size()));
  if (text.starts_with("??") || text.ends_with(":?") || text.ends_with(":0")) return "";
  return file_name(text);
}

/// Two lines a frame, function and place.
void read_answer(const std::string& answer, const std::vector<Frame*>& frames) {
  std::istringstream in(answer);
  std::string function, place;
  for (Frame* frame : frames) {
    if (!std::getline(in, function) || !std::getline(in, place)) return;
    if (function != "??") frame->function = function;
    frame->place = place_of(place);
  }
}

void explain(std::vector<Frame>& frames) {
  std::map<std::string, std::vector<Frame*>> by_library;
  for (Frame& frame : frames) {
    frame.function = frame.symbol == "-"
                         ? fmt::format("{}+{}", file_name(frame.library), frame.offset)
                         : text::demangled(frame.symbol);
    if (!is_foreign(frame.library)) by_library[frame.library].push_back(&frame);
  }
  for (const auto& [library, asked] : by_library) {
    std::vector<std::string> words{"addr2line", "-C", "-f", "-e", library};
    for (const Frame* frame : asked) words.push_back(frame->offset);
    read_answer(output_of(std::move(words)), asked);
  }
}

std::string frame_text(const Frame& frame) {
  const std::string function = text::clipped(frame.function, kLongestLine);
  return frame.place.empty() ? function : fmt::format("{} ({})", function, frame.place);
}

/// A line a frame; calls of a function by itself, at one place, are one line.
std::string stack_text(const std::vector<Frame>& frames) {
  std::string text;
  for (size_t i = 0, next = 0; i < frames.size(); i = next) {
    const std::string line = frame_text(frames[i]);
    for (next = i + 1; next < frames.size() && frame_text(frames[next]) == line;) ++next;
    text += "\n  " + line;
    if (next - i > 1) text += fmt::format(", {} times or more", next - i);
  }
  return text;
}

/// "Tower::recall" of "(anonymous namespace)::Tower::recall(assay::RequestBatch const&, long) const".
std::string short_name(std::string function) {
  constexpr std::string_view anonymous = "(anonymous namespace)::";
  for (size_t at = function.find(anonymous); at != std::string::npos; at = function.find(anonymous))
    function.erase(at, anonymous.size());
  int depth = 0;
  for (size_t i = 0; i < function.size(); ++i) {
    if (function[i] == '<') ++depth;
    if (function[i] == '>') --depth;
    if (function[i] == '(' && depth == 0 && i > 0) return function.substr(0, i);
  }
  return function;
}

/// Where the plugin's own code was.
std::string place_text(const std::vector<Frame>& frames) {
  const auto own =
      std::ranges::find_if(frames, [](const Frame& f) { return !is_foreign(f.library); });
  if (own == frames.end()) return "";
  const std::string name = short_name(own->function);
  return own->place.empty() ? " in " + name : fmt::format(" in {} ({})", name, own->place);
}

std::vector<std::string> last_lines(const std::vector<std::string>& lines) {
  const size_t count = std::min(lines.size(), kMostLines);
  std::vector<std::string> last(lines.end() - static_cast<int64_t>(count), lines.end());
  const auto is_summary = [](const std::string& line) {
    return line.find("SUMMARY: ") != std::string::npos;
  };
  const auto summary = std::ranges::find_if(lines, is_summary);
  if (summary != lines.end() && std::ranges::none_of(last, is_summary)) last[0] = *summary;
  return last;
}

}  // namespace

std::string end_text(const std::string& how, std::string_view written) {
  Written parts = split(written);
  std::vector<Frame> frames = of_the_plugin(std::move(parts.frames));
  explain(frames);
  const std::vector<std::string> words = last_lines(parts.lines);
  std::string text = how + place_text(frames);
  if (frames.empty() && words.size() == 1) return text + "; its last words: " + words[0];
  text += stack_text(frames);
  if (!words.empty()) text += fmt::format("\n  its last words: {}", fmt::join(words, "\n  "));
  return text;
}

}  // namespace assay::task

#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace assay::config {

/// A text that the user wrote: a file, or one `--set`.
struct Source {
  std::string name;     ///< as shown: "experiments/autumn.yaml", "--set seeds=[1]"
  std::string folder;   ///< what relative paths in it are relative to; empty for the current one
  std::string text;     ///< UTF-8 without a byte order mark, lines end with \n
  bool is_file = true;  ///< false: places in it are not shown
  size_t index = 0;     ///< order of problems

  /// A line without its end; empty beyond the text. Lines count from 1.
  std::string_view line(int number) const;
};

/// Where something stands. A default one is nowhere.
struct Place {
  const Source* source = nullptr;
  int line = 0;    ///< from 1
  int column = 0;  ///< byte in the line, from 1
  int length = 1;  ///< bytes that the marker covers

  /// "exp.yaml:14:23"; columns count characters. The name alone where the source has no lines.
  std::string text() const;
  /// The line with its number, and a marker below it; empty where there is no line to show.
  std::string excerpt() const;

  bool operator==(const Place&) const = default;
};

/// The sources of one experiment; they stay where they are.
class Sources {
 public:
  /// Reads a file. Throws UserError where it cannot be read, is larger than 1 MiB or is not UTF-8.
  const Source& read(const std::string& path);
  /// A text that came from the command line; relative paths in it stand as in a file of `folder`.
  const Source& add_override(std::string name, std::string folder, std::string text);

 private:
  const Source& add(Source source);

  std::vector<std::unique_ptr<Source>> sources_;
};

inline constexpr size_t kMaxFileBytes = size_t{1} << 20;

/// `path` below `folder` unless it is absolute; as the user would type it.
std::string join_path(std::string_view folder, std::string_view path);

}  // namespace assay::config
